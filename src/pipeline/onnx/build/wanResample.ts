import type { FrameCaches } from './causalConvolution.js';
import { convolution3d, framesOf, joinFrames } from './convolution3d.js';
import type { Dim, Value } from './graphBuilder.js';
import type { Module } from './module.js';

/** What a resampling does. */
export interface WanResampling {
  /** Channels of the result. */
  readonly out: number;
  /** Whether it changes the number of frames, too, by its `time_conv`. */
  readonly inTime: boolean;
  /** What was before, of a graph for a part of a clip. */
  readonly caches?: FrameCaches | undefined;
}

/** Beyond any frame. */
const END = 2 ** 31 - 1;

/**
 * diffusers' `WanResample` on the way up: frames after the first become two each (with `inTime`), then every frame doubles in height and width,
 * its channels halved.
 *
 * diffusers decodes a latent frame at a time and keeps the last two of every convolution; all of them at once give the same numbers, but for `time_conv`, which
 * never sees the first frame there.
 */
export function wanUpsample(outer: Module, x: Value, { out, inTime, caches }: WanResampling): Value {
  const m = outer.after(x);
  const grown = !inTime ? x : caches?.part === 'next' ? allTwice(m, x, caches) : twiceAfterFirst(m, x, caches);
  return convolution3d(m.at('resample.1'), twiceInSpace(m, grown), { out });
}

function twiceAfterFirst(m: Module, x: Value, caches: FrameCaches | undefined): Value {
  const frames = x.dims[2]!;
  const first = framesOf(m, x, 0, 1, 1);
  // A frame of zeros stands for the first and goes again, so that a single picture, with no frames behind it, is fine too.
  const silent = joinFrames(
    m,
    [m.node('Mul', [first, m.graph.numbers([0], [])], first.dims), framesOf(m, x, 1, END, `${frames}-1`)],
    frames,
  );
  const time = m.at('time_conv');
  const doubled = convolution3d(time, caches?.behindEarlier(time, silent, 2) ?? silent, { out: 2 * Number(x.dims[1]) });
  return joinFrames(m, [first, interleaved(m, framesOf(m, doubled, 1, END, `${frames}-1`))], `2*${frames}-1`);
}

/** Every frame of a part that is not the first. */
function allTwice(m: Module, x: Value, caches: FrameCaches): Value {
  const time = m.at('time_conv');
  const { name, dims } = convolution3d(time, caches.behindEarlier(time, x, 2), { pads: [0, 0, 0, 0, 0, 0], out: 2 * Number(x.dims[1]) });
  return interleaved(m, { name, dims: dims.map((dim, axis) => (axis === 2 ? x.dims[2]! : dim)) });
}

/** `[batch, 2 · channels, frames, height, width]`, two frames in the channels of one, to `[batch, channels, 2 · frames, height, width]`. */
function interleaved(m: Module, pairs: Value): Value {
  const [batch, both, frames, height, width] = pairs.dims as [Dim, number, Dim, Dim, Dim];
  const channels = both / 2;
  const apart = withEmpty(
    m,
    pairs,
    [m.shapeOf(pairs, 0, 1), 2, channels, m.shapeOf(pairs, 2, 5)],
    [batch, 2, channels, frames, height, width],
  );
  const beside = m.transpose(apart, [0, 2, 3, 1, 4, 5]);
  const doubled = m.node('Mul', [m.shapeOf(pairs, 2, 3), m.graph.integers([2])], [1]);
  return withEmpty(
    m,
    beside,
    [m.shapeOf(pairs, 0, 1), channels, doubled, m.shapeOf(pairs, 3, 5)],
    [batch, channels, `2*(${frames})`, height, width],
  );
}

/** As `Module.reshape`, where a length of 0 means an axis with nothing on it. */
function withEmpty(m: Module, x: Value, target: readonly (number | Value)[], dims: readonly Dim[]): Value {
  return m.node('Reshape', [x, m.joined(target)], dims, { attributes: { allowzero: 1 } });
}

/** Nearest-neighbour enlargement of every frame; Resize has no quick kernel for five axes. */
function twiceInSpace(m: Module, x: Value): Value {
  const [batch, channels, frames, height, width] = x.dims as [Dim, Dim, Dim, Dim, Dim];
  const wide = m.node('Unsqueeze', [x, m.graph.integers([4, 6])], [batch, channels, frames, height, 1, width, 1]);
  const grown = m.node(
    'Expand',
    [wide, m.joined([m.shapeOf(x, 0, 4), 2, m.shapeOf(x, 4, 5), 2])],
    [batch, channels, frames, height, 2, width, 2],
  );
  const doubled = m.node('Mul', [m.shapeOf(x, 3, 5), m.graph.integers([2, 2])], [2]);
  return m.reshape(grown, [m.shapeOf(x, 0, 3), doubled], [batch, channels, frames, `${height}*2`, `${width}*2`]);
}

/**
 * diffusers' `WanResample` on the way down: every frame halves in height and width; then, with `inTime`, the frames after the first become half as many, each from
 * three of all frames.
 */
export function wanDownsample(outer: Module, x: Value, { out, inTime, caches }: WanResampling): Value {
  const m = outer.after(x);
  // Pads on the right and at the bottom only.
  const small = convolution3d(m.at('resample.1'), x, { stride: [1, 2, 2], pads: [0, 0, 0, 0, 1, 1], out });
  if (!inTime) return small;
  const [time, frames] = [m.at('time_conv'), small.dims[2]!];
  const seen = caches?.behindEarlier(time, small, 1) ?? small;
  if (caches?.part === 'next') {
    const { name, dims } = convolution3d(time, seen, { stride: [2, 1, 1], pads: [0, 0, 0, 0, 0, 0], out });
    return { name, dims: dims.map((dim, axis) => (axis === 2 ? `${frames}/2` : dim)) };
  }
  // The last window looks at two frames that are not there, and goes again: so a single picture is long enough.
  const windows = convolution3d(time, seen, { stride: [2, 1, 1], pads: [0, 0, 0, 2, 0, 0], out });
  return joinFrames(m, [framesOf(m, small, 0, 1, 1), framesOf(m, windows, 0, -1, `(${frames}-1)/2`)], `(${frames}+1)/2`);
}
