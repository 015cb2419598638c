import { type AttentionSite, type AttentionTap, type AttentionTapRequest, LORA_STRENGTHS } from '../onnx/index.js';
import { swapFramesAndChannels, type Tensor } from '../core/index.js';
import { arrangeMaps, type TappedPrediction } from './attentionMaps.js';
import { AttentionTaps } from './attentionTaps.js';
import { inBatches, type RowsWatch } from './batches.js';
import { requireGraph } from './checkModel.js';
import { type Conditioning, gatherRows, joinChannels, joinTexts, type NamedInputs, numbersFrom, rowsOf, textRows } from './conditioning.js';
import { requireFiniteOutput } from './errors.js';
import type { Graph } from './graph.js';
import type { GraphOptions } from './graphOptions.js';
import type { Feed } from './elementTypes.js';
import { guidanceEmbedding } from './guidanceEmbedding.js';
import type { ModelContents } from './modelContents.js';
import type { Json } from './modelFiles.js';
import { NetworkAttentions } from './networkAttentions.js';
import { openGraph } from './openGraph.js';
import type { GraphRewrite } from './graphRewrite.js';
import { type SessionVariant, SessionVariants } from './sessionVariants.js';
import { UNetGraph } from './unetGraph.js';

/** Frames of this many latent pixels in all go into one call: one 64 × 64 latent, or sixteen of 16 × 16. */
const LATENT_PIXELS_PER_CALL = 64 * 64;

/** Frames that a picture network sees in one call, where they do not look at each other. @param height @param width of the latents. */
export function framesPerCall(height: number, width: number): number {
  return Math.max(1, Math.floor(LATENT_PIXELS_PER_CALL / (height * width)));
}

/** Sessions of a network that is cut into parts: three, and as many of one that is rewritten besides. */
const CUT_PARTS = 6;

/** What one part of a network gives. */
export interface PartOutputs {
  /** The network's output, where the part reaches that far. */
  readonly output: Tensor | undefined;
  /** Further outputs, by name. */
  readonly values: ReadonlyMap<string, Tensor>;
}

/** A session of the network rewritten, with what was rewritten. */
interface RewrittenRun extends SessionVariant {
  readonly rewrites: readonly GraphRewrite[];
}

/**
 * The denoising network, of either kind: a picture UNet that sees frames one by one, or a motion UNet that sees the clip.
 *
 * Latents come and go as `[frames, channels, height, width]`, whatever the graph's own layout is.
 */
export class UNet extends UNetGraph {
  /** @internal Its attentions, for rewrites that change them. */
  readonly attentions: NetworkAttentions;
  private readonly taps: AttentionTaps;
  private readonly variants: SessionVariants;
  private readonly parts: SessionVariants;

  private constructor(
    graph: Graph,
    config: Json,
    options: GraphOptions,
    private readonly loraWeights: readonly number[],
  ) {
    super(graph, config);
    this.attentions = new NetworkAttentions(() => graph.structure, { sample: this.sample.name, text: this.text.name });
    this.taps = new AttentionTaps(this.attentions);
    this.variants = new SessionVariants(graph, () => graph.structure, options);
    this.parts = new SessionVariants(graph, () => graph.structure, options, CUT_PARTS);
  }

  /** @internal Loads the UNet of a model. */
  static async load(contents: ModelContents, options: GraphOptions = {}): Promise<UNet> {
    const graph = await openGraph(await requireGraph(contents, 'unet'), options);
    return new UNet(
      graph,
      await contents.config('unet'),
      options,
      contents.loras.all.map(({ weight }) => weight),
    );
  }

  /**
   * The network's output for latents at a timestep.
   *
   * @param latents `[frames, channels, height, width]`.
   * @param timestep 0…999, may be fractional; rounded where the graph takes integers.
   * @param watch told of the frames after each call of the graph, which a picture network makes for one or a few of them.
   * @throws {FrameloomError} `FL_MODEL_TENSOR` when sizes do not fit the graph, `FL_MODEL_RUN`, `FL_MODEL_NOT_FINITE`.
   */
  predict(latents: Tensor, timestep: number, conditioning: Conditioning, watch?: RowsWatch): Promise<Tensor> {
    const { rewrites = [] } = conditioning;
    // Without rewrites, it is the file's own session that computes: the same numbers to the last bit.
    if (rewrites.length === 0) return this.predictWith(latents, timestep, conditioning, undefined, watch);
    return this.variants.use(rewrites, (variant) => this.predictWith(latents, timestep, conditioning, { ...variant, rewrites }, watch));
  }

  /**
   * The attentions of the network, in the order of computation. The graph's file is read once, without its weights.
   *
   * @throws {FrameloomError} `FL_ONNX_…` when the file cannot be followed.
   */
  async attentionSites(): Promise<AttentionSite[]> {
    return this.attentions.sites;
  }

  /**
   * Chooses attention maps to take along with predictions.
   *
   * @throws {ArgumentError} when a layer, kind, head or token does not exist; the message lists what does.
   */
  async tap(request: AttentionTapRequest = {}): Promise<AttentionTap> {
    return this.taps.choose(request);
  }

  /**
   * As {@link UNet.predict}, with the maps that `tap` chose. They come from a second session of the same file, made at the
   * first call with a tap of these sites and heads; predictions without a tap go on using the first one.
   *
   * @param latents `[frames, channels, height, width]`.
   * @param watch as in {@link UNet.predict}.
   * @throws {FrameloomError} as {@link UNet.predict}; `FL_ATTENTION_TOO_LARGE` with the numbers when the maps would exceed `tap.maxBytes`.
   */
  async predictTapped(
    latents: Tensor,
    timestep: number,
    conditioning: Conditioning,
    tap: AttentionTap,
    watch?: RowsWatch,
  ): Promise<TappedPrediction> {
    const [frames, , height, width] = latents.dims as [number, number, number, number];
    const sizes = { frames, height, width, tokens: conditioning.embeddings.dims[1]! };
    this.taps.requireRoom(tap, sizes);
    const calls = new Map<string, Tensor[]>(tap.sites.map(({ id }) => [id, []]));
    const taken = (maps: ReadonlyMap<string, Tensor>) => maps.forEach((map, id) => calls.get(id)!.push(map));
    const rewrites = [...(conditioning.rewrites ?? []), { ...this.taps.rewriteOf(tap, sizes), taken }];
    const prediction = await this.variants.use(rewrites, (variant) =>
      this.predictWith(latents, timestep, conditioning, { ...variant, rewrites }, watch),
    );
    return {
      prediction,
      attention: new Map(
        tap.sites.map((site) => [
          site.id,
          arrangeMaps(site, calls.get(site.id)!, { frames, height, width, betweenFrames: tap.betweenFrames }),
        ]),
      ),
    };
  }

  /**
   * @internal Runs one part of a transformer that sees the clip at once; its further rewrites are those of `conditioning`.
   *
   * @param cut leaves the part, and feeds what it takes.
   * @returns everything that the part gives: the network's output, in the shape of `latents`, under its own name.
   * @throws {FrameloomError} as {@link UNet.predict}; `FL_ONNX_UNSUPPORTED` for a network that cannot be cut.
   */
  async runPart(latents: Tensor, timestep: number, conditioning: Conditioning, cut: GraphRewrite): Promise<PartOutputs> {
    let values: ReadonlyMap<string, Tensor> = new Map();
    const rewrites = [...(conditioning.rewrites ?? []), { ...cut, taken: (outputs: typeof values) => void (values = outputs) }];
    return this.parts.use(rewrites, async (variant) => {
      const gives = variant.graph.outputs.has(this.output.name);
      const output = await this.predictWith(latents, timestep, conditioning, { ...variant, rewrites }, undefined, gives);
      return { output: gives ? output : undefined, values };
    });
  }

  /** Gives the network's memory back, that of rewritten sessions too; it cannot be used afterwards. */
  async release(): Promise<void> {
    await this.variants.release();
    await this.parts.release();
    await this.graph.release();
  }

  private async predictWith(
    latents: Tensor,
    timestep: number,
    conditioning: Conditioning,
    rewritten: RewrittenRun | undefined,
    watch: RowsWatch | undefined,
    gives = true,
  ): Promise<Tensor> {
    const [frames, , height, width] = latents.dims as [number, number, number, number];
    const { channels, embeddings, inputs } = conditioning;
    this.requireChannels(latents, channels);
    const shown = channels ? joinChannels(latents, rowsOf(channels, 0, frames)) : latents;
    const call = async (sample: Tensor, start: number, rows: number) => {
      const numbers = numbersFrom(start, rows);
      const told = embeddings.dims[0] === 1 ? embeddings : gatherRows(embeddings, numbers);
      const further = (await inputs?.({ latents: rowsOf(latents, start, rows), frames: numbers, timestep, embeddings: told })) ?? {};
      return this.call(sample, timestep, { ...conditioning, embeddings: told }, further, start, rewritten);
    };
    const together = rewritten?.rewrites.some(({ joinsFrames }) => joinsFrames) ?? false;
    let output: Tensor;
    if (this.hasMotion) {
      output = swapFramesAndChannels(await call(swapFramesAndChannels(shown), 0, frames));
      await watch?.(frames, frames);
    } else {
      const rows = conditioning.frameByFrame ? 1 : together ? frames : framesPerCall(height, width);
      output = await inBatches(shown, this.sample.dims[0], rows, (part, start) => call(part, start, part.dims[0]!), watch);
    }
    if (gives) requireFiniteOutput(`The UNet's output at timestep ${timestep}`, output, latents, embeddings);
    return output;
  }

  /** One call with the sample in the graph's own layout; a rewritten one tells its rewrites what they gave out. */
  private async call(
    sample: Tensor,
    timestep: number,
    conditioning: Conditioning,
    further: NamedInputs,
    first: number,
    rewritten?: RewrittenRun,
  ): Promise<Tensor> {
    const { embeddings, guidanceScale } = conditioning;
    const batch = sample.dims[0]!;
    const rewrites = rewritten?.rewrites ?? [];
    const text = joinTexts([embeddings, ...rewrites.flatMap(({ furtherText = [] }) => furtherText)]);
    const feeds: Record<string, Feed> = {
      ...this.noResiduals,
      [this.sample.name]: sample,
      [this.timestep.name]: this.timestepFeed(timestep, batch),
      [this.text.name]: textRows(text, this.textRows(sample)),
      // Frames that are given have timesteps of their own.
      ...further,
    };
    if (this.takesGuidanceScale) feeds.timestep_cond = guidanceEmbedding(guidanceScale, this.guidanceWidth, batch);
    const graph = rewritten?.graph ?? this.graph;
    if (graph.inputs.has(LORA_STRENGTHS)) {
      const strengths = conditioning.loraWeights?.(timestep, first) ?? this.loraWeights;
      feeds[LORA_STRENGTHS] = { data: strengths, dims: [strengths.length] };
    }
    const [height, width] = sample.dims.slice(-2) as [number, number];
    const shown = { frames: sample.dims[this.hasMotion ? 2 : 0]!, first, tokens: text.dims[1]!, height, width };
    for (const rewrite of rewrites) Object.assign(feeds, rewrite.feeds?.(shown));
    const given = rewritten?.outputs ?? [];
    const own = graph.outputs.has(this.output.name) ? [this.output.name] : [];
    const outputs = await graph.run(feeds, [...own, ...given.flatMap((names) => [...names.values()])]);
    for (const [i, { taken }] of rewrites.entries()) taken?.(new Map([...given[i]!].map(([id, name]) => [id, outputs[name]!])));
    // A part that ends before the last layers has no output of the network's.
    return outputs[this.output.name] ?? sample;
  }
}
