import { basename } from 'node:path';
import { animatedWebp, notAVideo } from './errors.js';
import { readHead } from './inputFile.js';
import { pictureDemuxer, readPicture } from './pictureFile.js';
import type { ProbeTarget } from './probeTarget.js';

/**
 * What ffmpeg must be told to read a file as that file. For pictures and for names with a number pattern it would take the name
 * for that of many files; there the content decides how it is read.
 *
 * @throws FrameloomError `FL_VIDEO_NOT_A_VIDEO` for an animated WebP and for a name that cannot be read as one file's.
 */
export async function singleFile(
  path: string,
): Promise<Pick<ProbeTarget, 'path' | 'inputPath' | 'inputOptions' | 'files' | 'orientations'>> {
  const picture = await readPicture(path);
  const file = { path, inputPath: path, files: [path] };
  if (picture?.kind === 'webp' && picture.animated) throw animatedWebp(path);
  if (picture)
    return {
      ...file,
      inputOptions: ['-f', pictureDemuxer(picture.kind)],
      ...(picture.animated ? {} : { orientations: [picture.orientation] }),
    };
  if (!/%\d*d/.test(basename(path))) return { ...file, inputOptions: [] };
  const demuxer = demuxerOf(await readHead(path, 16));
  // ffmpeg only takes names of pictures for patterns.
  if (!demuxer && /\.(png|jpe?g|webp|bmp|tiff?|gif)$/i.test(path))
    throw notAVideo(path, 'ffmpeg takes its name for a pattern of many; rename it');
  return { ...file, inputOptions: demuxer ? ['-f', demuxer] : [] };
}

function demuxerOf(head: Buffer): string | undefined {
  const text = head.toString('latin1');
  if (/^....(ftyp|moov|mdat|free|skip|wide)/s.test(text)) return 'mov';
  if (text.startsWith('\x1a\x45\xdf\xa3')) return 'matroska';
  if (text.startsWith('RIFF') && text.slice(8, 11) === 'AVI') return 'avi';
  if (text.startsWith('OggS')) return 'ogg';
  return text.startsWith('FLV') ? 'flv' : undefined;
}
