import { concatenate, Tensor } from '../core/index.js';
import type { GraphRewrite } from './graphRewrite.js';

/** What one prediction is conditioned on. */
export interface Conditioning {
  /** Text embeddings `[1, tokens, channels]`, or `[frames, tokens, channels]` where each frame is told something else. */
  embeddings: Tensor;
  /** Guidance scale for distilled models that take it as an input (`timestep_cond`). */
  guidanceScale: number;
  /**
   * What a network with further channels is shown of every frame, `[frames, channels, height, width]`, behind the latents' own: mask and masked picture for
   * inpainting, the picture for InstructPix2Pix.
   */
  channels?: Tensor;
  /** Further inputs of the graph, made for the frames of one call: the residuals of ControlNets. */
  inputs?: (call: NetworkCall) => Promise<NamedInputs>;
  /** How strongly each of the model's LoRAs acts on a frame at a timestep, in their order; by default as they were loaded. */
  loraWeights?: (timestep: number, frame: number) => readonly number[];
  /** Whether LoRAs or rewrites act on every frame in another way, so that each goes through a picture network in a call of its own. */
  frameByFrame?: boolean;
  /** @internal Changes of the network itself for this prediction, in their order; by default it computes what its file says. */
  rewrites?: readonly GraphRewrite[];
}

/** Values of a graph's inputs by name, a row for each frame, or one row for all. */
export type NamedInputs = Readonly<Record<string, Tensor>>;

/** One call of the denoising network, as what feeds its further inputs sees it. */
export interface NetworkCall {
  /** Latents of the call's frames, scaled for the network, `[frames, channels, height, width]`; without {@link Conditioning.channels}. */
  readonly latents: Tensor;
  /** Which they are of those that the prediction is made for, by their numbers from 0. */
  readonly frames: readonly number[];
  /** 0…999. */
  readonly timestep: number;
  /** Text embeddings `[1, tokens, channels]`, or those of the call's frames, a row each. */
  readonly embeddings: Tensor;
}

/** `[frames, a, height, width]` and `[frames, b, height, width]` to `[frames, a + b, height, width]`. */
export function joinChannels(first: Tensor, second: Tensor): Tensor {
  const [frames, a, ...size] = first.dims as [number, number, number, number];
  const [, b] = second.dims as [number, number];
  const out = Tensor.zeros([frames, a + b, ...size]);
  const [ofFirst, ofSecond] = [first.size / frames, second.size / frames];
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * (ofFirst + ofSecond);
    out.data.set(first.data.subarray(frame * ofFirst, (frame + 1) * ofFirst), at);
    out.data.set(second.data.subarray(frame * ofSecond, (frame + 1) * ofSecond), at + ofFirst);
  }
  return out;
}

/** Rows `start` … `start + count`, the last one again and again where there are fewer. */
export function rowsOf(tensor: Tensor, start: number, count: number): Tensor {
  const rows = tensor.dims[0]!;
  if (start + count <= rows) return tensor.slice(start, start + count);
  const from = Math.min(start, rows);
  const missing = count - (rows - from);
  return concatenate([tensor.slice(from), ...Array<Tensor>(missing).fill(tensor.slice(rows - 1))]);
}

/** `[1, tokens, channels]` each, one behind the other. */
export function joinTexts(texts: readonly Tensor[]): Tensor {
  if (texts.length === 1) return texts[0]!;
  const channels = texts[0]!.dims[2]!;
  const rows = concatenate(texts.map((text) => text.reshape([text.dims[1]!, channels])));
  return rows.reshape([1, rows.dims[0]!, channels]);
}

/** Rows by their numbers, in that order; the last one for numbers beyond it. */
export function gatherRows(tensor: Tensor, numbers: readonly number[]): Tensor {
  const rows = tensor.dims[0]!;
  const rowSize = tensor.size / rows;
  const out = Tensor.zeros([numbers.length, ...tensor.dims.slice(1)]);
  for (const [i, number] of numbers.entries()) {
    const from = Math.min(number, rows - 1) * rowSize;
    out.data.set(tensor.data.subarray(from, from + rowSize), i * rowSize);
  }
  return out;
}

/** As many rows of text as a call takes; of one for each frame the middle one, where it takes one for all. */
export function textRows(embeddings: Tensor, rows: number): Tensor {
  const given = embeddings.dims[0]!;
  return given === rows ? embeddings : gatherRows(embeddings, rows === 1 ? [Math.floor(given / 2)] : numbersFrom(0, rows));
}

/** So many whole numbers, one after the other. */
export function numbersFrom(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start + i);
}
