import { graphCosts, type OnnxModel, type Shape } from '../onnx/index.js';
import type { Graph } from './graph.js';
import type { GraphRewrite } from './graphRewrite.js';
import type { SessionSettings } from './sessionSettings.js';

/** What one network takes, worked out from shapes. */
export interface GraphNeeds {
  /** Bytes of its weights as they are stored. */
  readonly weightBytes: number;
  /** Bytes of memory of its own once it is loaded; pages of files not counted. */
  readonly loadedBytes: number;
  /** Bytes of memory of its own while a call runs, beside those. */
  readonly callBytes: number;
  /** Bytes that a rewritten network gives out at a call besides its output; none where nothing is lent. */
  readonly givenBytes?: number;
  /** Multiplications and additions of a call. */
  readonly operations: number;
}

/** Bytes that ONNX Runtime keeps for a node: measured, 1200 nodes take 36 MB. */
const BYTES_PER_NODE = 30_000;

/**
 * What a call takes of memory, over what its values take. An arena takes it in pieces, each twice as large as the one before, and keeps it; without one, little is lost.
 * Measured on Stable Diffusion 1.5 with weights of 32 bits: 1.6 times the peak for the UNet, 1.5 for the encoder and 1.4 for the decoder at 512 × 512; 2.9 times with weights
 * of 16 bits, whose casts are large. Without an arena 1.5 times for the decoder of Wan 2.1, with the holes below, and 2.4 times (12 tokens) to 2.9 times (512) for UMT5-xxl, whose weights are cast.
 */
const OF_PEAK = { arena: 1.7, none: 1.5, withCasts: 2.9 };

/**
 * Bytes that are lost without an arena, at the most: pieces of less than 32 MB lie in the heap and leave holes in it. Wan's decoder takes 2.05 times its peak of 0.18 GB,
 * 1.56 times 0.34 GB and 1.4 times 1.28 GB (measured).
 */
const HEAP_HOLES = 0.12e9;

/** Element types of 16 bits: float16 and bfloat16. */
const halfTypes: readonly number[] = [10, 16];

/** Bytes of a number as it is stored, by ONNX's number of its type; 4 for others. */
const bytesOfType: Readonly<Record<number, number>> = { 2: 1, 3: 1, 7: 8, 9: 1, 10: 2, 11: 8, 16: 2, 17: 1, 19: 1 };

/** What a network takes once it is loaded. */
export function loadedNeeds(model: OnnxModel, { prepacking }: SessionSettings): Pick<GraphNeeds, 'weightBytes' | 'loadedBytes'> {
  let [weightBytes, asFloat, inGraph] = [0, 0, 0];
  for (const { dims, elementType, external } of model.initializers) {
    const count = dims.reduce((product, length) => product * length, 1);
    const bytes = count * (bytesOfType[elementType] ?? 4);
    weightBytes += bytes;
    asFloat += Math.max(bytes, 4 * count);
    if (!external) inGraph += bytes;
  }
  // Weights that are copied are copied as the processor computes with them; those inside of an ONNX file are read into memory as they are.
  return { weightBytes, loadedBytes: model.nodes.length * BYTES_PER_NODE + (prepacking ? asFloat : inGraph) };
}

/**
 * What a network takes while a call runs.
 *
 * @param inputs shape of each of its inputs, by name, those of rewrites too.
 * @param rewrites what is changed of its graph meanwhile.
 * @throws {FrameloomError} `FL_ONNX_…` for a file that cannot be followed.
 */
export function callNeeds(
  { structure, settings }: Graph,
  inputs: ReadonlyMap<string, Shape>,
  rewrites: readonly GraphRewrite[] = [],
): Pick<GraphNeeds, 'callBytes' | 'givenBytes' | 'operations'> {
  const { peakBytes, foldedBytes, givenBytes, operations } = graphCosts(structure, inputs, (graph) =>
    rewrites.forEach((rewrite) => rewrite.apply(graph)),
  );
  const casts = structure.initializers.some(({ elementType }) => halfTypes.includes(elementType));
  const ofPeak = casts ? OF_PEAK.withCasts : settings.arena ? OF_PEAK.arena : OF_PEAK.none;
  const holes = settings.arena || casts ? 0 : Math.min(peakBytes, HEAP_HOLES);
  return { callBytes: foldedBytes + ofPeak * peakBytes + holes, givenBytes, operations };
}
