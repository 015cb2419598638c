import { buildSpeedProbe, SPEED_PROBE } from '../onnx/index.js';
import { Tensor } from '../core/index.js';
import type { DeviceName } from './devices.js';
import { Graph } from './graph.js';

/** By device and threads; a machine does not become another while a process runs. */
const measured = new Map<string, Promise<number>>();

/** Calls, of which the fastest counts; the first one wakes the threads up. */
const CALLS = 3;

/**
 * Operations that a device of this machine does in a second with float32, measured once on a convolution as UNets have them; takes a tenth of a second.
 */
export function machineSpeed(device: DeviceName = 'cpu', threads?: number): Promise<number> {
  const key = `${device} ${threads}`;
  const known = measured.get(key) ?? measure(device, threads);
  measured.set(key, known);
  return known;
}

async function measure(device: DeviceName, threads: number | undefined): Promise<number> {
  const graph = await Graph.loadBuilt(buildSpeedProbe(), { device, threads });
  const feeds = Object.fromEntries(Object.entries(SPEED_PROBE).map(([name, dims]) => [name, Tensor.zeros(dims)]));
  for (let call = 0; call < CALLS; call++) await graph.compute(feeds);
  const speed = graph.operationsPerSecond!;
  await graph.release();
  return speed;
}
