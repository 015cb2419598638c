import { Tensor } from '../core/index.js';
import { LORA_STRENGTHS } from '../onnx/index.js';
import type { Feed } from './elementTypes.js';
import { modelErrors, requireFiniteOutput } from './errors.js';
import type { Graph } from './graph.js';
import { loadedNeeds } from './graphNeeds.js';
import type { GraphOptions } from './graphOptions.js';
import { requireGraph } from './checkModel.js';
import type { ModelContents } from './modelContents.js';
import type { Json } from './modelFiles.js';
import { openGraph } from './openGraph.js';
import { parsePromptWeights } from './promptWeights.js';
import { weighEmbeddings } from './weighEmbeddings.js';
import { PromptCache } from './promptCache.js';
import { PromptTokenizer, type TokenizedPrompt } from './tokenizer.js';
import { LTX_TOKENS } from './ltxDefaults.js';
import { isRunnableLtx, takesConditions } from './ltxKinds.js';
import { WAN_TOKENS } from './wanDefaults.js';

/** A prompt as the UNet takes it. */
export interface EncodedPrompt {
  /** `[1, tokens, channels]`, with prompt weights applied. */
  embeddings: Tensor;
  /** The tokens it came from. */
  prompt: TokenizedPrompt;
  /** Whether it was read from disk, where it was kept from before, or is kept there now. */
  onDisk?: 'read' | 'written';
}

/** Text encoders whose weights have so many bytes are large: reading them takes longer than what they say of a prompt is worth. */
const LARGE = 1e9;

/**
 * What becomes of a prompt's padding: it is encoded as all the rest (Stable Diffusion); only the prompt's own tokens are encoded, and zeros stand for it (Wan); or it is
 * encoded with the rest and then cut off, since the network does not look at it (LTX-Video); or there is none at all (LTX-Video from 0.9.5 on, whose text encoder does not
 * look at it either).
 */
type PromptPadding = 'encoded' | 'zeros' | 'cut' | 'none';

/** @param config of the text encoder. */
function paddingOf(index: Json, config: Json): PromptPadding {
  if (isRunnableLtx(index)) return takesConditions(index) ? 'none' : 'cut';
  return config.model_type === 'umt5' ? 'zeros' : 'encoded';
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
    /** Whether padding is hidden from the network, where its graph takes a mask. */
    private readonly masksPadding: boolean,
    private readonly padding: PromptPadding,
    private readonly loraWeights: readonly number[],
    private readonly keeps: boolean | undefined,
  ) {
    const wanted = 'A text encoder takes input_ids [batch, tokens] and gives last_hidden_state [batch, tokens, channels].';
    this.input = graph.requireInput(['input_ids'], [2], wanted);
    this.output = graph.requireOutput(['last_hidden_state', 'hidden_states'], [3], wanted);
    const other = [...graph.inputs.keys()].filter(
      (name) => ![this.input.name, 'attention_mask', 'token_type_ids', 'position_ids', LORA_STRENGTHS].includes(name),
    );
    if (other.length > 0)
      throw modelErrors.unsupported(`${graph.label} takes inputs that Frameloom does not know: ${other.join(', ')}. ${wanted}`);
  }

  /** @internal Loads text encoder and tokenizer of a model. */
  static async load(contents: ModelContents, options?: GraphOptions): Promise<TextEncoder> {
    const graph = await openGraph(await requireGraph(contents, 'text_encoder'), { ...options, group: 'text' });
    const config = await contents.config('text_encoder');
    const padding = paddingOf(contents.index, config);
    const fixed = { ...LTX_TOKENS, zeros: WAN_TOKENS, encoded: graph.inputs.get('input_ids')?.dims[1] }[padding];
    const tokenizer = await PromptTokenizer.load(await contents.tokenizer(), typeof fixed === 'number' && fixed > 0 ? fixed : undefined);
    // Stable Diffusion was trained with CLIP looking at its padding; diffusers masks it only where the config asks for it.
    const isClip = config.model_type === undefined ? tokenizer.isClip : String(config.model_type).startsWith('clip');
    const masksPadding = typeof config.use_attention_mask === 'boolean' ? config.use_attention_mask : !isClip;
    return new TextEncoder(
      graph,
      tokenizer,
      masksPadding,
      padding,
      contents.loras.all.map(({ weight }) => weight),
      options?.promptCache,
    );
  }

  /** @internal Where what it makes of prompts is kept on disk; undefined where it is not: it is made anew in a moment, or nobody wants it kept. */
  get cache(): PromptCache | undefined {
    return (this.keeps ?? this.weightBytes >= LARGE) ? new PromptCache() : undefined;
  }

  /** Bytes of its weights; 0 where its file cannot be followed. */
  get weightBytes(): number {
    try {
      return loadedNeeds(this.graph.structure, this.graph.settings).weightBytes;
    } catch {
      return 0;
    }
  }

  /** Channels of the embeddings, where the graph fixes them. */
  get channels(): number | undefined {
    const channels = this.output.dims[2];
    return typeof channels === 'number' && channels > 0 ? channels : undefined;
  }

  /**
   * Encodes one prompt, `(weights:1.3)` and all.
   *
   * @throws {FrameloomError} `FL_MODEL_NOT_FINITE` when the graph gives NaN; `FL_ARGUMENT` for weights that are no numbers.
   */
  async encode(text: string, loraWeights: readonly number[] = this.loraWeights): Promise<EncodedPrompt> {
    const prompt = this.tokenize(text);
    const weights = this.padding === 'cut' || this.padding === 'none' ? prompt.weights.slice(0, prompt.length) : prompt.weights;
    const { encoded, onDisk } = await this.encoded(this.feeds(prompt, loraWeights));
    const plain = this.padded(encoded, prompt);
    const embeddings = weights.every((weight) => weight === 1) ? plain : weighEmbeddings(plain, weights);
    return { prompt, embeddings, ...(onDisk && { onDisk }) };
  }

  /** Whether a prompt's embeddings are kept on disk, so that its graph is not needed for them. */
  async isKept(text: string, loraWeights: readonly number[] = this.loraWeights): Promise<boolean> {
    const { cache } = this;
    const key = cache && this.graph.callKey(this.feeds(this.tokenize(text), loraWeights), [this.output.name]);
    return key !== undefined && (await cache!.has(key));
  }

  /** How many tokens its graph is given for a text. */
  tokensOf(text: string): number {
    return this.fedIds(this.tokenize(text)).length;
  }

  private tokenize(text: string): TokenizedPrompt {
    return this.tokenizer.encode(parsePromptWeights(this.padding === 'zeros' ? text.replace(/\s+/g, ' ').trim() : text));
  }

  /** What the graph makes of its inputs: read from disk, or computed and kept there. */
  private async encoded(feeds: Record<string, Feed>): Promise<{ encoded: Tensor; onDisk?: 'read' | 'written' }> {
    const { cache, output } = this;
    const key = cache && this.graph.callKey(feeds, [output.name]);
    const known = key === undefined ? undefined : await cache!.find(key);
    if (known) return { encoded: known, onDisk: 'read' };
    const started = performance.now();
    const encoded = (await this.graph.run(feeds, [output.name]))[output.name]!;
    requireFiniteOutput("The text encoder's output", encoded);
    const isKept = key !== undefined && (await cache!.keep(key, encoded, (performance.now() - started) / 1000));
    return { encoded, ...(isKept && { onDisk: 'written' as const }) };
  }

  /** The embeddings with what stands for padding. */
  private padded(encoded: Tensor, { ids, length }: TokenizedPrompt): Tensor {
    if (this.padding === 'cut') return withoutPadding(encoded, length);
    return this.padding === 'zeros' ? withZeros(encoded, ids.length) : encoded;
  }

  /** The tokens that are encoded: without padding where that is not the encoder's to see. */
  private fedIds({ ids, length }: TokenizedPrompt): readonly number[] {
    return this.padding === 'zeros' || this.padding === 'none' ? ids.slice(0, length) : ids;
  }

  private feeds(prompt: TokenizedPrompt, loraWeights: readonly number[]): Record<string, Feed> {
    const { length } = prompt;
    const ids = this.fedIds(prompt);
    const row = (value: (place: number) => number) => ({ data: ids.map((_, place) => value(place)), dims: [1, ids.length] });
    const known: Record<string, Feed> = {
      [this.input.name]: row((place) => ids[place]!),
      attention_mask: row((place) => (place < length || !this.masksPadding ? 1 : 0)),
      token_type_ids: row(() => 0),
      position_ids: row((place) => place),
      [LORA_STRENGTHS]: { data: loraWeights, dims: [loraWeights.length] },
    };
    return Object.fromEntries(Object.entries(known).filter(([name]) => this.graph.inputs.has(name)));
  }
}

/** The first `tokens` of embeddings `[1, tokens, channels]`. */
function withoutPadding(embeddings: Tensor, tokens: number): Tensor {
  const channels = embeddings.dims[2]!;
  return new Tensor(embeddings.data.slice(0, tokens * channels), [1, tokens, channels]);
}

/** Embeddings `[1, tokens, channels]` with zeros behind, up to so many tokens. */
function withZeros(embeddings: Tensor, tokens: number): Tensor {
  const padded = Tensor.zeros([1, tokens, embeddings.dims[2]!]);
  padded.data.set(embeddings.data);
  return padded;
}
