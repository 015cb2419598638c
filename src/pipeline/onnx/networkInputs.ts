import type { OnnxModel } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';

/** Names of the inputs by which attentions are told apart. */
export interface NetworkInputs {
  /** Noisy latents: `[frames, channels, height, width]` or `[1, channels, frames, height, width]`. */
  readonly sample: string;
  /** Text embeddings `[batch, tokens, channels]`. */
  readonly text: string | undefined;
}

/** How large the input of a network is. */
export interface InputSizes {
  readonly frames: number;
  readonly height: number;
  readonly width: number;
  readonly tokens: number;
}

/** Sizes whose products tell which axes went into them: 7 for frames, 3 · 5 for places, 11 for tokens; sides halve six times. */
export const tellingSizes: InputSizes = { frames: 7, height: 3 * 64, width: 5 * 64, tokens: 11 };

/** What the sizes are where the file fixes some of them. */
export function fixedSizes(model: OnnxModel, inputs: NetworkInputs, wanted: InputSizes): InputSizes {
  const { dims = [] } = model.inputs.find(({ name }) => name === inputs.sample) ?? {};
  const text = model.inputs.find(({ name }) => name === inputs.text)?.dims ?? [];
  const fixed = (dim: number | string | undefined, otherwise: number) => (typeof dim === 'number' && dim > 0 ? dim : otherwise);
  return {
    frames: fixed(dims.length === 5 ? dims[2] : dims[0], wanted.frames),
    height: fixed(dims.at(-2), wanted.height),
    width: fixed(dims.at(-1), wanted.width),
    tokens: fixed(text[1], wanted.tokens),
  };
}

/** The shape of every input of the graph for these sizes. Axes of one name have one length; what else is free has the length 1. */
export function inputShapes(model: OnnxModel, inputs: NetworkInputs, { frames, height, width, tokens }: InputSizes): Map<string, Shape> {
  const lengths = new Map<string, number>();
  const shapeOf = (name: string | undefined, free: readonly (number | undefined)[]) => {
    const declared = model.inputs.find((input) => input.name === name);
    return declared?.dims.map((dim, axis) => {
      if (typeof dim === 'number' && dim > 0) return dim;
      const length = (dim === '' ? undefined : lengths.get(String(dim))) ?? free[axis] ?? 1;
      if (dim !== '') lengths.set(String(dim), length);
      return length;
    });
  };
  const motion = model.inputs.find(({ name }) => name === inputs.sample)?.dims.length === 5;
  const batch = motion ? 1 : frames;
  const shapes = new Map<string, Shape>();
  const set = (name: string | undefined, shape: Shape | undefined) => name !== undefined && shape && shapes.set(name, shape);
  set(inputs.sample, shapeOf(inputs.sample, motion ? [1, 4, frames, height, width] : [frames, 4, height, width]));
  set(inputs.text, shapeOf(inputs.text, [batch, tokens, 768]));
  for (const { name } of model.inputs) if (!shapes.has(name)) set(name, shapeOf(name, []));
  return shapes;
}
