import { ArgumentError } from '../core/index.js';
import {
  type AttentionKind,
  type AttentionTap,
  type AttentionTapRequest,
  keptHeads,
  extentOf,
  type FoundAttention,
  megabytes,
  onnxErrors,
  type InputSizes,
  tellingSizes,
  tapAttention,
  TOKENS_INPUT,
} from '../onnx/index.js';
import { isIn, type NetworkAttentions } from './networkAttentions.js';
import type { GraphRewrite } from './graphRewrite.js';

/** Most bytes of maps of one call, where the request names no other number. */
const MOST_BYTES = 256 * 1024 * 1024;

/** For messages. */
const kindsThereAre: readonly AttentionKind[] = ['self', 'cross', 'temporal', 'joint'];

/** How the attentions of a network are tapped. */
export class AttentionTaps {
  /** @param attentions those of the network. */
  constructor(private readonly attentions: NetworkAttentions) {}

  /** @throws {ArgumentError} when a layer, kind, head or token does not exist; the message lists what does. */
  choose({ layers, kinds = ['cross'], heads = 'mean', tokens, maxBytes = MOST_BYTES }: AttentionTapRequest): AttentionTap {
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
    return { sites, heads, tokens, maxBytes };
  }

  /** What a tap changes in the network: one session serves all taps of the same sites and heads, whichever their tokens. */
  rewriteOf(tap: AttentionTap): GraphRewrite {
    const { heads, tokens, sites } = tap;
    const chooseTokens = tokens !== undefined && sites.some(({ kind }) => kind === 'cross');
    return {
      key: ['tap', sites.map(({ order }) => order).join(), String(heads), chooseTokens].join(' '),
      apply: (graph) =>
        tapAttention(graph, this.chosen(tap, this.attentions.in(graph)), { heads, chooseTokens }, this.attentions.shapesFor(tellingSizes)),
      ...(chooseTokens && { feeds: () => ({ [TOKENS_INPUT]: { data: tokens, dims: [tokens.length] } }) }),
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
    const shapes = this.attentions.shapesFor(sizes);
    const { frames } = this.attentions.fixedSizes(sizes);
    const large = this.chosen(tap, this.attentions.found).map(({ site, block }) => {
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

  private chosen(tap: AttentionTap, attentions: readonly FoundAttention[]): FoundAttention[] {
    return tap.sites.map((site) => {
      const found = attentions.find((attention) => attention.site.id === site.id);
      if (!found) throw new ArgumentError('tap', site.id, 'a tap of this model, made by its own unet.tap()');
      return found;
    });
  }
}
