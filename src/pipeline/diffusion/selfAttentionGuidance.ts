import { ArgumentError, Tensor, weightedSum } from '../core/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import type { AttentionSite, AttentionTap } from '../onnx/index.js';
import { forwardProcess, type Scheduler, trainedShares } from '../schedulers/index.js';
import { eachWeight, type Guidance, type GuidanceTerm } from './guidance.js';

/** What is blurred where the network looks most, as diffusers has it: nine latent places wide, with a deviation of one. */
const [TAPS, SIGMA] = [9, 1];

/** How often a place must be looked at, on the mean of all places, for it to be blurred. */
const LOOKED_AT = 1;

/** Most bytes of maps that a call may give. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Blurs where the network looks most. */
export interface SelfAttentionGuidance {
  /** How far to lead away from what is predicted for the blurred latents. */
  readonly scale: number;
  /** The self-attention that says where that is. */
  readonly tap: AttentionTap;
  /** A clean sample and its noise, as a prediction implies them, blurred where `looked` says, and noised again. */
  degraded(input: Tensor, timestep: number, prediction: Tensor, looked: Tensor): Tensor;
}

/**
 * Self-attention guidance (Hong et al. 2023, "Improving Sample Quality of Diffusion Models Using Self-Attention Guidance"), as diffusers'
 * `StableDiffusionSAGPipeline` has it: the layer that is looked at is the one in the middle of the network.
 *
 * @throws {ArgumentError} for networks without self-attention that can be followed, and on other paths of noise than diffusion's.
 */
export function selfAttentionGuidance(model: LatentDiffusionNetworks, scheduler: Scheduler, scale: number): SelfAttentionGuidance {
  const refuse = (why: string) => new ArgumentError('sagScale', scale, `left out, or 0, with ${why}`);
  const process = forwardProcess(scheduler);
  if (process?.path !== 'diffusion')
    throw refuse(`${scheduler.className}: the share of noise at a step is known on the path of diffusion alone`);
  const site = middleOf(model.unet.attentions.sites.filter(({ kind, heads, factor }) => kind === 'self' && heads && factor));
  if (!site) throw refuse(`${model.name}, whose network has no self-attention within frames that can be followed`);
  const tap: AttentionTap = { sites: [site], heads: 'mean', tokens: undefined, betweenFrames: false, maxBytes: MOST_BYTES };
  const sharesAt = trainedShares(scheduler);
  return {
    scale,
    tap,
    degraded(input, timestep, prediction, looked) {
      const at = sharesAt(timestep);
      const clean = process.original(prediction, input, at);
      const noise = weightedSum([1 / at.noise, input], [-at.signal / at.noise, clean]);
      return weightedSum([at.signal, blurredWhere(clean, looked, site.factor!)], [at.noise, noise]);
    },
  };
}

/** A step's guidance with what is predicted for blurred latents to be led away from, as the term that is told least sees them. */
export function guidedBySelfAttention({ terms, rescale }: Guidance, { scale, tap, degraded }: SelfAttentionGuidance): Guidance {
  let seen: { prediction: Tensor; looked: Tensor } | undefined;
  const base = terms.at(-1)!;
  const looking: GuidanceTerm = {
    ...base,
    weight: eachWeight(base.weight, (each) => each + scale),
    look: {
      tap,
      taken: (found) => {
        base.look?.taken(found);
        seen = { prediction: found.prediction, looked: found.attention.get(tap.sites[0]!.id)! };
      },
    },
  };
  const led: GuidanceTerm = {
    conditioning: base.conditioning,
    weight: -scale,
    perturbed: true,
    sample: (input, timestep) => degraded(input, timestep, seen!.prediction, seen!.looked),
  };
  // What is told least stays at the end.
  const changed = terms.length === 1 ? [looking, led] : [...terms.slice(0, -1), led, looking];
  return { terms: changed as unknown as Guidance['terms'], rescale };
}

/** Of the layers of the lowest resolution the one in the middle: Stable Diffusion's `mid_block`. */
function middleOf(sites: readonly AttentionSite[]): AttentionSite | undefined {
  const lowest = Math.max(...sites.map(({ factor }) => factor!));
  const coarse = sites.filter(({ factor }) => factor === lowest);
  return coarse.find(({ block }) => block === 'mid_block') ?? coarse[Math.floor(coarse.length / 2)];
}

/** Latents blurred at the places that are looked at most, taken as they are elsewhere. @param looked maps `[frames, 1, places, places]`. */
function blurredWhere(latents: Tensor, looked: Tensor, factor: number): Tensor {
  const [frames, channels, height, width] = latents.dims as [number, number, number, number];
  const [rows, columns] = [Math.ceil(height / factor), Math.ceil(width / factor)];
  const places = rows * columns;
  const blurred = blur(latents);
  const out = new Float32Array(latents.data);
  for (let frame = 0; frame < frames; frame++) {
    const received = new Float64Array(places);
    const start = frame * places * places;
    for (let i = 0; i < places * places; i++) received[i % places]! += looked.data[start + i]!;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const place = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
        if (received[place]! <= LOOKED_AT) continue;
        for (let channel = 0; channel < channels; channel++) {
          const at = ((frame * channels + channel) * height + y) * width + x;
          out[at] = blurred[at]!;
        }
      }
    }
  }
  return new Tensor(out, latents.dims);
}

/** A Gaussian over rows and columns, mirrored at the edges. */
function blur({ data, dims }: Tensor): Float32Array {
  const [height, width] = dims.slice(-2) as [number, number];
  const half = (TAPS - 1) / 2;
  const weights = Array.from({ length: TAPS }, (_, tap) => Math.exp(-0.5 * ((tap - half) / SIGMA) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const along = (from: ArrayLike<number>, length: number, stride: number): Float64Array => {
    const out = new Float64Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const place = Math.floor(i / stride) % length;
      for (const [tap, weight] of weights.entries())
        out[i]! += (weight / total) * from[i + (mirrored(place + tap - half, length) - place) * stride]!;
    }
    return out;
  };
  return Float32Array.from(along(along(data, height, width), width, 1));
}

/** A place beyond the ends, mirrored at the last one within, again and again where the picture is small. */
function mirrored(place: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inside = ((place % period) + period) % period;
  return inside < length ? inside : period - inside;
}
