import { type Frame, frameBytes } from '../core/index.js';

/**
 * The picture with even sides, as 4:2:0 video needs: an odd side grows by one pixel that repeats the
 * last row or column. Nothing is cut, scaled or framed in black, so the picture looks as it did.
 */
export function padToEven(frame: Frame): Frame {
  const width = frame.width + (frame.width % 2);
  const height = frame.height + (frame.height % 2);
  if (width === frame.width && height === frame.height) return frame;
  const data = new Uint8Array(frameBytes(width, height));
  const rowBytes = frame.width * 3;
  for (let row = 0; row < height; row++) {
    const from = Math.min(row, frame.height - 1) * rowBytes;
    const to = row * width * 3;
    data.set(frame.data.subarray(from, from + rowBytes), to);
    if (width > frame.width) data.copyWithin(to + rowBytes, to + rowBytes - 3, to + rowBytes);
  }
  return { data, width, height };
}
