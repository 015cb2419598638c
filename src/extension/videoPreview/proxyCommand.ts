import {
  deepColourOf,
  pictureFilters,
  type FfmpegBinaries,
  ffmpegArguments,
  evenSize,
  type Size,
  frameMode,
  renamedOptions,
  fileArgument,
  untrustedInputOptions,
  deinterlaceFilters,
  type ProbedVideo,
  type VideoInfo,
} from '../../pipeline/video/index.js';
import type { ProxyPlan } from './playability.js';

/** Longest side of a proxy: enough for a window, and a quarter of the work for 4K. */
const longestSide = 1920;

/** The arguments with which ffmpeg makes the playable version of `probed` at `output`. Progress goes to its stdout. */
export async function proxyArguments(binaries: FfmpegBinaries, probed: ProbedVideo, plan: ProxyPlan, output: string): Promise<string[]> {
  const encode = plan.video === 'encode';
  return ffmpegArguments({
    inputs: [
      {
        source: fileArgument(probed.inputPath),
        options: [...untrustedInputOptions(), ...probed.inputOptions, ...(encode && probed.decoder ? ['-c:v', probed.decoder] : [])],
      },
    ],
    videoFilters: encode ? await pictures(binaries, probed) : [],
    outputOptions: [
      '-map',
      `0:${probed.streamIndex}`,
      ...(encode ? [...keepingTimes(binaries, probed.info), ...encoder(proxySize(probed.info))] : ['-c:v', 'copy']),
      ...sound(plan.audio, probed.info.audio?.streamIndex),
      '-map_metadata',
      '-1',
      '-movflags',
      '+faststart',
      '-progress',
      'pipe:1',
      '-f',
      'mp4',
    ],
    output: fileArgument(output),
  });
}

/** The size of a proxy: the clip's own up to {@link longestSide}, with even sides. */
export function proxySize({ width, height }: Size): Size {
  const scale = Math.min(1, longestSide / Math.max(width, height));
  return evenSize({ width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
}

async function pictures(binaries: FfmpegBinaries, { info }: ProbedVideo): Promise<string[]> {
  const size = proxySize(info);
  const deepColour = info.hdr || info.bitDepth > 8 ? await deepColourOf(binaries) : 'swscale';
  return [
    ...deinterlaceFilters(info.interlacing),
    ...pictureFilters(info, { size, scaled: size, x: 0, y: 0 }, [255, 255, 255], deepColour),
    'scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd',
    'format=yuv420p',
  ];
}

/** Each frame once, when it was: ffmpeg would repeat frames to fill gaps, and their numbers would shift. */
function keepingTimes({ version }: FfmpegBinaries, { variableFrameRate, frameRate }: VideoInfo): string[] {
  // Older builds let the last frame last one tick, and 1/90,000 s is too short to be shown. Where frames come evenly, a
  // tick can be a frame; elsewhere an eighth of one is as long as it must be and as short as it may be.
  const tick = renamedOptions(version) ? '1:90000' : `${frameRate.den}:${frameRate.num * (variableFrameRate ? 8 : 1)}`;
  return [...frameMode(version, 'vfr'), '-enc_time_base', tick];
}

function encoder({ width, height }: Size): string[] {
  // Small clips are shown enlarged, pixel by pixel, where losses would be seen; they are cheap to code well.
  const quality = width * height <= 320 * 320 ? '12' : '19';
  return [
    '-c:v',
    'libx264',
    '-profile:v',
    'high',
    '-pix_fmt',
    'yuv420p',
    '-preset',
    'veryfast',
    '-crf',
    quality,
    // A key frame often and no frames out of order: stepping backward is then as quick as forward.
    '-g',
    '12',
    '-bf',
    '0',
    '-colorspace',
    'bt709',
    '-color_primaries',
    'bt709',
    '-color_trc',
    'bt709',
  ];
}

function sound(audio: ProxyPlan['audio'], streamIndex: number | undefined): string[] {
  if (audio === 'none' || streamIndex === undefined) return ['-an', '-sn', '-dn'];
  const coder = audio === 'copy' ? ['-c:a', 'copy'] : ['-c:a', 'libmp3lame', '-q:a', '3', '-ac', '2', '-ar', '48000'];
  return ['-map', `0:${streamIndex}`, ...coder, '-sn', '-dn'];
}
