import { lastComplaint, FfmpegProcess } from './ffmpegProcess.js';
import { audioSourceGone, noSound } from './errors.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { ffmpegArguments } from './ffmpegCommand.js';
import { planSound } from './soundtrack.js';
import type { Soundtrack } from './videoInfo.js';

/** Samples a second that sound is looked at with: all that is heard of an onset lies below half of it. */
export const sampleRate = 22_050;

/** What is looked at: the sound of a clip, and its frames. */
export interface HeardClip {
  /** Its sound; undefined where it has none. */
  readonly sound: Soundtrack | undefined;
  /** How many frames it has. */
  readonly frames: number;
  /** Frames a second. */
  readonly fps: number;
  /** The ffmpeg that decodes it. */
  readonly binaries: () => Promise<FfmpegBinaries>;
  /** Ends the work when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/** As raw samples rather than into a file. */
const raw = { kind: 'mkv', muxer: 'f32le', evenSides: false, audio: { copies: [], encoder: ['-c:a', 'pcm_f32le'] } } as const;

/**
 * A clip's sound, all channels mixed to one, in pieces: samples in −1 … 1, {@link sampleRate} a second, from the beginning of the first frame on. It may end before
 * the pictures do.
 *
 * @param around seconds before and after the clip that are heard too; silence where the file has nothing there, or nothing where it ends.
 * @throws FrameloomError `FL_VIDEO_NO_SOUND`, `FL_VIDEO_AUDIO_SOURCE`, `FL_VIDEO_TIMEOUT`; AbortError.
 */
export async function* soundSamples({ sound, frames, fps, binaries, signal }: HeardClip, around = 0): AsyncGenerator<Float32Array> {
  if (!sound) throw noSound();
  const heard = { ...sound, start: sound.start - around, duration: sound.duration + 2 * around };
  const plan = await planSound(heard, raw, frames / fps + 2 * around, 0);
  // Sound that begins after the clip's end is silence throughout.
  if (!plan) return;
  const outputOptions = [...plan.outputOptions, '-ac', '1', '-ar', String(sampleRate), '-f', raw.muxer];
  const { ffmpeg } = await binaries();
  const run = new FfmpegProcess(ffmpeg, ffmpegArguments({ ownClock: true, inputs: [plan.input], outputOptions, output: 'pipe:1' }), {
    what: `Listening to ${JSON.stringify(sound.path)}`,
    signal,
  });
  run.stdin.end();
  try {
    let rest = Buffer.alloc(0);
    run.expectProgress();
    for await (const chunk of run.stdout) {
      run.idle();
      const bytes = Buffer.concat([rest, chunk as Buffer]);
      const whole = bytes.length - (bytes.length % 4);
      rest = bytes.subarray(whole);
      yield new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + whole));
      run.expectProgress();
    }
    const { code, stderr } = await run.finish();
    if (code !== 0) throw audioSourceGone(sound.path, lastComplaint(stderr));
  } finally {
    run.kill();
    await run.exited.catch(() => undefined);
  }
}
