import { encodeJpeg, encodePng, encodeWebp } from '../pipeline/video/index.js';
import type { Frame } from '../pipeline/core/index.js';
import type { PictureUri } from '../shared/outputs/index.js';

/** A picture as a JPEG data URI, good enough for a thumbnail. */
export async function jpegUri(frame: Frame): Promise<PictureUri> {
  return dataUri('jpeg', await encodeJpeg(frame));
}

/** A picture with letters in it as a data URI, as small as this ffmpeg can make it. */
export async function figureUri(frame: Frame): Promise<PictureUri> {
  const webp = await encodeWebp(frame, 50);
  return webp ? dataUri('webp', webp) : jpegUri(frame);
}

/** A picture as a PNG data URI. */
export async function pngUri(frame: Frame): Promise<PictureUri> {
  return dataUri('png', await encodePng(frame));
}

/** A picture file as a data URI. */
export function dataUri(type: 'png' | 'jpeg' | 'webp', bytes: Uint8Array): PictureUri {
  return `data:image/${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`;
}
