import { buildSpeedProbe, SPEED_PROBE } from '../onnx/index.js';
import { Tensor } from '../core/index.js';
import { Graph, type RuntimeOptions } from './graph.js';

/** By threads; a machine does not become another while a process runs. */
const measured = new Map<number | undefined, Promise<number>>();

/** Calls, of which the fastest counts; the first one wakes the threads up. */
const CALLS = 3;

/**
 * Operations that this machine does in a second with float32, measured once on a convolution as UNets have them; takes a tenth of a second.
 */
export function machineSpeed({ threads }: Pick<RuntimeOptions, 'threads'> = {}): Promise<number> {
  const known = measured.get(threads) ?? measure(threads);
  measured.set(threads, known);
  return known;
}

async function measure(threads: number | undefined): Promise<number> {
  const graph = await Graph.loadBuilt(buildSpeedProbe(), { threads });
  const feeds = Object.fromEntries(Object.entries(SPEED_PROBE).map(([name, dims]) => [name, Tensor.zeros(dims)]));
  for (let call = 0; call < CALLS; call++) await graph.run(feeds);
  const speed = graph.operationsPerSecond!;
  await graph.release();
  return speed;
}
