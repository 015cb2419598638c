import type { BuiltModel } from './builtModel.js';
import { GraphBuilder } from './graphBuilder.js';

/** Shapes of the probe's inputs: a convolution of Stable Diffusion's second level, two billion operations. */
export const SPEED_PROBE = { sample: [1, 320, 32, 32], kernel: [320, 320, 3, 3] } as const;

/** A graph of one convolution, whose kernel is an input, by which the speed of a machine is measured. */
export function buildSpeedProbe(): BuiltModel {
  const graph = new GraphBuilder('speed probe');
  const { sample, kernel } = SPEED_PROBE;
  const attributes = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 };
  const y = graph.node('Conv', [graph.input('sample', sample), graph.input('kernel', kernel)], sample, { attributes });
  graph.output(y, 'out_sample');
  return graph.finish();
}
