import { abortSignal, checkOptions, type Frame, number, type OptionChecks } from '../core/index.js';
import type { Video } from './video.js';

/** Options of {@link deflicker}. */
export interface DeflickerOptions {
  /**
   * How far apart two colours may be and count as one that flickers: 0…1 of the way from black to full red, as the deviation of a Gaussian; 0.08 (20 of 255 levels) by
   * default. Higher is steadier, until what moves slowly over something of nearly its own colour leaves a trace.
   */
  distance?: number;
  /** Stops it. */
  signal?: AbortSignal | undefined;
}

/** Default of {@link DeflickerOptions.distance}. */
const DISTANCE = 0.08;

/** Frames on each side that a pixel is compared with. */
const REACH = 3;

/** Times that colours are moved to the mean of those near them. */
const TIMES = 2;

/** Weights below this count nothing. */
const NEGLIGIBLE = 1e-3;

/** What {@link DeflickerOptions.distance} may be. */
export const deflickerDistance = number(0, 1);

const deflickerChecks: OptionChecks<DeflickerOptions> = {
  distance: deflickerDistance,
  signal: abortSignal,
};

/**
 * The same clip with less flicker: a colour that changes a little from frame to frame becomes one that stays, one that changes much (a subject that moves, a cut) is left alone.
 * Outlines stay as sharp as they are, since pixels are only compared with themselves at other times. Keeps the clip's sound.
 *
 * Mean shift over time at each pixel (Comaniciu and Meer 2002), three frames to each side, twice: its colour becomes the mean of what it is in these frames, those the more that
 * are nearer to its own. For a camera that stands still; where all moves, little is near and little changes.
 *
 * @throws {ArgumentError} for a distance that is none. What reading the frames throws comes when they are read.
 */
export async function deflicker(clip: Video, options: DeflickerOptions = {}): Promise<Video> {
  checkOptions('deflicker', options, deflickerChecks);
  const { distance = DISTANCE, signal } = options;
  return clip.withFrames(deflickered(clip.frames({ signal }), distance));
}

/** {@link deflicker} of frames as they come; holds seven of them, and runs six ahead. */
export async function* deflickered(frames: AsyncIterable<Frame>, distance: number): AsyncGenerator<Frame> {
  if (distance === 0) return yield* frames;
  const weights = weightsOf(distance);
  let shifted = asShifted(frames);
  for (let time = 0; time < TIMES; time++) shifted = shift(shifted, weights);
  for await (const { frame, colours } of shifted) yield { ...frame, data: colours };
}

/** {@link deflickered} of a clip whose end flows into its beginning: the frames before its first are its last ones. Holds the clip. */
export async function* loopDeflickered(frames: AsyncIterable<Frame>, distance: number): AsyncGenerator<Frame> {
  if (distance === 0) return yield* frames;
  const clip: Frame[] = [];
  for await (const frame of frames) clip.push(frame);
  const beyond = REACH * TIMES;
  const at = (index: number): Frame => clip[((index % clip.length) + clip.length) % clip.length]!;
  async function* around(): AsyncGenerator<Frame> {
    for (let index = -beyond; index < clip.length + beyond; index++) yield await Promise.resolve(at(index));
  }
  let index = -beyond;
  for await (const frame of deflickered(around(), distance)) {
    if (index >= 0 && index < clip.length) yield frame;
    index++;
  }
}

/** A frame, and where its colours have been moved to. */
interface Shifted {
  readonly frame: Frame;
  readonly colours: Frame['data'];
}

async function* asShifted(frames: AsyncIterable<Frame>): AsyncGenerator<Shifted> {
  for await (const frame of frames) yield { frame, colours: frame.data };
}

/** The weight of a colour by its squared distance in levels; what lies beyond the table weighs nothing. */
function weightsOf(distance: number): Float32Array {
  const variance = (distance * 255) ** 2;
  const far = Math.ceil(-2 * variance * Math.log(NEGLIGIBLE));
  return Float32Array.from({ length: far + 1 }, (_, squares) => Math.exp(-squares / (2 * variance)));
}

/** One step of mean shift: each colour becomes the mean of the frames' own ones, weighted by how near they were moved to it. */
async function* shift(frames: AsyncIterable<Shifted>, weights: Float32Array): AsyncGenerator<Shifted> {
  const held: Shifted[] = [];
  let [first, next] = [0, 0];
  const settle = (index: number): Shifted => {
    const from = Math.max(0, index - REACH - first);
    const { frame } = held[index - first]!;
    return { frame, colours: meanOver(held.slice(from, index + REACH + 1 - first), held[index - first]!, weights) };
  };
  for await (const frame of frames) {
    held.push(frame);
    if (first + held.length <= next + REACH) continue;
    yield settle(next++);
    if (next - first > REACH) {
      held.shift();
      first++;
    }
  }
  for (; next < first + held.length; next++) yield settle(next);
}

function meanOver(around: readonly Shifted[], { colours }: Shifted, weights: Float32Array): Frame['data'] {
  const mean = colours.slice();
  for (let i = 0; i < colours.length; i += 3) {
    const [red, green, blue] = [colours[i]!, colours[i + 1]!, colours[i + 2]!];
    let [sumRed, sumGreen, sumBlue, sum] = [0, 0, 0, 0];
    for (const { frame, colours: there } of around) {
      const [r, g, b] = [red - there[i]!, green - there[i + 1]!, blue - there[i + 2]!];
      const weight = weights[r * r + g * g + b * b];
      if (weight === undefined) continue;
      const own = frame.data;
      sumRed += weight * own[i]!;
      sumGreen += weight * own[i + 1]!;
      sumBlue += weight * own[i + 2]!;
      sum += weight;
    }
    mean[i] = Math.round(sumRed / sum);
    mean[i + 1] = Math.round(sumGreen / sum);
    mean[i + 2] = Math.round(sumBlue / sum);
  }
  return mean;
}
