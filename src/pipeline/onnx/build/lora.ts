import type { Dim, Value } from './graphBuilder.js';
import type { LoraLayer } from './loraLayers.js';
import { loraStrength } from './loraStrength.js';
import type { Module } from './module.js';

/*
 * A LoRA changes a layer's weights W by strength · scale · up·down. Its strength is an input of the graph, so that it changes from call to call, and no copy of the
 * network's weights is kept. There are two ways to compute it, the same but for rounding: beside the layer, y + up(down(x)), or in the weights, just before they
 * are used. The first costs (in + out) · rank for each place, the second in · out · rank once: where maps are large it is a tenth, where they are small ten times as
 * much.
 */

/** Half of a low-rank layer. */
export type LoraHalf = 'down' | 'up';

/** Weights of a half, in the shape in which they are used. */
export type WeightsOf = (half: LoraHalf, dims: readonly number[]) => Value;

/** Latent places of a call: one picture of 64 × 64, or as many smaller ones. */
const USUAL_PLACES = 64 * 64;

/**
 * A layer's weights, as a matrix, with what LoRAs add to them; undefined where there are none, or where they cost less beside the layer.
 *
 * @param x what the layer is applied to: a map `[batch, in, height, width]`, or rows.
 * @param dims `[out, in]`; a kernel's places count as inputs.
 */
export function weightsWithLoras(m: Module, x: Value, dims: readonly [out: number, inputs: number]): Value | undefined {
  const layers = layersOf(m);
  const [out, inputs] = dims;
  const places = m.options.loraPlaces ?? USUAL_PLACES;
  if (layers.length === 0 || out * inputs > (out + inputs) * placesOf(x, places)) return undefined;
  return layers.reduce(
    (sum, { layer, strength, weights }) => {
      const up = m.node('Mul', [weights('up', [out, layer.rank]), strength], [out, layer.rank]);
      return m.node('Gemm', [up, weights('down', [layer.rank, inputs]), sum], dims);
    },
    m.weight('weight', dims),
  );
}

/**
 * A layer's result with what LoRAs add to it beside the layer.
 *
 * @param y what the layer gives.
 * @param apply one half: of a convolution, `down` has the layer's own kernel and `up` a 1 × 1.
 */
export function withLoras(
  m: Module,
  x: Value,
  y: Value,
  apply: (half: LoraHalf, input: Value, layer: LoraLayer, weights: WeightsOf) => Value,
): Value {
  return layersOf(m).reduce((sum, { layer, strength, weights }) => {
    const narrow = apply('down', x, layer, weights);
    // Where there are fewest numbers.
    const scaled = m.node('Mul', [narrow, strength], narrow.dims);
    return m.add(sum, apply('up', scaled, layer, weights));
  }, y);
}

function layersOf(m: Module): { layer: LoraLayer; strength: Value; weights: WeightsOf }[] {
  return (m.options.loras ?? []).flatMap(({ layers }, i) => {
    const layer = layers.get(m.path);
    if (!layer) return [];
    const weights: WeightsOf = (half, dims) => m.foreign(`lora.${i}.${m.path}.${half}`, layer[half], dims);
    return [{ layer, strength: loraStrength(m.graph, m.options.loras!, i, layer.scale), weights }];
  });
}

/** About how many places, or rows, a layer is applied to. @param whole those of the network's input. */
function placesOf({ dims }: Value, whole: number): number {
  if (dims.length === 4) return whole / (shrunk(dims[2]!) * shrunk(dims[3]!));
  const rows = dims.find((dim) => typeof dim === 'string' && dim.includes('*'));
  return rows === undefined
    ? TOKENS
    : String(rows)
        .split('*')
        .reduce((places, side) => places / shrunk(side), whole);
}

/** Rows of a prompt; the time has but one. */
const TOKENS = 77;

/** What a side was divided by on its way down: `height/2/2` by 4. */
function shrunk(side: Dim): number {
  return 2 ** (String(side).split('/').length - 1);
}
