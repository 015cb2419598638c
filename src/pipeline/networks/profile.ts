import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** An event of a profile, as far as it is read. */
interface ProfileEvent {
  cat?: string;
  args?: { provider?: string; op_name?: string; output_type_shape?: readonly Record<string, readonly number[]>[] };
}

/**
 * Which operators on real numbers the processor ran, of a profile that ONNX Runtime wrote for another device. It computes shapes in any case, and small things with them:
 * what has no more than one number is passed over.
 *
 * @param folder with one profile.
 */
export async function nodesOnProcessor(folder: string): Promise<Map<string, number>> {
  const [file] = await readdir(folder);
  const events = file === undefined ? [] : (JSON.parse(await readFile(path.join(folder, file), 'utf8')) as ProfileEvent[]);
  const counts = new Map<string, number>();
  for (const { cat, args } of events) {
    if (cat !== 'Node' || args?.provider !== 'CPUExecutionProvider' || args.op_name === undefined) continue;
    const isWork = (args.output_type_shape ?? []).some((output) =>
      Object.entries(output).some(
        ([type, dims]) => /^float|double/.test(type) && dims.reduce((product, length) => product * length, 1) > 1,
      ),
    );
    if (isWork) counts.set(args.op_name, (counts.get(args.op_name) ?? 0) + 1);
  }
  return counts;
}
