import { framesPerSecond, parseRate, rateFromNumber } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
import { median } from './frameTimes.js';
import type { FrameTimes } from './videoInfo.js';

/** The constant rate at which a clip is shown, and where its frames stand on it. */
export interface Pace {
  readonly rate: FrameRate;
  /** Whether the frames stand unevenly in time. */
  readonly variable: boolean;
  /** Frames of the clip at this rate, gaps and a last picture that is held included. */
  readonly count: number;
  /** For each frame of the file the first place at which it is shown, ascending, each its own; absent when it is the frame's number. */
  readonly slots?: readonly number[] | undefined;
}

/**
 * Finds the rate of the listed frames.
 *
 * Even frames have the rate that the container names when the two agree. Uneven ones get their nominal rate: the lowest at
 * which every frame has a place of its own near its time, so that none is lost. Gaps are for the frame before them to fill.
 *
 * @param named the container's `avg_frame_rate` and `r_frame_rate`.
 * @param tick the container's clock in seconds: frames cannot be placed better than this.
 */
export function paceOf({ times, end }: Pick<FrameTimes, 'times' | 'end'>, named: readonly (string | undefined)[], tick: number): Pace {
  const declared = named.map(parseRate).filter((rate) => rate !== undefined);
  if (times.length < 2 || !(end > 0)) {
    // Of a single picture containers name the rate of their clock: a hundred thousand, in APNG.
    const usual = declared.find((rate) => framesPerSecond(rate) >= lowestUsual && framesPerSecond(rate) <= highestUsual);
    const own = end > 0 && 1 / end >= lowestUsual ? Math.min(highestUsual, 1 / end) : 25;
    return { rate: usual ?? rateFromNumber(own), variable: false, count: times.length };
  }
  const held = end - (times.at(-1) ?? 0);
  const rate = evenRate(times, declared, tick);
  // Many containers do not know how long the last frame lasts; only what is clearly longer than a frame is meant.
  if (rate && held * framesPerSecond(rate) < 1.75) return { rate, variable: false, count: times.length };
  const nominal = rate ?? nominalRate(times, declared, tick);
  const fps = framesPerSecond(nominal);
  const slots = slotsAt(times, fps);
  const stays = held * fps < 1.75 ? 1 : Math.round(held * fps);
  return { rate: nominal, variable: true, slots, count: (slots.at(-1) ?? 0) + stays };
}

function evenRate(times: readonly number[], declared: readonly FrameRate[], tick: number): FrameRate | undefined {
  const measured = Math.min(1000, (times.length - 1) / ((times.at(-1) ?? 0) - (times[0] ?? 0)));
  // A coarse clock (GIF counts hundredths) blurs the average: there a whole rate that fits is the one meant.
  const whole = tick >= 0.005 ? parseRate(String(Math.round(measured))) : undefined;
  return [whole, ...declared, snapped(measured)]
    .filter((rate) => rate !== undefined)
    .find((rate) => keepsPace(times, framesPerSecond(rate), tick));
}

function keepsPace(times: readonly number[], fps: number, tick: number): boolean {
  const slack = Math.max(0.25 / fps, blur(fps, tick));
  return times.every((time, index) => Math.abs(time - index / fps) <= slack);
}

/** By how many seconds the container's clock may misplace a frame. */
function blur(fps: number, tick: number): number {
  // A clock that counts the frames themselves (AVI) places them exactly: there a frame left out is a gap, not blur.
  return tick * fps > 0.7 ? 0 : 1.5 * Math.min(tick, 0.6 / fps);
}

const usualRates = [
  1, 2, 4, 5, 6, 8, 10, 12, 12.5, 15, 16, 20, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 72, 75, 90, 100, 119.88, 120, 144, 200, 240,
];

/** A single picture that is said to last longer than ten minutes has a broken clock. */
const lowestUsual = 1 / 600;
/** Above this rate nothing but a need of its own frames makes a clip be shown. */
const highestUsual = 240;

function nominalRate(times: readonly number[], declared: readonly FrameRate[], tick: number): FrameRate {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const typical = snapped(Math.min(1000, 1 / (median(steps) ?? 0.04)));
  const own = [typical, ...declared].filter((rate) => framesPerSecond(rate) <= highestUsual);
  const all = [...own, ...usualRates.map((fps) => rateFromNumber(fps))].sort((a, b) => framesPerSecond(a) - framesPerSecond(b));
  const grids = all.filter((rate) => liesOnGrid(times, framesPerSecond(rate), tick));
  // 59.94 and 60 are alike for a second or two: of such the one from which the frames are least off.
  const alike = grids.filter((rate) => framesPerSecond(rate) < 1.002 * framesPerSecond(grids[0] ?? rate));
  return (
    alike.sort((a, b) => offGrid(times, framesPerSecond(a)) - offGrid(times, framesPerSecond(b)))[0] ??
    [...own, ...all].find((rate) => roomFor(times, framesPerSecond(rate))) ??
    rateFromNumber(Math.min(1000, Math.max(highestUsual, 1 / steps.reduce((least, step) => Math.min(least, step)))))
  );
}

/** Whether the frames stand on an even grid that has gaps. */
function liesOnGrid(times: readonly number[], fps: number, tick: number): boolean {
  const slack = Math.max(0.25, blur(fps, tick) * fps);
  let before = -1;
  return times.every((time) => {
    const slot = Math.round(time * fps);
    const fits = slot > before && Math.abs(time * fps - slot) <= slack;
    before = slot;
    return fits;
  });
}

/** The distance of all frames from an even grid, together, in frames. */
function offGrid(times: readonly number[], fps: number): number {
  return times.reduce((sum, time) => sum + Math.abs(time * fps - Math.round(time * fps)), 0);
}

/** Whether every frame finds a place of its own not much later than its time: a frame or so, or too little to be noticed. */
function roomFor(times: readonly number[], fps: number): boolean {
  return slotsAt(times, fps).every((slot, index) => {
    const late = slot - (times[index] ?? 0) * fps;
    return late <= 1.25 || (late <= 2 && late / fps <= 0.045);
  });
}

/** The place nearest to each frame's time, or the next one that is free. */
function slotsAt(times: readonly number[], fps: number): number[] {
  let before = -1;
  return times.map((time) => (before = Math.max(before + 1, Math.round(time * fps))));
}

/** A measured 23.9998 is 24, and 29.9701 is NTSC. */
function snapped(fps: number): FrameRate {
  const whole = Math.round(fps);
  if (whole > 0 && Math.abs(fps / whole - 1) < 0.0004) return { num: whole, den: 1 };
  return rateFromNumber(Math.max(0.001, fps));
}
