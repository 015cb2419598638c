import { ArgumentError } from '../core/index.js';
import {
  type AttentionKind,
  type AttentionSite,
  type AttentionTap,
  type AttentionTapRequest,
  keptHeads,
  extentOf,
  findAttention,
  type FoundAttention,
  megabytes,
  onnxErrors,
  GraphRewriter,
  inferShapes,
  fixedSizes,
  type InputSizes,
  inputShapes,
  type NetworkInputs,
  tellingSizes,
  type OnnxModel,
  type Shape,
  tapAttention,
} from '../onnx/index.js';
import type { GraphRewrite } from './sessionVariants.js';

/** Most bytes of maps of one call, where the request names no other number. */
const MOST_BYTES = 256 * 1024 * 1024;

/** For messages. */
const kindsThereAre: readonly AttentionKind[] = ['self', 'cross', 'temporal', 'joint'];

/** The attentions of one network's file, and how they are tapped. */
export class AttentionTaps {
  private found: readonly FoundAttention[] | undefined;
  private readonly shapes = new Map<string, ReadonlyMap<string, Shape>>();

  /** @param structure the network's own, without its weights. @param inputs how the network names sample and text. */
  constructor(
    private readonly structure: () => OnnxModel,
    private readonly inputs: NetworkInputs,
  ) {}

  /** All of them, in the order of computation. */
  get sites(): AttentionSite[] {
    return this.attentions.map(({ site }) => site);
  }

  /** @throws {ArgumentError} when a layer, kind, head or token does not exist; the message lists what does. */
  choose({ layers, kinds = ['cross'], heads = 'mean', tokens, maxBytes = MOST_BYTES }: AttentionTapRequest): AttentionTap {
    const unknown = kinds.find((kind) => !kindsThereAre.includes(kind));
    if (unknown !== undefined) throw new ArgumentError('kinds', kinds, kindsThereAre.map((kind) => `"${kind}"`).join(', '));
    const ofKind = this.sites.filter(({ kind }) => kinds.includes(kind));
    if (Array.isArray(layers)) {
      const missing = (layers as readonly string[]).find((layer) => !ofKind.some((site) => isIn(site, layer)));
      if (missing !== undefined)
        throw new ArgumentError(
          'layers',
          missing,
          `the id or the start of the path of a ${kinds.join(' or ')} attention of this model: ${ofKind.map(({ id }) => id).join(', ') || 'it has none'}`,
        );
    }
    const sites = ofKind.filter((site) =>
      layers === undefined ? true : typeof layers === 'function' ? layers(site) : layers.some((layer) => isIn(site, layer)),
    );
    if (sites.length === 0)
      throw new ArgumentError(
        'layers',
        layers ?? kinds,
        `a choice that takes at least one of ${this.sites.map(({ id, kind }) => `${id} (${kind})`).join(', ') || 'the attentions, of which this model has none'}`,
      );
    if (heads !== 'mean' && heads !== 'each') {
      const fewest = Math.min(...sites.map((site) => site.heads ?? Infinity));
      if (heads.length === 0 || !heads.every((head) => Number.isInteger(head) && head >= 0 && head < fewest))
        throw new ArgumentError('heads', heads, `"mean", "each", or numbers from 0 to ${fewest - 1}, which all of these layers have`);
    }
    if (tokens && (tokens.length === 0 || !tokens.every((token) => Number.isInteger(token) && token >= 0)))
      throw new ArgumentError('tokens', tokens, 'a list of positions of tokens, from 0');
    return { sites, heads, tokens, maxBytes };
  }

  /** What a tap changes in the network: one session serves all taps of the same sites and heads, whichever their tokens. */
  rewriteOf(tap: AttentionTap): GraphRewrite {
    const chosen = this.chosen(tap);
    const { heads } = tap;
    const chooseTokens = tap.tokens !== undefined;
    return {
      key: ['tap', chosen.map(({ site }) => site.order).join(), String(heads), chooseTokens].join(' '),
      apply: (graph) => tapAttention(graph, chosen, { heads, chooseTokens }, this.shapesFor(tellingSizes)),
    };
  }

  /**
   * Refuses maps that would be too large, before anything is computed.
   *
   * @throws {FrameloomError} `FL_ATTENTION_TOO_LARGE` with the numbers; {@link ArgumentError} for a token past the text's end.
   */
  requireRoom(tap: AttentionTap, sizes: InputSizes): void {
    const past = tap.tokens?.find((token) => token >= sizes.tokens);
    if (past !== undefined) throw new ArgumentError('tokens', past, `from 0 to ${sizes.tokens - 1}: the text has ${sizes.tokens} tokens`);
    const shapes = this.shapesFor(sizes);
    const frames = fixedSizes(this.structure(), this.inputs, sizes).frames;
    const large = this.chosen(tap).map(({ site, block }) => {
      const { rows, heads, queries, keys } = extentOf(block, shapes) ?? {};
      const batch = rows === undefined ? undefined : heads === undefined && block.form === 'decomposed' ? rows / (site.heads ?? 1) : rows;
      const kept = site.kind === 'cross' && tap.tokens ? tap.tokens.length : keys;
      const count = (batch ?? 0) * keptHeads(tap, site) * (queries ?? 0) * (kept ?? 0);
      // A picture network with a fixed batch is called several times.
      return { id: site.id, bytes: 4 * count * Math.max(1, sizes.frames / frames) };
    });
    const total = large.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= tap.maxBytes) return;
    const [largest] = large.sort((a, b) => b.bytes - a.bytes);
    throw onnxErrors.mapsTooLarge(
      `${megabytes(total)} (${large.length} layers, ${sizes.frames} frames of ${sizes.height} × ${sizes.width}; the largest, ${largest!.id}, ${megabytes(largest!.bytes)})`,
      tap.maxBytes,
    );
  }

  private get attentions(): readonly FoundAttention[] {
    return (this.found ??= findAttention(new GraphRewriter(this.structure()), this.inputs));
  }

  private chosen(tap: AttentionTap): FoundAttention[] {
    return tap.sites.map((site) => {
      const found = this.attentions.find((attention) => attention.site.id === site.id);
      if (!found) throw new ArgumentError('tap', site.id, 'a tap of this model, made by its own unet.tap()');
      return found;
    });
  }

  private shapesFor(sizes: InputSizes): ReadonlyMap<string, Shape> {
    const model = this.structure();
    const fixed = fixedSizes(model, this.inputs, sizes);
    const key = Object.values(fixed).join();
    const known = this.shapes.get(key) ?? inferShapes(new GraphRewriter(model), inputShapes(model, this.inputs, fixed));
    // A run works at one size; a few are kept beside it.
    if (this.shapes.size > 4) this.shapes.clear();
    this.shapes.set(key, known);
    return known;
  }
}

function isIn({ id }: AttentionSite, layer: string): boolean {
  return id === layer || id.startsWith(`${layer}.`);
}
