import { throwIfAborted } from '../errors.js';
import type { ClipWindow } from './clipWindow.js';
import { pictureFilters, timingFilters } from './decodeFilters.js';
import type { Background } from './decodeFilters.js';
import type { DeepColour } from './deepColour.js';
import { ffmpegFailed, videoTruncated } from './errors.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { ffmpegArguments } from './ffmpegCommand.js';
import { FfmpegProcess, lastComplaint } from './ffmpegProcess.js';
import type { Frame } from './frame.js';
import { FrameReader } from './frameReader.js';
import { framesPerSecond } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
import type { FrameSource } from './frameSource.js';
import { frameAt } from './frameTimes.js';
import type { Placement } from './geometry.js';
import { fileArgument, untrustedInputOptions } from './inputLimits.js';
import type { ProbedVideo } from './videoInfo.js';

/** How a file is to be read. */
export interface FileReading {
  readonly window: ClipWindow;
  readonly place: Placement;
  readonly background: Background;
  readonly deepColour: DeepColour;
}

/**
 * The frames of a file. Nothing is decoded until they are asked for, nothing is kept, and each
 * `read` is one ffmpeg that waits while its consumer is busy.
 */
export class FileSource implements FrameSource {
  readonly width: number;
  readonly height: number;
  readonly rate: FrameRate;
  private counted: number | undefined;

  constructor(private readonly binaries: FfmpegBinaries, private readonly probed: ProbedVideo, private readonly reading: FileReading) {
    this.width = reading.place.size.width;
    this.height = reading.place.size.height;
    this.rate = reading.window.rate;
    this.counted = reading.window.exact ? reading.window.frameCount : undefined;
  }

  get frameCount(): number | undefined {
    return this.counted;
  }

  async *read(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const { path } = this.probed.info;
    const what = `Decoding ${JSON.stringify(path)}`;
    throwIfAborted(signal, what);
    const wanted = Math.min(end, this.reading.window.frameCount) - start;
    if (wanted <= 0) return;
    const run = new FfmpegProcess(this.binaries.ffmpeg, this.arguments(start, wanted), { what, signal });
    run.stdin.end();
    const reader = new FrameReader(run.stdout, this.width, this.height, () => run.noteProgress());
    try {
      let last: Frame | undefined;
      for (let index = 0; index < wanted; index++) {
        run.expectProgress();
        const frame = await reader.next();
        run.idle();
        if (frame === undefined) {
          const { stderr } = await run.finish();
          yield* this.fillEnd(start + index, wanted - index, last, stderr);
          return;
        }
        throwIfAborted(signal, what);
        yield frame;
        last = frame;
      }
      if (this.counted === undefined && end >= this.reading.window.frameCount) this.counted = this.reading.window.frameCount;
    } finally {
      reader.stop();
      run.kill();
      await run.exited.catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    // Holds nothing between reads.
  }

  /** ffmpeg ended early: the last picture stays on for as long as the file shows it, no longer. */
  private *fillEnd(got: number, missing: number, last: Frame | undefined, stderr: string): Generator<Frame, void, undefined> {
    const { info, frameTimes } = this.probed;
    if (!this.reading.window.exact && last) {
      this.counted = got;
      return;
    }
    const shown = frameTimes ? frameTimes.end - (frameTimes.times.at(-1) ?? 0) : 1 / info.fps;
    const allowed = Math.ceil(shown * framesPerSecond(this.rate)) + 1;
    if (!last && got === 0 && lastComplaint(stderr)) throw ffmpegFailed(`Decoding ${JSON.stringify(info.path)}`, lastComplaint(stderr));
    if (!last || missing > allowed) {
      throw videoTruncated(info.path, got, got + missing, this.reading.window.start + got / framesPerSecond(this.rate));
    }
    for (let index = 0; index < missing; index++) yield { ...last, data: last.data.slice() };
  }

  private arguments(firstFrame: number, frames: number): string[] {
    const { probed, reading } = this;
    const slotTime = reading.window.start + firstFrame / framesPerSecond(this.rate);
    const seek = this.seekPoint(slotTime);
    return ffmpegArguments({
      inputs: [{
        source: fileArgument(probed.inputPath),
        options: [
          ...untrustedInputOptions(),
          ...probed.inputOptions,
          ...(probed.decoder ? ['-c:v', probed.decoder] : []),
          ...(seek > 0 ? ['-ss', seek.toFixed(6)] : []),
        ],
      }],
      videoFilters: [
        ...timingFilters(seek - probed.startOffset - slotTime, this.rate, reading.window.keepsFrames ? 1 / 2 : 1 / 16),
        ...pictureFilters(probed.info, reading.place, reading.background, reading.deepColour),
      ],
      outputOptions: ['-map', `0:${probed.streamIndex}`, '-an', '-sn', '-dn', '-frames:v', String(frames), '-f', 'rawvideo', '-pix_fmt', 'rgb24'],
      output: 'pipe:1',
    });
  }

  /**
   * Where to start decoding, in seconds after the container's start: a little before the frame that
   * comes before the wanted one, because the picture shown at a moment may have begun long ago.
   */
  private seekPoint(slotTime: number): number {
    const { frameTimes, startOffset } = this.probed;
    if (slotTime <= 0) return 0;
    if (!frameTimes) return Math.max(0, startOffset + slotTime - 1);
    const before = frameAt(frameTimes.times, slotTime) - 1;
    if (before <= 0) return 0;
    const time = frameTimes.times[before] ?? 0;
    const gap = time - (frameTimes.times[before - 1] ?? 0);
    return Math.max(0, startOffset + time - gap / 4);
  }
}
