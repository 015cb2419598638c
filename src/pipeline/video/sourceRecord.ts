import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { AbortError } from '../core/index.js';
import { videoNotReadable } from './errors.js';
import { framesPerSecond } from './frameRate.js';
import type { OpenedFile } from './openVideo.js';
import type { ProvenanceSource } from './provenance.js';

/**
 * What a provenance record says about the clip that was edited: name, SHA-256 of the file (of all
 * pictures one after the other for a sequence), and the part and rate that were read.
 *
 * @throws FrameloomError `FL_VIDEO_NO_ACCESS` when a file can no longer be read; AbortError.
 */
export async function describeSource(
  { probed, window }: Pick<OpenedFile, 'probed' | 'window'>,
  signal?: AbortSignal,
): Promise<ProvenanceSource> {
  const hash = createHash('sha256');
  for (const file of probed.files) {
    try {
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
    } catch (error) {
      if (signal?.aborted) throw new AbortError(`Reading ${JSON.stringify(file)}`, { cause: error });
      throw videoNotReadable(file, error);
    }
  }
  const fps = framesPerSecond(window.rate);
  const { path, audio, audioTracks } = probed.info;
  const several = audioTracks.length > 1 && audio ? { audioTrack: audio.track } : {};
  return {
    name: basename(path),
    sha256: hash.digest('hex'),
    start: window.start,
    end: window.start + window.frameCount / fps,
    fps,
    ...several,
  };
}
