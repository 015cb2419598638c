import {
  pictureFilters,
  deepColourOf,
  type FfmpegBinaries,
  ffmpegArguments,
  FfmpegProcess,
  lastComplaint,
  frameMode,
  rateText,
  fileArgument,
  untrustedInputOptions,
  deinterlaceFilters,
  type ProbedVideo,
} from '../../pipeline/video/index.js';
import type { FramePlan } from './framePlan.js';
import { JpegSplitter } from './jpegSplitter.js';
import type { ProxyWish } from './proxyMaker.js';

/** Most bytes of all pictures together. */
const mostBytes = 64 * 2 ** 20;

/**
 * The frames of a file as JPEG pictures, in order.
 *
 * @returns at most as many as the plan names; fewer when the file ends early.
 * @throws AbortError when the wish's signal fired; Error with a sentence for the reader when there is no picture.
 */
export async function jpegFrames(binaries: FfmpegBinaries, probed: ProbedVideo, plan: FramePlan, wish: ProxyWish): Promise<Uint8Array[]> {
  const what = `Reading the frames of ${JSON.stringify(probed.info.path)}`;
  const ffmpeg = new FfmpegProcess(binaries.ffmpeg, await frameArguments(binaries, probed, plan), { what, signal: wish.signal });
  ffmpeg.stdin.end();
  const pictures: Uint8Array[] = [];
  let bytes = 0;
  const splitter = new JpegSplitter((picture) => {
    pictures.push(picture);
    bytes += picture.length;
    if (bytes > mostBytes) ffmpeg.kill();
    wish.onProgress(Math.min(1, pictures.length / plan.frames.length));
  });
  ffmpeg.expectProgress();
  ffmpeg.stdout.on('data', (chunk: Buffer) => {
    ffmpeg.noteProgress();
    splitter.take(chunk);
  });
  const { stderr } = await ffmpeg.finish();
  if (bytes > mostBytes) throw new Error('The frames of this video are too many to be shown here. Open it in the video preview.');
  if (pictures.length === 0) throw new Error(`ffmpeg could not read the video: ${lastComplaint(stderr) || 'it holds no picture'}`);
  return pictures;
}

async function frameArguments(binaries: FfmpegBinaries, probed: ProbedVideo, { size, every, frames }: FramePlan): Promise<string[]> {
  const { info } = probed;
  const deepColour = info.hdr || info.bitDepth > 8 ? await deepColourOf(binaries) : 'swscale';
  return ffmpegArguments({
    ownClock: true,
    inputs: [
      {
        source: fileArgument(probed.inputPath),
        options: [...untrustedInputOptions(), ...probed.inputOptions, ...(probed.decoder ? ['-c:v', probed.decoder] : [])],
      },
    ],
    videoFilters: [
      ...deinterlaceFilters(info.interlacing),
      ...placing(probed, every),
      ...pictureFilters(info, { size, scaled: size, x: 0, y: 0 }, [255, 255, 255], deepColour),
      // JPEG is BT.601 in full range, whatever the clip is.
      'scale=out_color_matrix=bt601:out_range=pc',
      'format=yuvj420p',
    ],
    outputOptions: [
      '-map',
      `0:${probed.streamIndex}`,
      '-an',
      '-sn',
      '-dn',
      ...frameMode(binaries.version, 'passthrough'),
      '-frames:v',
      String(frames.length),
      '-c:v',
      'mjpeg',
      '-q:v',
      '3',
      '-f',
      'image2pipe',
    ],
    output: 'pipe:1',
  });
}

/** Every how manieth frame; uneven ones are put on the even grid first, where gaps repeat the frame before them. */
function placing({ info, frameTimes }: ProbedVideo, every: number): string[] {
  const thin = every > 1 ? [`select='not(mod(n,${every}))'`] : [];
  if (!info.variableFrameRate) return thin;
  const { num, den } = info.frameRate;
  const shift = Math.round(((frameTimes.clock[0] ?? 0) + den / num / 2) * 1e6);
  return ['settb=1/1000000', `setpts=PTS-(${shift})`, `fps=fps=${rateText(info.frameRate)}:start_time=0:round=up`, ...thin];
}
