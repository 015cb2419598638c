import { videoDamaged } from './errors.js';
import { framesIn, framesPerSecond, parseRate, rateFromNumber } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
import { paceOf } from './frameTimes.js';
import type { PacketList } from './frameTimes.js';
import type { ProbeTarget } from './probe.js';
import { clockSeconds, seconds } from './streamFacts.js';
import type { ProbeReport, ProbeStream } from './streamFacts.js';

/** Rate, count and length of a file's frames. */
export interface ClipTiming {
  readonly rate: FrameRate;
  /** Whether the frames stand unevenly in time. */
  readonly variable: boolean;
  readonly frameCount: number;
  /** False when the count is only duration times rate. */
  readonly exact: boolean;
  /** Seconds. */
  readonly duration: number;
}

/**
 * Rate, count and length: from the packets where they were listed, else from what the headers say.
 *
 * @throws FrameloomError `FL_VIDEO_DAMAGED` for a file of no length.
 */
export function timingOf(report: ProbeReport, stream: ProbeStream, target: ProbeTarget, packets: PacketList | undefined): ClipTiming {
  const named = [stream.avg_frame_rate, stream.r_frame_rate];
  if (packets) {
    const pace = paceOf(packets.frames, named, parseTick(stream.time_base));
    const frameCount = packets.frames.times.length;
    // On an even grid the count and the rate say the duration better than a rounded clock does.
    const duration = pace.variable ? packets.frames.end : frameCount / framesPerSecond(pace.rate);
    return { ...pace, frameCount, exact: true, duration };
  }
  const rate = parseRate(named[0]) ?? parseRate(named[1]) ?? rateFromNumber(25);
  const declared = target.frameCount ?? (Number(stream.nb_frames) || undefined);
  const duration = seconds(stream.duration) ?? clockSeconds(tag(stream, 'duration')) ?? seconds(report.format?.duration)
    ?? (declared ?? 0) / framesPerSecond(rate);
  if (target.frameCount !== undefined) {
    return { rate, variable: false, frameCount: target.frameCount, exact: true, duration: target.frameCount / framesPerSecond(rate) };
  }
  if (!(duration > 0)) throw videoDamaged(target.path, 'it holds no frames');
  return { rate, variable: false, frameCount: declared ?? framesIn(duration, rate), exact: declared !== undefined, duration };
}

/** The number of frames the headers promise, when clearly more than there are. */
export function declaredBeyond(report: ProbeReport, stream: ProbeStream, timing: ClipTiming, startOffset: number): number | undefined {
  const alone = (report.streams ?? []).length === 1;
  const length = seconds(stream.duration) ?? clockSeconds(tag(stream, 'duration')) ?? (alone ? seconds(report.format?.duration) : undefined) ?? 0;
  const fps = framesPerSecond(timing.rate);
  // Some containers count from their own start and not from the first picture.
  const promised = Math.round((length - Math.max(0, startOffset)) * fps);
  // A count in the header alone proves nothing, since an edit list may hide frames; the two together do.
  const counted = Number(stream.nb_frames) > timing.frameCount;
  return promised > timing.frameCount + (counted ? 2 : Math.max(3, 0.5 * fps)) ? promised : undefined;
}

function parseTick(timeBase: string | undefined): number {
  const rate = parseRate(timeBase);
  return rate ? framesPerSecond(rate) : 0.001;
}

function tag(stream: ProbeStream, name: string): string | undefined {
  return Object.entries(stream.tags ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}
