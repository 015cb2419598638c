import { framesPerSecond, parseRate, rateFromNumber } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
import type { FrameTimes } from './videoInfo.js';

/** Files up to this size have their packets listed when opened: exact counts for well under a second. */
export const listableBytes = 256 * 2 ** 20;

/** The list of packets, condensed. */
export interface PacketList {
  /** Presentation time of the first frame, in the container's own clock, seconds. */
  readonly first: number;
  readonly frames: FrameTimes;
}

/**
 * Reads ffprobe's `compact` listing of one stream's packets: one packet is one frame in every
 * container that is accepted. Packets that an edit list cuts away carry the flag D.
 *
 * @returns undefined when the packets have no usable times.
 */
export function readPackets(listing: string): PacketList | undefined {
  const shown: { time: number; length: number }[] = [];
  for (const line of listing.split('\n')) {
    const field = (name: string): string | undefined => new RegExp(`(?:^|\\|)${name}=([^|\\r]*)`).exec(line)?.[1];
    if (!line.includes('pts_time=') || field('flags')?.includes('D')) continue;
    const presented = Number(field('pts_time'));
    const time = Number.isFinite(presented) ? presented : Number(field('dts_time'));
    if (!Number.isFinite(time)) return undefined;
    shown.push({ time, length: Number(field('duration_time')) || 0 });
  }
  shown.sort((a, b) => a.time - b.time);
  const first = shown[0];
  const last = shown.at(-1);
  if (!first || !last) return undefined;
  const typical = shown.length > 1 ? (last.time - first.time) / (shown.length - 1) : 0.04;
  return {
    first: first.time,
    frames: {
      times: shown.map((frame) => frame.time - first.time),
      end: last.time - first.time + (last.length > 0 ? last.length : typical),
    },
  };
}

/** The rate of a clip, and whether its frames keep to it. */
export interface Pace {
  readonly rate: FrameRate;
  readonly variable: boolean;
}

/**
 * The average rate of the listed frames, written as the fraction that the container names when the
 * two agree, and whether any frame stands more than a quarter of a frame off the even grid.
 *
 * @param named the container's `avg_frame_rate` and `r_frame_rate`.
 * @param tick the container's clock in seconds: frames cannot be placed better than this.
 */
export function paceOf({ times, end }: FrameTimes, named: readonly (string | undefined)[], tick: number): Pace {
  const declared = named.map(parseRate).filter((rate) => rate !== undefined);
  if (times.length < 2 || !(end > 0)) {
    return { rate: declared[0] ?? rateFromNumber(end > 0 ? Math.min(1000, 1 / end) : 25), variable: false };
  }
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const measured = Math.min(1000, (times.length - 1) / span);
  // A coarse clock (GIF counts hundredths) blurs the average: there a whole rate that fits is the one meant.
  const whole = tick >= 0.005 ? parseRate(String(Math.round(measured))) : undefined;
  const even = [whole, ...declared, snapped(measured)].filter((rate) => rate !== undefined).find((rate) => keepsPace(times, framesPerSecond(rate), tick));
  if (even) return { rate: even, variable: false };
  const average = Math.min(1000, times.length / end);
  const close = declared.find((rate) => Math.abs(framesPerSecond(rate) / average - 1) < 0.001);
  return { rate: close ?? snapped(average), variable: true };
}

function keepsPace(times: readonly number[], fps: number, tick: number): boolean {
  // A clock that counts the frames themselves (AVI) places them exactly: there a frame left out is a gap, not blur.
  const blur = tick * fps > 0.7 ? 0 : 1.5 * Math.min(tick, 0.6 / fps);
  const slack = Math.max(0.25 / fps, blur);
  return times.every((time, index) => Math.abs(time - index / fps) <= slack);
}

/** A measured 23.9998 is 24, and 29.9701 is NTSC. */
function snapped(fps: number): FrameRate {
  const whole = Math.round(fps);
  if (whole > 0 && Math.abs(fps / whole - 1) < 0.0004) return { num: whole, den: 1 };
  return rateFromNumber(Math.max(0.001, fps));
}

/** Index of the last frame shown at or before `time` seconds; 0 when none is. */
export function frameAt(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] ?? Infinity) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}
