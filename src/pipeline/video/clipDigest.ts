import { createHash } from 'node:crypto';
import type { Video } from './video.js';

/**
 * What a made clip is known by: SHA-256 of its size, rate, prompt and pixels, hexadecimal. Files say when they were made, so two of one
 * clip differ where this does not.
 *
 * @throws AbortError; what reading the clip throws.
 */
export async function clipDigest(video: Video, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(`${video.width}x${video.height}@${video.fps} ${video.provenance?.prompt ?? ''}`);
  for await (const { data } of video.frames({ signal })) hash.update(data);
  return hash.digest('hex');
}
