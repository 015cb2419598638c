/** Width and height in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The size that a PNG, JPEG or WebP file announces, without decoding it; undefined for anything else. */
export function pictureSize(file: Uint8Array): PictureSize | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length >= 24 && pngSignature.every((byte, at) => file[at] === byte))
    return { width: view.getUint32(16), height: view.getUint32(20) };
  if (file.length >= 30 && textAt(file, 0) === 'RIFF' && textAt(file, 8) === 'WEBP') return webpSize(view, textAt(file, 12));
  return file[0] === 0xff && file[1] === 0xd8 ? jpegSize(file, view) : undefined;
}

/** Segments of a marker and a length, until one that starts a frame (SOF0 … SOF15, but for DHT, JPG and DAC). */
function jpegSize(file: Uint8Array, view: DataView): PictureSize | undefined {
  for (let at = 2; at + 9 < file.length && file[at] === 0xff;) {
    const marker = file[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    if (marker === 0xd9 || marker === 0xda) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** RFC 9649: the first chunk is of lossy, lossless or extended form. */
function webpSize(view: DataView, chunk: string): PictureSize | undefined {
  if (chunk === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === 'VP8X') return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
  if (chunk !== 'VP8L') return undefined;
  const sides = view.getUint32(21, true);
  return { width: (sides & 0x3fff) + 1, height: ((sides >>> 14) & 0x3fff) + 1 };
}

function textAt(file: Uint8Array, at: number): string {
  return String.fromCharCode(...file.subarray(at, at + 4));
}

/** The bytes of a `data:…;base64,` address. */
export function bytesOf(uri: string): Uint8Array {
  return Uint8Array.from(atob(uri.slice(uri.indexOf(',') + 1)), (character) => character.charCodeAt(0));
}
