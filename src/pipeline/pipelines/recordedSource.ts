import { ArgumentError } from '../core/index.js';
import { type DiffusionOptions, notice } from '../diffusion/index.js';
import { type ProvenanceSource, Video } from '../video/index.js';

/**
 * Opens a file as a record says that its source was opened: its part, its rate, its track of sound. Whether it is the same file is for the
 * caller to see.
 *
 * @throws what `Video.open` throws.
 */
export async function openRecordedSource(
  source: ProvenanceSource | undefined,
  file: string,
  { signal, onNotice }: Pick<DiffusionOptions, 'signal' | 'onNotice'>,
): Promise<Video> {
  const { start, end, fps, audioTrack } = source ?? {};
  const options = { start, end, fps, signal, onNotice };
  return Video.open(file, { ...options, audioTrack }).catch((error: unknown) => {
    // The record only proposes: a clip that lacks that track has its own sound.
    if (!(error instanceof ArgumentError) || error.argument !== 'audioTrack') throw error;
    notice({ onNotice }, `${file} has no track of sound ${audioTrack}, which the record names; its own is kept.`);
    return Video.open(file, options);
  });
}
