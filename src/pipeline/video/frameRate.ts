import { ArgumentError } from '../core/index.js';

/** Frames per second as the fraction that containers store: 30000/1001 is NTSC's "29.97". */
export interface FrameRate {
  /** Numerator. */
  readonly num: number;
  /** Denominator. */
  readonly den: number;
}

/** The rate as a plain number of frames per second. */
export function framesPerSecond(rate: FrameRate): number {
  return rate.num / rate.den;
}

/** The rate as ffmpeg's options and filters take it: `30000/1001`. */
export function rateText(rate: FrameRate): string {
  return rate.den === 1 ? `${rate.num}` : `${rate.num}/${rate.den}`;
}

/** Reads ffprobe's `30000/1001`; undefined for `0/0`, `N/A` and anything else without a rate. */
export function parseRate(text: string | undefined): FrameRate | undefined {
  const [num, den = 1] = (text ?? '').split('/').map(Number);
  if (!num || !den || !Number.isFinite(num) || !Number.isFinite(den) || num <= 0 || den <= 0) return undefined;
  return { num, den };
}

/**
 * The fraction that a number of frames per second most likely means: whole numbers stay whole,
 * 23.976, 29.97, 59.94 and their like become n*1000/1001, the rest keeps three decimals or more.
 *
 * @throws ArgumentError unless `0 < fps <= 1000`.
 */
export function rateFromNumber(fps: number, argument = 'fps'): FrameRate {
  if (typeof fps !== 'number' || !Number.isFinite(fps) || fps <= 0 || fps > 1000) {
    throw new ArgumentError(argument, fps, 'a number of frames per second above 0 and at most 1000');
  }
  if (Number.isInteger(fps)) return { num: fps, den: 1 };
  const ntsc = Math.round((fps * 1001) / 1000);
  if (ntsc % 6 === 0 && Math.abs((ntsc * 1000) / 1001 - fps) < 0.005) return { num: ntsc * 1000, den: 1001 };
  // Slow rates need more decimals: 1/60 fps cut to three would be off by 2 %.
  const den = fps < 1 ? 1_000_000 : 1000;
  const num = Math.max(1, Math.round(fps * den));
  const shared = greatestCommonDivisor(num, den);
  return { num: num / shared, den: den / shared };
}

/** Frames that `seconds` hold at `rate`, at least one: the count every clip is cut or filled to. */
export function framesIn(seconds: number, rate: FrameRate): number {
  // The small term keeps 0.9999999 s at 24 fps, a rounding remnant of timestamps, at 24 frames.
  return Math.max(1, Math.round((seconds * rate.num) / rate.den + 1e-6));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
