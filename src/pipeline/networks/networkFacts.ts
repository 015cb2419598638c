import { nameOfSource, readModel } from '../onnx/index.js';
import type { DeviceUse } from './devices.js';
import type { Graph } from './graph.js';
import type { NetworkPart } from './modelContents.js';

/** What one network of a model is made of. */
export interface NetworkFacts {
  /** Which it is. */
  readonly part: NetworkPart | 'preview_decoder' | 'interrogator';
  /** Whether its graph comes from an ONNX file, or was built from weights in safetensors. */
  readonly from: 'onnx' | 'safetensors';
  /** A file that its weights, or its graph, are in. */
  readonly file: string;
  /** How many numbers its weights have, by the type that they are stored in, as safetensors names it: `F16`. */
  readonly parameters: ReadonlyMap<string, number>;
  /** What runs it, and what was found when devices were tried. */
  readonly use: DeviceUse;
}

/** What types of weights are called, by ONNX's number for them (`TensorProto.DataType`). */
const typeNames: Readonly<Record<number, string>> = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  6: 'I32',
  7: 'I64',
  9: 'BOOL',
  10: 'F16',
  11: 'F64',
  16: 'BF16',
};

/** Looks at a network's graph; its weights are not read. @throws {FrameloomError} `FL_ONNX_…` for a file that cannot be followed. */
export function factsOf(part: NetworkFacts['part'], { source, use }: Pick<Graph, 'source' | 'use'>): NetworkFacts {
  if (typeof source !== 'string') return { part, from: 'safetensors', file: nameOfSource(source), parameters: source.parameters, use };
  const parameters = new Map<string, number>();
  for (const { dims, elementType } of readModel(source).initializers) {
    const type = typeNames[elementType] ?? 'other';
    parameters.set(type, (parameters.get(type) ?? 0) + dims.reduce((product, length) => product * length, 1));
  }
  return { part, from: 'onnx', file: source, parameters, use };
}

/** What a model's kind is told from. */
export interface FamilyFacts {
  /** Channels of the text embeddings. */
  readonly textChannels: number | undefined;
  readonly hasMotion: boolean;
  /** Whether it is told its guidance as a number, as latent consistency models are. */
  readonly takesGuidanceScale: boolean;
  /** Channels that its UNet takes beyond those of the latents: 4 for InstructPix2Pix, 5 for inpainting. */
  readonly furtherChannels: number;
}

/** What people call the kind of a model: `Stable Diffusion 1.x with AnimateDiff's motion modules`. */
export function familyName({ textChannels, hasMotion, takesGuidanceScale, furtherChannels }: FamilyFacts): string {
  const base =
    textChannels === 768
      ? 'Stable Diffusion 1.x'
      : textChannels === 1024
        ? 'Stable Diffusion 2.x'
        : `a latent diffusion model with text of ${textChannels ?? 'unknown'} channels`;
  // An odd number holds a mask beside the picture's latents.
  const shown = furtherChannels === 0 ? '' : furtherChannels % 2 === 0 ? ', InstructPix2Pix' : ', inpainting';
  return `${base}${hasMotion ? ', for clips (motion modules)' : ''}${takesGuidanceScale ? ', latent consistency' : ''}${shown}`;
}
