import { ArgumentError, type Tensor } from '../../core/index.js';
import { WINDOW_FRAMES_INPUT, WINDOW_WEIGHTS_INPUT, windowedAttention } from '../../onnx/index.js';
import type { GraphRewrite } from '../graphRewrite.js';
import type { UNet } from '../unet.js';

/** Windows that motion modules see a clip in. */
export interface MotionWindows {
  /** The frames of each, by their numbers in the clip; all windows have as many. */
  readonly windows: readonly (readonly number[])[];
  /** What each frame of a window counts where windows overlap, above 0. */
  readonly weights: readonly number[];
}

/**
 * Motion modules that see a clip window by window, and average what each window says of a frame, while the rest of the network sees each frame once (Qiu et al. 2023,
 * "FreeNoise").
 *
 * @param windowsOf the windows of a clip of so many frames.
 * @throws {ArgumentError} for a network without motion modules whose number of frames is free; {@link FrameloomError} `FL_ONNX_UNSUPPORTED` where their attention cannot be cut.
 */
export function motionWindows({ attentions, fixedFrames, graph }: UNet, windowsOf: (frames: number) => MotionWindows): GraphRewrite {
  const refuse = (why: string) => new ArgumentError('contextInside', 'motion-modules', `left out with ${graph.label}: ${why}`);
  if (fixedFrames !== undefined) throw refuse(`it was exported for ${fixedFrames} frames, and the rest of the network sees the whole clip`);
  if (!attentions.sites.some(({ kind }) => kind === 'temporal')) throw refuse('it has no attention over the frames of a clip');
  return attentions.attempted({
    key: 'motion-windows',
    apply: (rewriter) => windowedAttention(rewriter, attentions.in(rewriter), attentions.inputs),
    feeds({ frames }) {
      const { windows, weights } = windowsOf(frames);
      return {
        [WINDOW_FRAMES_INPUT]: { data: windows.flat(), dims: [windows.length, weights.length] },
        [WINDOW_WEIGHTS_INPUT]: { data: averaging(windows, weights, frames), dims: [frames, windows.length * weights.length] },
      };
    },
  });
}

/** What each place of each window counts for a frame, `[frames, windows · window]`: rows add up to 1. */
function averaging(windows: MotionWindows['windows'], weights: readonly number[], frames: number): Tensor['data'] {
  const places = windows.flat();
  const sums = new Float64Array(frames);
  for (const [place, frame] of places.entries()) sums[frame]! += weights[place % weights.length]!;
  const out = new Float32Array(frames * places.length);
  for (const [place, frame] of places.entries()) out[frame * places.length + place] = weights[place % weights.length]! / sums[frame]!;
  return out;
}
