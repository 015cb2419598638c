import { Graph } from './graph.js';
import { listSupportedBackends } from './onnxRuntime.js';

/** One of ONNX Runtime's execution providers and whether it works here. */
export interface ProviderCheck {
  /** As it is named in options: `cpu`, `webgpu`, `cuda`, `dml`, `coreml`. */
  name: string;
  /** Whether its binaries came with this build of onnxruntime-node. */
  bundled: boolean;
  /** Why it cannot run a graph here; undefined where it can. */
  failure?: string;
}

/**
 * Tries every execution provider of this build on one graph.
 *
 * @param file a small ONNX graph.
 * @param only the one provider to try.
 */
export async function checkExecutionProviders(file: string, only?: string): Promise<ProviderCheck[]> {
  const checks: ProviderCheck[] = [];
  for (const { name, bundled } of listSupportedBackends().filter((backend) => only === undefined || backend.name === only)) {
    try {
      const graph = await Graph.load(file, { executionProviders: [name] });
      await graph.release();
      checks.push({ name, bundled });
    } catch (error) {
      const cause = (error as Error).cause ?? error;
      const [firstLine] = (cause as Error).message.split('\n');
      checks.push({ name, bundled, failure: firstLine });
    }
  }
  return checks;
}
