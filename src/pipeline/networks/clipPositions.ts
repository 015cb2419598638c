import { Tensor } from '../core/index.js';
import { ROTARY_INPUTS } from '../onnx/index.js';
import type { NamedInputs } from './conditioning.js';

/** Latents of a clip, and what their places stand for. */
export interface PlacedClip {
  /** Latent frames. */
  readonly frames: number;
  /** Frames of the clip at which the first of them stand, where those are not its own but stand before them: conditions. */
  readonly leadingAt?: readonly number[];
  /** Latent rows. */
  readonly height: number;
  /** Latent columns. */
  readonly width: number;
  /** Frames of the clip that a latent frame stands for: 8. */
  readonly temporalScaleFactor: number;
  /** Pixels that a latent place stands for, along each side: 32. */
  readonly scaleFactor: number;
  /** Frames of the clip a second. */
  readonly fps: number;
  /**
   * Whether a latent frame stands where the first of its frames does (LTX-Video from 0.9.5 on: 0, 1, 9, 17 …), the first of them being one frame alone; otherwise every
   * one stands for as many (0, 8, 16 …).
   */
  readonly causal: boolean;
}

/** Seconds, rows and columns that LTX-Video's positions are shares of. */
const BASE = { frames: 20, height: 2048, width: 2048 } as const;

/** Frequencies go from 1 to this. */
const THETA = 10_000;

const { fround } = Math;

/**
 * Cosines and sines of the positions along each axis, for the inputs {@link ROTARY_INPUTS}: angles are ½π · θ^(k / (count − 1)) · (2·share − 1), where the share is that of
 * {@link BASE}. In single precision step by step, as diffusers' `LTXVideoRotaryPosEmbed` computes: angles of some 15,000 hold their last digits in none other.
 *
 * @param count frequencies for each axis.
 */
export function clipPositions(clip: PlacedClip, count: number): NamedInputs {
  const { temporalScaleFactor, scaleFactor, fps, causal, leadingAt = [] } = clip;
  const secondOfOwn = (frame: number) =>
    causal
      ? fround(Math.max(0, frame * temporalScaleFactor + 1 - temporalScaleFactor) * fround(1 / fps))
      : fround(frame * fround(temporalScaleFactor / fps));
  const second = (frame: number) =>
    frame < leadingAt.length ? fround(leadingAt[frame]! * fround(1 / fps)) : secondOfOwn(frame - leadingAt.length);
  const places = { frames: second, height: (row: number) => row * scaleFactor, width: (column: number) => column * scaleFactor };
  const frequencies = Array.from({ length: count }, (_, k) => fround((fround(THETA ** exponent(k, count)) * fround(Math.PI)) / 2));
  const axes = Object.keys(ROTARY_INPUTS) as (keyof typeof ROTARY_INPUTS)[];
  return Object.fromEntries(
    axes.map((axis) => {
      const waves = Tensor.zeros([clip[axis], 2, count]);
      for (let place = 0; place < clip[axis]; place++) {
        const share = fround(places[axis](place) / BASE[axis]);
        for (const [k, frequency] of frequencies.entries()) {
          const angle = fround(frequency * fround(2 * share - 1));
          waves.data[2 * place * count + k] = Math.cos(angle);
          waves.data[(2 * place + 1) * count + k] = Math.sin(angle);
        }
      }
      return [ROTARY_INPUTS[axis], waves];
    }),
  );
}

/** `torch.linspace(0, 1, count)[k]`, which counts from both ends. */
function exponent(k: number, count: number): number {
  const step = fround(1 / Math.max(1, count - 1));
  return fround(k < Math.floor(count / 2) ? step * k : 1 - step * (count - 1 - k));
}
