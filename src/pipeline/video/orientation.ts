/**
 * How a picture is to be turned for display, as EXIF counts (CIPA DC-008, tag 274): 1 as it is, 3 by 180°, 6 clockwise by 90°,
 * 8 anticlockwise; 2, 4, 5 and 7 are mirrored as well.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const filters: Readonly<Record<Orientation, readonly string[]>> = {
  1: [],
  2: ['hflip'],
  3: ['hflip', 'vflip'],
  4: ['vflip'],
  5: ['transpose=cclock_flip'],
  6: ['transpose=clock'],
  7: ['transpose=clock_flip'],
  8: ['transpose=cclock'],
};

/** ffmpeg's filters that set a picture upright. */
export function uprightFilters(orientation: Orientation): readonly string[] {
  return filters[orientation];
}

/** Degrees clockwise by which a picture is turned, mirrored or not. */
export function turnOf(orientation: Orientation): number {
  return { 1: 0, 2: 0, 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270 }[orientation];
}

/** Finds the orientation in the first bytes of a JPEG, PNG, WebP or TIFF; 1 where nothing is said. */
export function orientationIn(head: Buffer): Orientation {
  const start = exifStart(head);
  const value = start === undefined ? 1 : tiffOrientation(head.subarray(start));
  return value >= 1 && value <= 8 && Number.isInteger(value) ? (value as Orientation) : 1;
}

/** Where EXIF data begin, which are a small TIFF file. */
function exifStart(head: Buffer): number | undefined {
  const text = head.toString('latin1', 0, 4);
  if (text === 'II*\0' || text === 'MM\0*') return 0;
  if (text === '\x89PNG')
    return payload(head, 8, 'eXIf', (at) => ({
      name: head.toString('latin1', at + 4, at + 8),
      from: at + 8,
      next: at + 12 + head.readUInt32BE(at),
    }));
  if (text === 'RIFF') {
    const from = payload(head, 12, 'EXIF', (at) => ({
      name: head.toString('latin1', at, at + 4),
      from: at + 8,
      next: at + 8 + head.readUInt32LE(at + 4) + (head.readUInt32LE(at + 4) % 2),
    }));
    // Some writers keep JPEG's introduction.
    return from !== undefined && head.toString('latin1', from, from + 4) === 'Exif' ? from + 6 : from;
  }
  if (head.readUInt16BE(0) !== 0xffd8) return undefined;
  const from = payload(head, 2, '\xff\xe1Exif', (at) => ({
    name: head.toString('latin1', at, at + 2) + head.toString('latin1', at + 4, at + 8),
    from: at + 10,
    next: at + 2 + head.readUInt16BE(at + 2),
  }));
  return from;
}

/** Walks from chunk to chunk to the one of a name. */
function payload(
  head: Buffer,
  start: number,
  name: string,
  chunkAt: (at: number) => { name: string; from: number; next: number },
): number | undefined {
  for (let at = start; at + 12 <= head.length;) {
    const chunk = chunkAt(at);
    if (chunk.name === name) return chunk.from;
    if (chunk.next <= at) return undefined;
    at = chunk.next;
  }
  return undefined;
}

function tiffOrientation(tiff: Buffer): number {
  if (tiff.length < 14) return 1;
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const short = (at: number): number => (at + 2 > tiff.length ? 0 : little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  for (let entry = 0; entry < Math.min(short(directory), 512); entry++) {
    const at = directory + 2 + 12 * entry;
    if (short(at) === 274) return short(at + 8);
  }
  return 1;
}
