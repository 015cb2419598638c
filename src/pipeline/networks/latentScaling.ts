import type { Tensor } from '../core/index.js';
import { modelErrors } from './errors.js';
import type { Json } from './modelFiles.js';

/** Scaling factors of models whose files do not say: SD 1.x and 2.x. */
const DEFAULT_SCALING_FACTOR = 0.18215;

/**
 * How a VAE's latents become the network's, of about unit variance: by one factor and shift for all of them (Stable Diffusion), or by a mean and a deviation of each
 * channel (Wan).
 */
export class LatentScaling {
  /** What latents are multiplied by after encoding; 1 where each channel has its own. */
  readonly factor: number;
  /** What is subtracted before that; 0 for most models. */
  readonly shift: number;
  private readonly mean: readonly number[] | undefined;
  private readonly deviation: readonly number[] | undefined;

  /**
   * @param config the VAE's `config.json`, checked.
   * @param channels of the latents, where each must have a mean and a deviation.
   * @throws {FrameloomError} `FL_MODEL_JSON` where they are missing or of another number.
   */
  constructor(config: Json, channels?: number) {
    for (const name of channels === undefined ? [] : (['latents_mean', 'latents_std'] as const)) {
      const given = config[name] as readonly number[] | undefined;
      if (given?.length !== channels)
        throw modelErrors.badField('vae/config.json', name, given, `a list of ${channels} numbers, one for each channel`);
    }
    this.mean = config.latents_mean as readonly number[] | undefined;
    this.deviation = config.latents_std as readonly number[] | undefined;
    this.factor = Number(config.scaling_factor ?? (this.deviation ? 1 : DEFAULT_SCALING_FACTOR));
    this.shift = Number(config.shift_factor ?? 0);
  }

  /** Latents as the VAE gives them, `[frames, channels, h, w]`, as the network takes them. */
  scaled(latents: Tensor): Tensor {
    return this.byChannel(
      latents,
      (value, mean, deviation) => (value - mean) / deviation,
      (value) => (value - this.shift) * this.factor,
    );
  }

  /** Back again. */
  unscaled(latents: Tensor): Tensor {
    return this.byChannel(
      latents,
      (value, mean, deviation) => value * deviation + mean,
      (value) => value / this.factor + this.shift,
    );
  }

  private byChannel(
    latents: Tensor,
    own: (value: number, mean: number, deviation: number) => number,
    all: (value: number) => number,
  ): Tensor {
    const { mean, deviation } = this;
    if (!mean || !deviation) return latents.map(all);
    const [, channels, height, width] = latents.dims as [number, number, number, number];
    const plane = height * width;
    return latents.map((value, i) => {
      const channel = Math.floor(i / plane) % channels;
      return own(value, mean[channel]!, deviation[channel]!);
    });
  }
}
