import { deviceNotices, knownDevices, type DeviceName } from './devices.js';
import { openGraph } from './openGraph.js';

/** One device and whether it works here. */
export interface DeviceCheck {
  /** As options name it: `cpu`, `webgpu`, `cuda`, `dml`, `coreml`. */
  name: DeviceName;
  /** Why it cannot run a graph here; undefined where it can, and gives the processor's numbers. */
  failure?: string;
  /** What is to be known of it where it works. */
  remarks?: readonly string[];
}

/**
 * Tries every device that this build of ONNX Runtime knows on one graph.
 *
 * @param file a small ONNX graph.
 * @param only the one device to try.
 */
export async function checkDevices(file: string, only?: string): Promise<DeviceCheck[]> {
  const checks: DeviceCheck[] = [];
  for (const name of knownDevices().filter((device) => only === undefined || device === only)) {
    try {
      const graph = await openGraph(file, { device: name });
      await graph.release();
      checks.push({ name, remarks: deviceNotices(new Map([['works', graph.use]])) });
    } catch (error) {
      const [firstLine] = (error as Error).message.split('\n');
      checks.push({ name, failure: firstLine });
    }
  }
  return checks;
}
