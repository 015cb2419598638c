import { videoDamaged } from './errors.js';
import type { DecodedFrames } from './decodedFrames.js';
import { framesIn, framesPerSecond, parseRate, rateFromNumber } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
import { ascending, frameAt, joinsOf, momentsOf } from './frameTimes.js';
import type { PacketList } from './frameTimes.js';
import { paceOf } from './pace.js';
import type { ProbeTarget } from './probeTarget.js';
import { clockSeconds, formatIs, seconds } from './streamFacts.js';
import type { ProbeReport, ProbeStream } from './streamFacts.js';
import type { FrameTimes } from './videoInfo.js';

/** Rate, count and length of a file's frames. */
export interface ClipTiming {
  readonly rate: FrameRate;
  /** Whether the frames stand unevenly in time. */
  readonly variable: boolean;
  /** Frames in the file. */
  readonly frameCount: number;
  /** False when the count is only duration times rate. */
  readonly exact: boolean;
  /** Seconds. */
  readonly duration: number;
  readonly frameTimes: FrameTimes;
  readonly slots?: readonly number[] | undefined;
  readonly slotCount: number;
}

/** Raw streams have no clock: their frames stand as evenly as their own headers say. */
const clockless = ['h264', 'hevc', 'm4v', 'mpegvideo', 'obu', 'vc1', 'dirac'];
/** Containers whose clock may jump where recordings were joined. */
const jumping = ['mpegts', 'mpeg', 'vob'];
/** Containers without a length of their own: what ffprobe tells is its guess. */
const guessed = [...clockless, ...jumping];

/**
 * Rate, count and length: from the decoder where it was asked, from the packets where they are to be trusted, else from what
 * the headers say.
 *
 * @throws FrameloomError `FL_VIDEO_DAMAGED` for a file of no length or none of whose frames can be decoded.
 */
export function timingOf(
  report: ProbeReport,
  stream: ProbeStream,
  target: ProbeTarget,
  packets: PacketList | undefined,
  decoded: DecodedFrames | undefined,
): ClipTiming {
  const named = [stream.avg_frame_rate, stream.r_frame_rate];
  if (decoded?.clock.length === 0)
    throw videoDamaged(target.path, `none of its frames can be decoded${decoded.complaint ? ` (${decoded.complaint})` : ''}`);
  const clock = decoded?.clock ?? packets?.shown;
  if (!clock || (!decoded && packets?.timed === false)) return promisedTiming(report, stream, target, packets);
  if (formatIs(report, clockless)) {
    return evenTiming(ownRate(stream), clock.length, { clock, keys: [], inOrder: true });
  }
  const jumps = formatIs(report, jumping);
  // Packets are listed by their times, which says nothing of the last one where recordings with clocks of their own follow each other.
  const joined = jumps && joinsOf(clock, []).length > 0;
  const lastLength =
    packets && packets.shown.length > 0 && !joined
      ? packets.lastLength + (packets.shown.at(-1) ?? 0) - (finite(clock.at(-1)) ?? packets.shown.at(-1) ?? 0)
      : 0;
  const moments = momentsOf(clock, packets?.timed === false ? packets.lastLength : lastLength, jumps);
  const { rate, variable, slots, count } = paceOf(moments, named, parseTick(stream.time_base));
  const known =
    packets?.timed === true &&
    ascending(clock) &&
    clock.every((time) => Math.abs((packets.shown[frameAt(packets.shown, time + 0.001)] ?? NaN) - time) < 0.0015);
  return {
    rate,
    variable,
    slots,
    slotCount: count,
    exact: true,
    frameCount: clock.length,
    // On a grid the count and the rate say the duration better than a rounded clock does.
    duration: count / framesPerSecond(rate),
    frameTimes: { ...moments, clock, keys: packets?.keys ?? [], inOrder: !known, joins: jumps ? joinsOf(clock, moments.times) : [] },
  };
}

function promisedTiming(report: ProbeReport, stream: ProbeStream, target: ProbeTarget, packets: PacketList | undefined): ClipTiming {
  const rate = parseRate(stream.avg_frame_rate) ?? parseRate(stream.r_frame_rate) ?? rateFromNumber(25);
  const start = seconds(stream.start_time) ?? seconds(report.format?.start_time) ?? 0;
  if (target.frameCount !== undefined) return evenTiming(rate, target.frameCount, { keys: [], inOrder: true }, start);
  const declared = packets?.shown.length ?? (Number(stream.nb_frames) || undefined);
  const duration =
    seconds(stream.duration) ??
    clockSeconds(tag(stream, 'duration')) ??
    seconds(report.format?.duration) ??
    (declared ?? 0) / framesPerSecond(rate);
  if (!(duration > 0)) throw videoDamaged(target.path, 'it holds no frames');
  const timing = evenTiming(rate, declared ?? framesIn(duration, rate), { keys: [], inOrder: packets?.timed === false }, start);
  return { ...timing, exact: declared !== undefined && packets === undefined, duration };
}

function evenTiming(
  rate: FrameRate,
  count: number,
  known: Pick<FrameTimes, 'keys' | 'inOrder'> & Partial<FrameTimes>,
  start = 0,
): ClipTiming {
  const fps = framesPerSecond(rate);
  const times = Array.from({ length: count }, (_, frame) => frame / fps);
  const frameTimes = { times, end: count / fps, clock: start === 0 ? times : times.map((time) => start + time), ...known };
  return { rate, variable: false, frameCount: count, slotCount: count, exact: true, duration: count / fps, frameTimes };
}

/** The number of frames the headers promise, when clearly more than there are packets of. */
export function declaredBeyond(
  report: ProbeReport,
  stream: ProbeStream,
  timing: ClipTiming,
  packets: PacketList | undefined,
): number | undefined {
  const [first] = packets?.shown ?? [];
  if (!packets || first === undefined || formatIs(report, guessed)) return undefined;
  const alone = (report.streams ?? []).length === 1;
  const length =
    seconds(stream.duration) ?? clockSeconds(tag(stream, 'duration')) ?? (alone ? seconds(report.format?.duration) : undefined) ?? 0;
  const fps = framesPerSecond(timing.rate);
  // Some containers count from their own start and not from the first picture.
  const promised = length - Math.max(0, first - (seconds(report.format?.start_time) ?? 0));
  const there = (packets.shown.at(-1) ?? first) - first + (packets.lastLength > 0 ? packets.lastLength : 1 / fps);
  const missing = Math.round((promised - there) * fps);
  // A count in the header alone proves nothing, since an edit list may hide frames; the two together do.
  const counted = Number(stream.nb_frames) > packets.shown.length;
  return missing > (counted ? 2 : Math.max(3, 0.5 * fps)) ? timing.slotCount + missing : undefined;
}

/** The rate in a raw stream's own headers. Where ffprobe's average is only its habit (25), it counts H.264 in fields. */
function ownRate(stream: ProbeStream): FrameRate {
  const [average, own] = [parseRate(stream.avg_frame_rate), parseRate(stream.r_frame_rate)];
  const fields = stream.codec_name === 'h264' && own && average && own.num * average.den !== average.num * own.den;
  return own ? (fields ? rateFromNumber(framesPerSecond(own) / 2) : own) : (average ?? rateFromNumber(25));
}

function finite(value: number | undefined): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function parseTick(timeBase: string | undefined): number {
  const rate = parseRate(timeBase);
  return rate ? framesPerSecond(rate) : 0.001;
}

function tag(stream: ProbeStream, name: string): string | undefined {
  return Object.entries(stream.tags ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}
