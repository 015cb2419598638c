import { ArgumentError } from '../core/index.js';
import {
  type AttentionKind,
  type AttentionTap,
  type AttentionTapRequest,
  type AttentionSite,
  keptHeads,
  extentOf,
  type FoundAttention,
  isOverFrames,
  megabytes,
  mostScoreParts,
  onnxErrors,
  type InputSizes,
  takesHeadsApart,
  tellingSizes,
  tapAttention,
  TOKENS_INPUT,
} from '../onnx/index.js';
import { isIn, type NetworkAttentions } from './networkAttentions.js';
import type { GraphRewrite } from './graphRewrite.js';

/** Most bytes of maps of one call, where the request names no other number. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Scores and probabilities that are computed again at once: parts of the queries are made as small as that where they can be. */
const PART_BYTES = 64 * 1024 * 1024;

/** Most of them that are in memory at once where parts cannot be made small enough. */
const MOST_SCORES = 1024 * 1024 * 1024;

/** For messages. */
const kindsThereAre: readonly AttentionKind[] = ['self', 'cross', 'temporal', 'joint'];

/** How the attentions of a network are tapped. */
export class AttentionTaps {
  /** @param attentions those of the network. */
  constructor(private readonly attentions: NetworkAttentions) {}

  /** @throws {ArgumentError} when a layer, kind, head or token does not exist; the message lists what does. */
  choose({
    layers,
    kinds = ['cross'],
    heads = 'mean',
    tokens,
    betweenFrames = false,
    maxBytes = MOST_BYTES,
  }: AttentionTapRequest): AttentionTap {
    const unknown = kinds.find((kind) => !kindsThereAre.includes(kind));
    if (unknown !== undefined) throw new ArgumentError('kinds', kinds, kindsThereAre.map((kind) => `"${kind}"`).join(', '));
    const ofKind = this.attentions.sites.filter(({ kind }) => kinds.includes(kind));
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
        `a choice that takes at least one of ${this.attentions.sites.map(({ id, kind }) => `${id} (${kind})`).join(', ') || 'the attentions, of which this model has none'}`,
      );
    if (heads !== 'mean' && heads !== 'each') {
      const fewest = Math.min(...sites.map((site) => site.heads ?? Infinity));
      if (heads.length === 0 || !heads.every((head) => Number.isInteger(head) && head >= 0 && head < fewest))
        throw new ArgumentError('heads', heads, `"mean", "each", or numbers from 0 to ${fewest - 1}, which all of these layers have`);
    }
    if (tokens && (tokens.length === 0 || !tokens.every((token) => Number.isInteger(token) && token >= 0)))
      throw new ArgumentError('tokens', tokens, 'a list of positions of tokens, from 0');
    return { sites, heads, tokens, betweenFrames, maxBytes };
  }

  /**
   * What a tap changes in the network: one session serves all taps of the same sites and heads, whichever their tokens.
   *
   * @param sizes of a call: how large its scores would be says into how many parts they are cut.
   */
  rewriteOf(tap: AttentionTap, sizes: InputSizes): GraphRewrite {
    const { heads, tokens, sites, betweenFrames } = tap;
    const chooseTokens = tokens !== undefined && sites.some(({ kind }) => kind === 'cross');
    const framesOf = betweenFrames ? this.attentions.inputs.sample : undefined;
    const parts = new Map(this.extentsOf(tap, sizes).map(({ site, scores }) => [site.id, partsOf(scores)]));
    const partCounts = [...parts.values()];
    return {
      key: ['tap', sites.map(({ order }) => order).join(), String(heads), chooseTokens, betweenFrames, partCounts.join()].join(' '),
      apply: (graph) =>
        tapAttention(
          graph,
          this.chosen(tap, this.attentions.in(graph)),
          { heads, chooseTokens, framesOf, partsOf: ({ id }) => parts.get(id)! },
          this.attentions.shapesFor(tellingSizes),
        ),
      ...(chooseTokens && { feeds: () => ({ [TOKENS_INPUT]: { data: tokens, dims: [tokens.length] } }) }),
    };
  }

  /**
   * Refuses maps that would be too large, and scores that would be on the way to them, before anything is computed.
   *
   * @throws {FrameloomError} `FL_ATTENTION_TOO_LARGE` with the numbers; {@link ArgumentError} for a token past the text's end.
   */
  requireRoom(tap: AttentionTap, sizes: InputSizes): void {
    const past = tap.tokens?.find((token) => token >= sizes.tokens);
    if (past !== undefined) throw new ArgumentError('tokens', past, `from 0 to ${sizes.tokens - 1}: the text has ${sizes.tokens} tokens`);
    const extents = this.extentsOf(tap, sizes);
    const worst = extents.reduce((most, each) => (each.scores > most.scores ? each : most));
    const atOnce = worst.scores / partsOf(worst.scores);
    if (atOnce > MOST_SCORES) throw onnxErrors.scoresTooLarge(worst.site.id, `${megabytes(atOnce)} (${worst.shape})`, MOST_SCORES);
    const total = extents.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= tap.maxBytes) return;
    const [largest] = extents.sort((a, b) => b.bytes - a.bytes);
    throw onnxErrors.mapsTooLarge(
      `${megabytes(total)} (${extents.length} layers, ${sizes.frames} frames of ${sizes.height} × ${sizes.width}; the largest, ${largest!.site.id}, ${megabytes(largest!.bytes)})`,
      tap.maxBytes,
    );
  }

  /** For each site of a tap what it gives out, in bytes, and what is computed again for it and could be cut into parts. */
  private extentsOf(tap: AttentionTap, sizes: InputSizes): TappedExtent[] {
    const shapes = this.attentions.shapesFor(sizes);
    const { frames } = this.attentions.fixedSizes(sizes);
    return this.chosen(tap, this.attentions.found).map(({ site, block }) => {
      const { rows, heads, queries = 0, keys = 0 } = extentOf(block, shapes) ?? {};
      const batch =
        (rows === undefined ? undefined : heads === undefined && block.form === 'decomposed' ? rows / (site.heads ?? 1) : rows) ?? 0;
      const toFrames = tap.betweenFrames && isOverFrames(site);
      const kept = site.kind === 'cross' && tap.tokens ? tap.tokens.length : keys;
      const count = keptHeads(tap, site) * (toFrames ? sizes.frames ** 2 : batch * queries * kept);
      const cutsUp = takesHeadsApart(block, shapes) && (toFrames || (site.kind === 'cross' && tap.tokens !== undefined));
      return {
        site,
        // A picture network with a fixed batch is called several times.
        bytes: 4 * count * Math.max(1, sizes.frames / frames),
        // Scores and probabilities of one head, of numbers of 4 bytes.
        scores: cutsUp ? 2 * 4 * batch * queries * keys : 0,
        shape: `${queries} places by ${keys} ${site.kind === 'cross' ? 'tokens' : 'places'}`,
      };
    });
  }

  private chosen(tap: AttentionTap, attentions: readonly FoundAttention[]): FoundAttention[] {
    return tap.sites.map((site) => {
      const found = attentions.find((attention) => attention.site.id === site.id);
      if (!found) throw new ArgumentError('tap', site.id, 'a tap of this model, made by its own unet.tap()');
      return found;
    });
  }
}

/** How large a tap of one site is. */
interface TappedExtent {
  readonly site: AttentionSite;
  readonly bytes: number;
  readonly scores: number;
  readonly shape: string;
}

function partsOf(scores: number): number {
  return Math.min(mostScoreParts, Math.max(1, Math.ceil(scores / PART_BYTES)));
}
