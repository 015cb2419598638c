import type { SafetensorsEntry } from '../../core/index.js';

/** Input of a graph that was built with LoRAs: float32 `[LoRAs]`, how strongly each acts in this call. */
export const LORA_STRENGTHS = 'lora_strengths';

/** What a LoRA (Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models") adds to one linear or convolution: y += strength · scale · up(down(x)). */
export interface LoraLayer {
  /** From the layer's input to few channels: `[rank, in]`, of a convolution `[rank, in, k, k]`. */
  readonly down: SafetensorsEntry;
  /** From those to the layer's output: `[out, rank]`. */
  readonly up: SafetensorsEntry;
  /** Channels in between. */
  readonly rank: number;
  /** What the trained change is multiplied by at strength 1: α / rank. */
  readonly scale: number;
}

/** What a LoRA changes in one network; nothing where it leaves it as it is. */
export interface LoraLayers {
  /** Layers by the path of the module that each is added to. */
  readonly layers: ReadonlyMap<string, LoraLayer>;
  /** What is added, times the strength, to tensors as it is, by their names: biases, norms, small kernels. */
  readonly differences: ReadonlyMap<string, SafetensorsEntry>;
}
