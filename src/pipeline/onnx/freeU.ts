import { castLike } from './castLike.js';
import { onnxErrors } from './errors.js';
import type { GraphRewriter } from './graphRewriter.js';
import type { NetworkInputs } from './networkInputs.js';
import { ElementType } from './onnxModel.js';
import type { Shape } from './shapeArithmetic.js';
import { skipConnections } from './skipConnections.js';

/** The input with b1, b2, s1, s2: float32 `[4]`. */
export const FREE_U_INPUT = 'frameloom/free_u';

/** Stages from the lowest resolution up that are changed; those beyond stay. */
const STAGES = 2;

/**
 * Amplifies what the UNet computes on its way up, and takes low frequencies out of what skips over from its way down, at the two lowest resolutions (Si et al. 2024,
 * "FreeU: Free Lunch in Diffusion U-Net"; diffusers' `enable_freeu`). Where all four are 1, the network gives exactly what it gave before.
 *
 * @param shapes shapes of the graph's values, as far as known.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` for a network without such skip connections.
 */
export function freeU(graph: GraphRewriter, inputs: NetworkInputs, shapes: ReadonlyMap<string, Shape>): void {
  const skips = skipConnections(graph, inputs, shapes);
  const stages = [...new Set(skips.map(({ rows }) => rows))].slice(0, STAGES);
  if (stages.length === 0)
    throw onnxErrors.unsupported(graph.model.file, 'it has no skip connections from its way down to its way up, which FreeU acts on.');
  const factors = graph.addInput(FREE_U_INPUT, ElementType.float, [4]);
  for (const { node, rows } of skips) {
    const stage = stages.indexOf(rows);
    if (stage < 0) continue;
    const [backbone, skip] = node.inputs as [string, string];
    const channels = shapes.get(backbone)![1]!;
    graph.rewire({ node, input: 0 }, amplifyHalf(graph, backbone, at(graph, factors, stage), channels));
    graph.rewire({ node, input: 1 }, dampLow(graph, skip, at(graph, factors, STAGES + stage)));
  }
}

/** The first half of the channels times a factor. */
function amplifyHalf(graph: GraphRewriter, value: string, factor: string, channels: number): string {
  const half = Math.floor(channels / 2);
  const part = (start: number, end: number) => slice(graph, value, start, end, 1);
  return graph.add('Concat', [graph.add('Mul', [part(0, half), castLike(graph, factor, value)]), part(half, channels)], { axis: 1 });
}

/**
 * Multiplies the frequencies 0 and −1 of both axes by a factor, and takes the real part, as diffusers' `fourier_filter` with a threshold of 1: x + (s − 1) · low, where
 * low is what those four waves have of x. Without a transform: a sum over places for each wave.
 */
function dampLow(graph: GraphRewriter, value: string, factor: string): string {
  const ints = (...values: number[]) => graph.constant(values, ElementType.int64);
  const x = graph.add('Cast', [value], { to: ElementType.float });
  const shape = graph.add('Shape', [x]);
  const waves = lowWaves(graph, shape);
  const flat = graph.add('Reshape', [x, ints(0, 0, -1)]);
  const shares = graph.add('MatMul', [flat, graph.add('Transpose', [waves], { perm: [1, 0] })]);
  const low = graph.add('Reshape', [graph.add('MatMul', [shares, waves]), shape]);
  const change = graph.add('Mul', [low, graph.add('Sub', [factor, graph.constant([1], ElementType.float, [1])])]);
  return graph.add('Add', [value, castLike(graph, change, value)]);
}

/** Cosines and sines of the four waves over the places of `[frames, channels, rows, columns]`: `[8, rows × columns]`, each divided by the root of their number. */
function lowWaves(graph: GraphRewriter, shape: string): string {
  const floats = (values: readonly number[], dims: readonly number[] = [values.length]) => graph.constant(values, ElementType.float, dims);
  const ints = (...values: number[]) => graph.constant(values, ElementType.int64);
  const length = (axis: number) => graph.add('Cast', [slice(graph, shape, axis, axis + 1, 0)], { to: ElementType.float });
  /** 2π·place ⁄ length for every place, as a row or a column; and 1, or 0 where there is one place, whose frequency −1 is its frequency 0. */
  const along = (axis: number, dims: readonly number[]) => {
    const places = length(axis);
    const scalar = graph.add('Squeeze', [places, ...(graph.opset < 13 ? [] : [ints(0)])], graph.opset < 13 ? { axes: [0] } : {});
    const range = graph.add('Range', [floats([0], []), scalar, floats([1], [])]);
    const angles = graph.add('Mul', [graph.add('Div', [range, places]), floats([2 * Math.PI])]);
    const one = graph.add('Min', [graph.add('Sub', [places, floats([1])]), floats([1])]);
    return { angles: graph.add('Reshape', [angles, ints(...dims)]), one, places };
  };
  const [rows, columns] = [along(2, [-1, 1]), along(3, [1, -1])];
  const waves = [4, 1, 1];
  const angle = graph.add('Add', [
    graph.add('Mul', [floats([0, 1, 0, 1], waves), rows.angles]),
    graph.add('Mul', [floats([0, 0, 1, 1], waves), columns.angles]),
  ]);
  const counted = graph.add('Concat', [floats([1]), rows.one, columns.one, graph.add('Mul', [rows.one, columns.one])], { axis: 0 });
  const root = graph.add('Sqrt', [graph.add('Mul', [rows.places, columns.places])]);
  const weight = graph.add('Reshape', [graph.add('Div', [counted, root]), ints(...waves)]);
  const weighted = (wave: string) => graph.add('Mul', [graph.add(wave, [angle]), weight]);
  return graph.add('Reshape', [graph.add('Concat', [weighted('Cos'), weighted('Sin')], { axis: 0 }), ints(8, -1)]);
}

/** One of the numbers of a list, `[1]`. */
function at(graph: GraphRewriter, list: string, place: number): string {
  return slice(graph, list, place, place + 1, 0);
}

function slice(graph: GraphRewriter, value: string, start: number, end: number, axis: number): string {
  return graph.add('Slice', [value, ...[start, end, axis].map((number) => graph.constant([number], ElementType.int64))]);
}
