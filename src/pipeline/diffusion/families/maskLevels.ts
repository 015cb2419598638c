import type { Frame } from '../../core/index.js';

/** How bright each pixel of a mask is, 0…255: luma as Pillow weighs it (ITU-R 601). */
export function maskLevels({ data, width, height }: Frame): Float64Array {
  return Float64Array.from(
    { length: width * height },
    (_, i) => (data[3 * i]! * 299 + data[3 * i + 1]! * 587 + data[3 * i + 2]! * 114) / 1000,
  );
}
