import { access, constants } from 'node:fs/promises';
import { seekOptions } from './decodedFrames.js';
import { audioSourceGone } from './errors.js';
import type { CommandInput } from './ffmpegCommand.js';
import { fileArgument, untrustedInputOptions } from './inputLimits.js';
import type { OutputFormat } from './outputFormat.js';
import { isJoin } from './frameTimes.js';
import type { Soundtrack } from './videoInfo.js';

/** What to add to an ffmpeg command so that it carries the sound. The command must keep the file's own clock. */
export interface SoundPlan {
  readonly input: CommandInput;
  readonly outputOptions: readonly string[];
}

/** Seconds before the clip at which decoding begins: containers do not interleave exactly, and decoders need a moment. */
const runUp = 3;

/**
 * Plans how a clip's sound goes into a file: cut to the clip, copied as it is when the container
 * takes the codec and the sound stands on the clip's own clock, encoded anew otherwise (a copied stream
 * can only be cut between packets, which would shift it against the picture).
 *
 * @param inputIndex which input of the command this will be.
 * @param seconds length of the video; longer sound is cut.
 * @returns undefined when the format has no sound, or the sound begins after the clip's end.
 * @throws FrameloomError `FL_VIDEO_AUDIO_SOURCE` when the file is gone.
 */
export async function planSound(
  sound: Soundtrack,
  format: OutputFormat,
  seconds: number,
  inputIndex: number,
): Promise<SoundPlan | undefined> {
  if (!format.audio) return undefined;
  await access(sound.path, constants.R_OK).catch((cause: unknown) => {
    throw audioSourceGone(sound.path, `the file cannot be read any more (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  });
  const { audio, start, joins = [] } = sound;
  const length = Math.min(sound.duration, seconds);
  if (audio.startTime !== undefined && audio.startTime >= start + length - 0.001) return undefined;
  const source = fileArgument(sound.path);
  const map = ['-map', `${inputIndex}:${audio.streamIndex}`];
  // Shifting a copied stream is something that ffmpeg's versions and containers do differently; so it has to stand right already.
  const standsRight = joins.length === 0 && Math.abs(start) < 0.001 && audio.startTime !== undefined && audio.startTime > -0.001;
  if (standsRight && sound.duration > seconds - 0.001 && format.audio.copies.includes(audio.codec)) {
    return {
      input: { source, options: untrustedInputOptions() },
      outputOptions: [...map, '-c:a', 'copy', ...(Number.isFinite(seconds) && seconds < 1e9 ? ['-t', seconds.toFixed(6)] : [])],
    };
  }
  // A clock that jumps tells no place to begin at.
  const seek = joins.length === 0 && start - runUp > (audio.startTime ?? 0) ? seekOptions(start - runUp) : [];
  return {
    input: { source, options: [...untrustedInputOptions(), ...seek] },
    outputOptions: [...map, ...encodeOptions(format.audio.encoder, sound, length)],
  };
}

function encodeOptions(encoder: readonly string[], { audio, start, joins = [] }: Soundtrack, length: number): string[] {
  const filters = [
    `asetpts='PTS-(${start.toFixed(6)}${joins.length > 0 ? `+${aheadBy(joins)}` : ''})/TB'`,
    'atrim=start=0',
    // One broken time stamp hours ahead would be led up to by hours of silence, and nothing after it be heard.
    ...(length < 1e9 ? [`aselect='not(gt(t,${(length + 1).toFixed(6)}))'`] : []),
    // Silence where the sound starts later than the picture or has holes, so that the two stay together.
    'aresample=async=1:first_pts=0',
    ...(length < 1e9 ? [`atrim=end=${length.toFixed(6)}`] : []),
  ];
  return [
    ...encoder,
    '-af',
    filters.join(','),
    // Surround layouts that an encoder refuses, and rates above what AAC and Opus store, are brought down.
    ...(audio.channels > 2 ? ['-ac', '2'] : []),
    ...(audio.sampleRate > 48000 ? ['-ar', '48000'] : []),
  ];
}

/** An ffmpeg expression that counts the jumps of the sound's clock so far and gives the seconds that go with the latest. */
function aheadBy(joins: readonly number[]): string {
  const counted = `st(0,if(isnan(PREV_INPTS),0,ld(0)+${isJoin('(PTS-PREV_INPTS)*TB')}))`;
  const [last] = joins.slice(-1);
  const chosen = joins
    .slice(0, -1)
    .reduceRight((after, ahead, index) => `if(lt(ld(0),${index + 2}),${ahead.toFixed(6)},${after})`, last!.toFixed(6));
  return `0*${counted}+if(lt(ld(0),1),0,${chosen})`;
}
