import { Generator, type Tensor } from '../core/index.js';
import { LORA_STRENGTHS } from '../onnx/index.js';
import type { Feed } from './elementTypes.js';
import type { TensorDeclaration } from './tensorDeclaration.js';

/** Deviation from the processor's result, relative to its largest value, from which on a device's result counts as wrong. */
export const MOST_DEVIATION = 2e-3;

/** Tokens of text; CLIP's prompts have as many. */
const TOKENS = 77;
/** Frames of a motion network. */
const FRAMES = 2;
/** Frames of pixels that autoencoders of clips make {@link FRAMES} latent ones of. */
const CLIP_FRAMES = 5;
/** Places along a side of the latents: enough to be cut in half as often as Stable Diffusion does, and for attentions over hundreds of places. */
const LATENT_SIDE = 16;
/** Pixels of a latent place, along a side. */
const PIXELS = 8;
/** Places along a side of what an autoencoder is given, which computes far more for each. */
const AUTOENCODER_SIDE = 8;

/** Lengths of the free axes of an input, outermost first. */
function freeLengths({ name, dims }: TensorDeclaration): readonly number[] | undefined {
  const side = dims[1] === 3 ? AUTOENCODER_SIDE * PIXELS : LATENT_SIDE;
  switch (name) {
    case 'sample':
      return dims.length === 5 ? [1, 4, dims[1] === 3 ? CLIP_FRAMES : FRAMES, side, side] : [1, 4, side, side];
    case 'latent_sample':
      return [1, 4, ...(dims.length === 5 ? [FRAMES] : []), AUTOENCODER_SIDE, AUTOENCODER_SIDE];
    case 'controlnet_cond':
      return [1, 3, LATENT_SIDE * PIXELS, LATENT_SIDE * PIXELS];
    case 'encoder_hidden_states':
      return [1, TOKENS, 1];
    case 'input_ids':
    case 'attention_mask':
    case 'token_type_ids':
    case 'position_ids':
      return [1, TOKENS];
    case 'timestep':
    case 't':
    case LORA_STRENGTHS:
    case 'conditioning_scale':
      return dims.map(() => 1);
    case 'timestep_cond':
      return [1, 1];
    default:
      return /_additional_residual$/.test(name) ? [1, 1, 1, 1] : undefined;
  }
}

/**
 * Something small for a network to compute: random latents, pixels and text of as many places, frames and tokens as make its attentions do real work.
 *
 * @returns undefined for a network with an input that is not known here.
 */
export function trialFeeds(inputs: ReadonlyMap<string, TensorDeclaration>): Record<string, Feed> | undefined {
  const noise = new Generator(0);
  const feeds: Record<string, Feed> = {};
  for (const declaration of inputs.values()) {
    const free = freeLengths(declaration);
    if (!free) return undefined;
    const dims = declaration.dims.map((length, axis) => (typeof length === 'number' && length > 0 ? length : (free[axis] ?? 1)));
    feeds[declaration.name] = { dims, data: valuesOf(declaration.name, dims, noise) };
  }
  return withTextForFrames(feeds, inputs);
}

/** A motion network with as many texts as frames gets them. */
function withTextForFrames(feeds: Record<string, Feed>, inputs: ReadonlyMap<string, TensorDeclaration>): Record<string, Feed> {
  const [sample, text] = [inputs.get('sample'), inputs.get('encoder_hidden_states')];
  if (sample?.dims.length !== 5 || !text) return feeds;
  const [rows] = text.dims;
  if (typeof rows === 'number' ? rows > 0 : rows !== '' && rows === sample.dims[0]) return feeds;
  const frames = feeds.sample!.dims[2]!;
  const [, tokens, channels] = feeds.encoder_hidden_states!.dims as [number, number, number];
  const one = Array.from(feeds.encoder_hidden_states!.data);
  const data = Array<readonly number[]>(frames).fill(one).flat();
  return { ...feeds, encoder_hidden_states: { dims: [frames, tokens, channels], data } };
}

function valuesOf(name: string, dims: readonly number[], noise: Generator): ArrayLike<number> {
  const count = dims.reduce((product, length) => product * length, 1);
  const each = (value: (place: number) => number) => Array.from({ length: count }, (_, place) => value(place));
  switch (name) {
    case 'timestep':
    case 't':
      return each(() => 500);
    case 'input_ids':
      return each((place) => place % 16);
    case 'position_ids':
      return each((place) => place);
    case 'token_type_ids':
      return each(() => 0);
    case 'attention_mask':
    case 'conditioning_scale':
      return each(() => 1);
    case LORA_STRENGTHS:
      return each(() => 0.5);
    default:
      return noise.randn(dims).data;
  }
}

/**
 * How far results are from those of the processor, relative to its largest value; the worst output counts.
 *
 * @returns infinity where a value is not finite, or a shape another one.
 */
export function deviation(expected: Readonly<Record<string, Tensor>>, given: Readonly<Record<string, Tensor>>): number {
  let worst = 0;
  for (const [name, { data, size }] of Object.entries(expected)) {
    const other = given[name];
    if (other?.size !== size) return Infinity;
    let [largest, difference] = [0, 0];
    for (let i = 0; i < size; i++) {
      const off = Math.abs(data[i]! - other.data[i]!);
      if (!Number.isFinite(off)) return Infinity;
      largest = Math.max(largest, Math.abs(data[i]!));
      difference = Math.max(difference, off);
    }
    worst = Math.max(worst, difference === 0 ? 0 : difference / largest);
  }
  return worst;
}
