import type { Tensor } from '../tensor.js';
import { Graph, type RuntimeOptions } from './graph.js';
import { findGraph } from './modelFiles.js';
import { parsePromptWeights } from './promptWeights.js';
import { PromptTokenizer, type TokenizedPrompt } from './tokenizer.js';

/** A prompt as the UNet takes it. */
export interface EncodedPrompt {
  /** `[1, tokens, channels]`, with prompt weights applied. */
  embeddings: Tensor;
  /** The tokens it came from. */
  prompt: TokenizedPrompt;
}

/** Tokenizer and text encoder of a model: prompts in, conditioning out. */
export class TextEncoder {
  private readonly input;
  private readonly output;

  private constructor(
    /** The loaded graph. */
    readonly graph: Graph,
    /** The tokenizer. */
    readonly tokenizer: PromptTokenizer,
  ) {
    const wanted = 'A text encoder takes input_ids [batch, tokens] and gives last_hidden_state [batch, tokens, channels].';
    this.input = graph.requireInput(['input_ids'], [2], wanted);
    this.output = graph.requireOutput(['last_hidden_state', 'hidden_states'], [3], wanted);
  }

  /** Loads `text_encoder/` and `tokenizer/` of a model directory. */
  static async load(directory: string, options?: RuntimeOptions): Promise<TextEncoder> {
    const graph = await Graph.load(await findGraph(directory, 'text_encoder'), options);
    const fixed = graph.inputs.get('input_ids')?.dims[1];
    return new TextEncoder(graph, await PromptTokenizer.load(directory, typeof fixed === 'number' ? fixed : undefined));
  }

  /**
   * Encodes one prompt, `(weights:1.3)` and all.
   *
   * Weighted embeddings are scaled back to the mean they had, as A1111 does and diffusers' `lpw` pipelines after it.
   */
  async encode(text: string): Promise<EncodedPrompt> {
    const prompt = this.tokenizer.encode(parsePromptWeights(text));
    const { ids, weights } = prompt;
    const outputs = await this.graph.run({ [this.input.name]: { data: ids, dims: [1, ids.length] } }, [this.output.name]);
    const plain = outputs[this.output.name]!;
    return { prompt, embeddings: weights.every((weight) => weight === 1) ? plain : applyWeights(plain, weights) };
  }
}

function applyWeights(embeddings: Tensor, weights: readonly number[]): Tensor {
  const channels = embeddings.dims[2]!;
  const weighted = embeddings.map((value, i) => value * weights[Math.floor(i / channels)]!);
  const mean = embeddings.range().mean;
  const weightedMean = weighted.range().mean;
  const scale = weightedMean === 0 ? 1 : mean / weightedMean;
  return weighted.map((value) => value * scale);
}
