import type { AttentionKind, AttentionSite } from './attention.js';
import { type AttentionBlock, findAttentionBlocks } from './attentionBlocks.js';
import { blockOf, modulePath } from './attentionNames.js';
import { computedFrom } from './dataFlow.js';
import type { GraphRewriter } from './graphRewriter.js';
import { inferShapes } from './inferShapes.js';
import { fixedSizes, type InputSizes, inputShapes, type NetworkInputs, tellingSizes } from './networkInputs.js';
import type { Shape } from './shapeArithmetic.js';

/** A site together with the part of the graph that it is. */
export interface FoundAttention {
  readonly site: AttentionSite;
  readonly block: AttentionBlock;
}

/** Times that a UNet halves its latents at most, for resolution factors up to 64. */
const factors = [1, 2, 4, 8, 16, 32, 64];

/**
 * Finds and describes the attentions of a network.
 *
 * Cross-attention is told by its keys being computed from the text and not from the sample. The others are told by the number
 * of their queries: the graph's shapes are followed for an input of 7 frames of 192 × 320 places, sizes whose products show
 * what they were made of. Where shapes cannot be followed, names decide.
 */
export function findAttention(graph: GraphRewriter, inputs: NetworkInputs): FoundAttention[] {
  const fromSample = computedFrom(graph, inputs.sample);
  const fromText = computedFrom(graph, inputs.text);
  const sizes = fixedSizes(graph.model, inputs, tellingSizes);
  const shapes = inferShapes(graph, inputShapes(graph.model, inputs, sizes));
  const taken = new Map<string, number>();
  const varies = (value: string) => fromSample.has(value) || fromText.has(value);
  return findAttentionBlocks(graph, varies).map((block, order) => {
    const path = modulePath(block.node) ?? `attention.${order}`;
    const times = taken.get(path) ?? 0;
    taken.set(path, times + 1);
    const cross = fromText.has(block.key) && !fromSample.has(block.key);
    const extent = extentOf(block, shapes);
    const kinds = cross ? (['cross'] as const) : kindsThatFit(extent?.queries, sizes);
    const kind: AttentionKind = kinds.length === 1 ? kinds[0] : kindByName(path);
    const factor = factorOf(kind, extent, sizes);
    const site: AttentionSite = {
      id: times === 0 ? path : `${path}#${times + 1}`,
      kind,
      block: blockOf(path),
      order,
      heads: extent?.heads ?? headsOf(kind, factor, extent?.rows, sizes),
      factor,
      form: block.form,
    };
    return { site, block };
  });
}

/** How many queries and keys an attention has, and its heads where an axis of their own holds them. */
export interface AttentionExtent {
  /** Batch, or batch × heads where they share an axis. */
  readonly rows: number | undefined;
  readonly heads: number | undefined;
  readonly queries: number | undefined;
  readonly keys: number | undefined;
}

/** The extent of an attention where shapes are known. */
export function extentOf(
  { form, node, query, key, probabilities }: AttentionBlock,
  shapes: ReadonlyMap<string, Shape>,
): AttentionExtent | undefined {
  if (form === 'decomposed') {
    const shape = shapes.get(probabilities!);
    if (!shape || shape.length < 3 || shape.length > 4) return undefined;
    return { rows: shape[0], heads: shape.length === 4 ? shape[1] : undefined, queries: shape.at(-2), keys: shape.at(-1) };
  }
  const [q, k] = [shapes.get(query), shapes.get(key)];
  const heads = node.attributes.get(form === 'Attention' ? 'q_num_heads' : 'num_heads')?.number;
  const perHead = (shape: Shape | undefined) => shape?.length === 4 && (form === 'Attention' || shape !== q);
  return { rows: q?.[0], heads: perHead(q) ? q?.[1] : heads, queries: perHead(q) ? q?.[2] : q?.[1], keys: perHead(k) ? k?.[2] : k?.[1] };
}

function kindsThatFit(queries: number | undefined, { frames, height, width }: InputSizes): AttentionKind[] {
  const places = factors.map((factor) => Math.ceil(height / factor) * Math.ceil(width / factor));
  const fits: [AttentionKind, boolean][] = [
    ['temporal', queries === frames],
    ['self', places.some((area) => queries === area)],
    ['joint', frames > 1 && places.some((area) => queries === area * frames)],
  ];
  return fits.flatMap(([kind, fit]) => (fit ? [kind] : []));
}

/** For files with fixed sizes in which, say, the number of frames is also the number of places. */
function kindByName(path: string): AttentionKind {
  if (/joint/i.test(path)) return 'joint';
  return /motion|temp/i.test(path) ? 'temporal' : 'self';
}

function factorOf(kind: AttentionKind, extent: AttentionExtent | undefined, { frames, height, width }: InputSizes): number | undefined {
  const { queries, rows, heads } = extent ?? {};
  if (queries === undefined || rows === undefined) return undefined;
  // Places are rows to an attention over time; where heads share that axis, the two cannot be told apart.
  const area = kind === 'joint' ? queries / frames : kind === 'temporal' ? (heads === undefined ? NaN : rows) : queries;
  const factorFor = (places: number) => factors.find((factor) => Math.ceil(height / factor) * Math.ceil(width / factor) === places);
  // Where the whole clip looks at the text at once, its places come frame by frame.
  return factorFor(area) ?? (kind === 'cross' ? factorFor(queries / frames) : undefined);
}

/** Heads where they share the first axis with the batch. */
function headsOf(kind: AttentionKind, factor: number | undefined, rows: number | undefined, { frames }: InputSizes): number | undefined {
  if (rows === undefined || factor === undefined) return undefined;
  const batch = kind === 'joint' ? 1 : frames;
  return rows % batch === 0 ? rows / batch : undefined;
}
