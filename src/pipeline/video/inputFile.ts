import { open, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { notARegularFile, notAVideo, videoEmpty, videoIsPlaylist, videoNotFound, videoNotReadable } from './errors.js';

/** What stands at a path that someone wants to open. */
export type InputKind = 'file' | 'folder';

/**
 * Looks at a path before ffmpeg does, for what ffmpeg would only describe in riddles.
 *
 * @throws FrameloomError `FL_VIDEO_NOT_FOUND`, `FL_VIDEO_NOT_A_FILE`, `FL_VIDEO_NO_ACCESS`,
 * `FL_VIDEO_EMPTY`, `FL_VIDEO_PLAYLIST` or `FL_VIDEO_NOT_A_VIDEO` (plain text).
 */
export async function checkInputFile(path: string): Promise<InputKind> {
  const entry = await statInput(path);
  if (entry.isDirectory()) return 'folder';
  // Opening a pipe would wait for its other end for ever, so this comes before any reading.
  if (!entry.isFile()) throw notARegularFile(path);
  if (entry.size === 0) throw videoEmpty(path);
  const head = await readHead(path, 4096);
  if (isPlaylist(head)) throw videoIsPlaylist(path);
  if (isPlainText(head)) throw notAVideo(path, 'it is a text file');
  return 'file';
}

async function statInput(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE') throw videoNotFound(path);
    throw videoNotReadable(path, error);
  }
}

/** The first bytes of a file, fewer when it is shorter. */
export async function readHead(path: string, bytes: number): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const head = Buffer.alloc(bytes);
      const { bytesRead } = await file.read(head, 0, bytes, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw videoNotReadable(path, error);
  }
}

/** M3U/HLS, ffconcat, PLS, DASH, SMIL, XSPF and ASX: everything whose business is to name other media. */
function isPlaylist(head: Buffer): boolean {
  const text = head
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  return (
    /^(#EXTM3U|ffconcat|\[playlist\]|\[Reference\]|<asx|<smil)/i.test(text) ||
    (text.startsWith('<') && /<(MPD|playlist|smil|asx)[\s>]/i.test(text)) ||
    /^(#[^\n]*\n)*\s*file\s+\S/.test(text)
  );
}

/** No media format starts with four thousand printable characters. */
function isPlainText(head: Buffer): boolean {
  if (head.toString('latin1', 0, 10) === 'YUV4MPEG2 ') return false;
  for (const byte of head) {
    if (byte === 0x7f || (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x0c && byte !== 0x1b)) return false;
  }
  try {
    // The window may cut the last character in half, so its last bytes do not count.
    new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(0, head.length < 4096 ? undefined : -3), { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Matroska's and WebM's first four bytes. */
const ebml = 0x1a45dfa3;

/** Whether a file begins as MP4 and MOV, Matroska and WebM, AVI, Ogg, FLV, ASF, MPEG, MXF, NUT, Y4M, IVF, PNG, JPEG, GIF or WebP do. */
export function beginsAsMedia(head: Buffer): boolean {
  if (head.length < 4) return false;
  const text = head.toString('latin1', 0, 12);
  return (
    /^....(ftyp|moov|mdat|free|skip|wide)/s.test(text) ||
    beginnings.some((beginning) => text.startsWith(beginning)) ||
    head.readUInt32BE(0) === ebml
  );
}

/** As {@link beginsAsMedia}, with what has hardly a mark of its own: transport streams, raw video, DV, sound. */
export function mayBeginAsMedia(head: Buffer): boolean {
  const raw = head[0] === 0 && head[1] === 0 && (head[2] === 1 || (head[2] === 0 && head[3] === 1));
  const transport = head[0] === 0x47 || head[4] === 0x47;
  const dv = head[0] === 0x1f && head[1] === 0x07;
  return raw || transport || dv || beginsAsMedia(head) || soundFormatOf(head) !== undefined;
}

/** What kind of sound a file without pictures begins as; undefined for anything else. */
export function soundFormatOf(head: Buffer): string | undefined {
  const text = head.toString('latin1', 0, 12);
  if (text.startsWith('ID3')) return 'mp3';
  if (text.startsWith('fLaC')) return 'flac';
  if (/^RIFF.{4}WAVE/s.test(text)) return 'wav';
  return head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0 && head[1] !== 0xff ? 'mp3 or aac' : undefined;
}

/** RIFF, Ogg, FLV, ASF, MPEG program streams, MXF, NUT, Y4M, IVF and the pictures. */
const beginnings = [
  'RIFF',
  'OggS',
  'FLV\x01',
  '\x30\x26\xb2\x75',
  '\0\0\x01\xba',
  '\x06\x0e\x2b\x34',
  'nut/',
  'YUV4MPEG2',
  'DKIF',
  '\x89PNG',
  '\xff\xd8\xff',
  'GIF8',
];
