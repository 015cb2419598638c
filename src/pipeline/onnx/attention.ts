/**
 * What an attention attends over:
 * - `self`: the places of one frame to each other;
 * - `cross`: the places of one frame to the text tokens;
 * - `temporal`: the frames to each other, at each place by itself;
 * - `joint`: all places of all frames to each other.
 */
export type AttentionKind = 'self' | 'cross' | 'temporal' | 'joint';

/** One attention of a network, as its graph describes it. */
export interface AttentionSite {
  /**
   * Its name: the path of modules where the file tells one (`down_blocks.0.attentions.0.transformer_blocks.0.attn2`), else
   * `attention.N`. The same file always gives the same.
   */
  readonly id: string;
  /** What it attends over. */
  readonly kind: AttentionKind;
  /** The block of the network it belongs to: `down_blocks.0`, `mid_block`, `up_blocks.2`; its own id where the file names no blocks. */
  readonly block: string;
  /** Its place among all attentions of the graph, in the order of computation, from 0. */
  readonly order: number;
  /** Number of heads; undefined where the graph's shapes cannot be followed (such a site cannot be tapped). */
  readonly heads: number | undefined;
  /** Latent pixels per side of one of its places: 1, 2, 4 or 8; undefined where the graph's shapes cannot be followed. */
  readonly factor: number | undefined;
  /** How the file spells it: MatMul, Softmax, MatMul (`decomposed`), or one fused operator. */
  readonly form: 'decomposed' | 'MultiHeadAttention' | 'com.microsoft.Attention' | 'Attention';
}

/** Which attention maps to take. */
export interface AttentionTapRequest {
  /** Sites by id or by the start of their path (`up_blocks.1`), or a choice by what is known of them. All by default. */
  layers?: readonly string[] | ((site: AttentionSite) => boolean);
  /** Kinds to take; `['cross']` by default. */
  kinds?: readonly AttentionKind[];
  /** The mean over heads (default); every head that a site has, each by itself; or the heads with these numbers, from 0. */
  heads?: 'mean' | 'each' | readonly number[];
  /** Positions of text tokens to keep of cross-attention, from 0 (the start token), in this order. All by default. */
  tokens?: readonly number[];
  /**
   * Of attention over frames (`temporal`, `joint`) take only how much each frame looks at each: summed over the places looked at and averaged over those that look,
   * inside the graph, so that no map of all places is ever given out. False by default: whole maps.
   */
  betweenFrames?: boolean;
  /** Most bytes of maps that one call may give; 256 MiB by default. Maps of self-attention grow with the fourth power of the side. */
  maxBytes?: number;
}

/** Chosen attention maps of one UNet, to be given to {@link UNet.predictTapped}; from {@link UNet.tap}. */
export interface AttentionTap {
  /** The sites whose maps are taken, in the order of computation. */
  readonly sites: readonly AttentionSite[];
  /** Whether heads are averaged, all kept, or which ones are. */
  readonly heads: 'mean' | 'each' | readonly number[];
  /** Text tokens that are kept of cross-attention; undefined for all. */
  readonly tokens: readonly number[] | undefined;
  /** Whether attention over frames is summed to frames. */
  readonly betweenFrames: boolean;
  /** Most bytes of maps that one call may give. */
  readonly maxBytes: number;
}

/** How many maps a tap gives of each frame of a site. */
export function keptHeads({ heads }: Pick<AttentionTap, 'heads'>, site: AttentionSite): number {
  return heads === 'mean' ? 1 : heads === 'each' ? (site.heads ?? 1) : heads.length;
}

/** Whether an attention is one over frames, from which can be told how much they look at each other. */
export function isOverFrames({ kind }: Pick<AttentionSite, 'kind'>): boolean {
  return kind === 'temporal' || kind === 'joint';
}
