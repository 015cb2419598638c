import { imageSize } from 'image-size';
import { readHead } from './inputFile.js';
import { orientationIn, turnOf } from './orientation.js';
import type { Orientation } from './orientation.js';

/** Kinds of picture that are told by their content, whatever the file's name says. */
export type PictureKind = 'png' | 'apng' | 'jpg' | 'webp' | 'bmp' | 'tiff' | 'gif';

/** What the beginning of a picture says. */
export interface PictureFile {
  readonly kind: PictureKind;
  /** Several pictures in one file. */
  readonly animated: boolean;
  readonly orientation: Orientation;
  /** Pixels, upright; undefined where the header is broken. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

/** EXIF data and colour profiles stand before a JPEG's size and may be large. */
const headBytes = 512 * 1024;

const demuxers: Readonly<Record<PictureKind, string>> = {
  png: 'png_pipe',
  apng: 'apng',
  jpg: 'jpeg_pipe',
  webp: 'webp_pipe',
  bmp: 'bmp_pipe',
  tiff: 'tiff_pipe',
  gif: 'gif',
};

/** ffmpeg's name of what reads such a file by itself: without it a name like `p%d.png` would mean other files. */
export function pictureDemuxer(kind: PictureKind): string {
  return demuxers[kind];
}

/**
 * Looks at a file's content.
 *
 * @returns undefined for anything but the pictures that are read.
 * @throws FrameloomError `FL_VIDEO_NO_ACCESS`.
 */
export async function readPicture(path: string): Promise<PictureFile | undefined> {
  const start = await readHead(path, 16);
  const kind = kindOf(start);
  if (!kind) return undefined;
  const head = await readHead(path, headBytes);
  const orientation = orientationIn(head);
  const size = sizeIn(head);
  const turned = size && turnOf(orientation) % 180 !== 0 ? { width: size.height, height: size.width } : size;
  const moving = kind === 'png' && isAnimatedPng(head);
  return {
    kind: moving ? 'apng' : kind,
    animated: moving || kind === 'gif' || (kind === 'webp' && isAnimatedWebp(head)),
    orientation,
    size: turned,
  };
}

function kindOf(head: Buffer): PictureKind | undefined {
  const text = head.toString('latin1');
  if (text.startsWith('\x89PNG\r\n')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpg';
  if (text.startsWith('GIF8')) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'tiff';
  return text.startsWith('BM') ? 'bmp' : undefined;
}

function sizeIn(head: Buffer): PictureFile['size'] {
  try {
    const { width, height } = imageSize(head);
    return { width, height };
  } catch {
    // Broken or of a rare sort: ffmpeg will say what it thinks of it.
    return undefined;
  }
}

function isAnimatedWebp(head: Buffer): boolean {
  return head.toString('latin1', 12, 16) === 'VP8X' && ((head[20] ?? 0) & 2) !== 0;
}

/** An animation announces itself before the first picture's data. */
function isAnimatedPng(head: Buffer): boolean {
  for (let at = 8; at + 12 <= head.length;) {
    const name = head.toString('latin1', at + 4, at + 8);
    if (name === 'acTL') return true;
    if (name === 'IDAT') return false;
    at += 12 + head.readUInt32BE(at);
  }
  return false;
}
