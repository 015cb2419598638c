import { Generator, Tensor } from '../core/index.js';
import type { NoiseSource } from '../schedulers/index.js';
import type { Graph } from './graph.js';
import type { TensorDeclaration } from './tensorDeclaration.js';
import type { NamedInputs } from './conditioning.js';

/** How latents are decoded where the decoder is told how noisy they are: they are mixed with that much noise first (LTX-Video from 0.9.1 on). */
export interface DecodingNoise {
  /** What the decoder is told, 0…1. */
  readonly timestep: number;
  /** Share of noise in the mixture, 0…1. */
  readonly noiseScale: number;
  /** Where that noise is drawn. */
  readonly noise: NoiseSource;
}

/** Planes of noise that a decoder adds by itself, as our own graphs name them. */
const noiseName = /_noise$/;

/** Length of a side that is so many times as long as that of the latents: `latent_height*4`. */
const times = /\*(\d+)$/;

/** Whether a decoder is told how noisy its latents are. */
export function takesTimestep(decoder: Graph): boolean {
  return decoder.inputs.has('timestep');
}

/**
 * What a decoder takes beside latents: the timestep, and planes of noise, which are drawn from one seed for every call, so that the same latents always become the same
 * pictures. (diffusers draws them from PyTorch's own generator.)
 *
 * @param latents `[…, height, width]`.
 */
export function decoderInputs(decoder: Graph, latents: Tensor, timestep: number): NamedInputs {
  const generator = new Generator(0);
  const [height, width] = latents.dims.slice(-2) as [number, number];
  const planesOf = ({ dims }: TensorDeclaration): Tensor => {
    const scale = Number(times.exec(String(dims[1]))?.[1] ?? 1);
    const planes = Array.from({ length: Number(dims[0]) }, () => generator.randn([1, scale * height, scale * width]));
    const all = Tensor.zeros([planes.length, scale * height, scale * width]);
    planes.forEach(({ data }, i) => all.data.set(data, i * data.length));
    return all;
  };
  const noise = [...decoder.inputs.values()].filter(({ name }) => noiseName.test(name));
  return {
    ...(takesTimestep(decoder) ? { timestep: new Tensor(Float32Array.of(timestep), [1]) } : {}),
    ...Object.fromEntries(noise.map((declared) => [declared.name, planesOf(declared)])),
  };
}

/** Latents with a share of noise among them. */
export function mixedWithNoise(latents: Tensor, { noiseScale, noise }: DecodingNoise): Tensor {
  const drawn = noise.randn(latents.dims);
  return latents.map((value, i) => (1 - noiseScale) * value + noiseScale * drawn.data[i]!);
}
