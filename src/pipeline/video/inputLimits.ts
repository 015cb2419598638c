/*
 * What ffmpeg may do with a file that nobody has vouched for. A file can claim to be a video and be
 * a playlist of addresses, or a small picture that unpacks to gigabytes; these options make ffmpeg
 * refuse before it acts.
 */

/** Pixels of the largest picture that is decoded: 8192 x 8192, above 8K video. */
export const maxPixels = 8192 * 8192;

/** Demuxers of single files that hold their own frames. No playlists, no lists, no devices, nothing that names other files. */
const containers = [
  'mov',
  'mp4',
  'm4a',
  '3gp',
  '3g2',
  'mj2',
  'matroska',
  'webm',
  'avi',
  'mpegts',
  'ogg',
  'gif',
  'apng',
  'flv',
  'asf',
  'mpeg',
  'mxf',
  'nut',
  'yuv4mpegpipe',
  'ivf',
  'dv',
];

/** Streams of one codec without a container. */
const rawStreams = ['h264', 'hevc', 'm4v', 'mpegvideo', 'mjpeg', 'obu', 'vc1', 'dirac'];

const pictures = ['image2', 'png_pipe', 'jpeg_pipe', 'bmp_pipe', 'webp_pipe', 'tiff_pipe'];

/** `ffmetadata` is only ever read from a file that Frameloom wrote itself. */
const formats = [...containers, ...rawStreams, ...pictures].join(',');

/** Options that stand before every `-i file:…` of ffmpeg and before ffprobe's input. */
export function untrustedInputOptions(): string[] {
  return ['-protocol_whitelist', 'file,pipe', '-format_whitelist', formats, '-max_pixels', String(maxPixels)];
}

/**
 * The path as ffmpeg takes it: with the `file:` protocol in front, so that a leading `-` is no
 * option and a colon no protocol.
 */
export function fileArgument(path: string): string {
  return `file:${path}`;
}
