import { access, constants } from 'node:fs/promises';
import { audioSourceGone } from './errors.js';
import type { CommandInput } from './ffmpegCommand.js';
import { fileArgument, untrustedInputOptions } from './inputLimits.js';
import type { OutputFormat } from './outputFormat.js';
import type { AudioInfo } from './videoInfo.js';

/** The stretch of a file's sound that belongs to a clip. */
export interface Soundtrack {
  /** The file that has it. */
  readonly path: string;
  /** Seconds after the container's start. */
  readonly start: number;
  /** Seconds. */
  readonly duration: number;
  readonly audio: AudioInfo;
}

/** What to add to an ffmpeg command so that it carries the sound. */
export interface SoundPlan {
  readonly input: CommandInput;
  readonly outputOptions: readonly string[];
}

/**
 * Plans how a clip's sound goes into a file: cut to the clip, copied as it is when the container
 * takes the codec and the clip starts where the sound does, encoded anew otherwise (a copied stream
 * can only be cut between packets, which would shift it against the picture).
 *
 * @param inputIndex which input of the command this will be.
 * @param seconds length of the video; longer sound is cut.
 * @returns undefined when the format has no sound.
 * @throws FrameloomError `FL_VIDEO_AUDIO_SOURCE` when the file is gone.
 */
export async function planSound(sound: Soundtrack, format: OutputFormat, seconds: number, inputIndex: number): Promise<SoundPlan | undefined> {
  if (!format.audio) return undefined;
  await access(sound.path, constants.R_OK).catch((cause: unknown) => {
    throw audioSourceGone(sound.path, `the file cannot be read any more (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  });
  const copy = sound.start < 0.001 && format.audio.copies.includes(sound.audio.codec);
  const length = Math.min(sound.duration, seconds);
  return {
    input: {
      source: fileArgument(sound.path),
      options: [...untrustedInputOptions(), ...(sound.start > 0 ? ['-ss', sound.start.toFixed(6)] : []), '-t', length.toFixed(6)],
    },
    outputOptions: ['-map', `${inputIndex}:a:0`, ...(copy ? ['-c:a', 'copy'] : encodeOptions(format.audio.encoder, sound.audio))],
  };
}

function encodeOptions(encoder: readonly string[], audio: AudioInfo): string[] {
  return [
    ...encoder,
    // Silence where the sound starts later than the picture or has holes, so that the two stay together.
    '-af', 'aresample=async=1:first_pts=0',
    // Surround layouts that an encoder refuses, and rates above what AAC and Opus store, are brought down.
    ...(audio.channels > 2 ? ['-ac', '2'] : []),
    ...(audio.sampleRate > 48000 ? ['-ar', '48000'] : []),
  ];
}
