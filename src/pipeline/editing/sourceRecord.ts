import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { ProvenanceSource, Video } from '../video/index.js';

/** What provenance says of the clip that was edited: its file's name and hash; undefined for frames that a program made. */
export async function describeSource(clip: Video): Promise<ProvenanceSource | undefined> {
  const file = clip.info?.path;
  if (!file) return undefined;
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch {
    return undefined; // An image sequence is many files; its pattern is none.
  }
  return { name: path.basename(file), sha256: hash.digest('hex'), start: clip.startTime, end: clip.startTime + clip.duration, fps: clip.fps };
}
