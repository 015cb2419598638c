import { checkOptions, Tensor } from '../core/index.js';
import { choiceChecks, chosenHeads, chosenSites, chosenSteps, type MapChoice } from './mapChoice.js';
import { latentWindows } from './latentRows.js';
import { nameOf } from './names.js';
import type { RunRecord } from './record.js';
import type { TensorStore } from './tensorStore.js';

/**
 * How much every frame looks at every other, `[frames, frames]`, those that look first: the mean over what is not named. Every row sums to 1. Frames that were in no
 * window together did not see each other and have 0; of frames in several windows the mean over those.
 *
 * @param record of a run whose attention between frames was captured.
 * @throws {ArgumentError} for a layer or head that was not captured; {@link FrameloomError} `FL_CAPTURE_STEP`.
 */
export async function betweenFrames(record: RunRecord, store: TensorStore, choice: MapChoice): Promise<Tensor> {
  checkOptions('frameAttention', choice, choiceChecks);
  const captured = record.frameAttention!;
  const [sites, steps] = [chosenSites(captured, choice), chosenSteps(record, choice)];
  const windows = latentWindows(record);
  const frames = windows.at(-1)!.end;
  const sum = Tensor.zeros([frames, frames]);
  const windowsOf = new Float32Array(frames);
  for (const [window, { start, end }] of windows.entries()) {
    const count = end - start;
    for (let i = 0; i < count; i++) windowsOf[start + i]! += 1;
    for (const site of sites) {
      for (const step of steps) {
        const { data, dims } = await store.get(nameOf(`frameAttention.${site.id}`, step, window));
        const [, heads, keys] = dims as [number, number, number];
        const rows = chosenHeads(captured, choice.head, heads);
        for (let from = 0; from < count; from++)
          for (const row of rows)
            for (let to = 0; to < count; to++)
              sum.data[(start + from) * frames + start + to]! += data[(from * heads + row) * keys + to]! / rows.length;
      }
    }
  }
  return sum.map((value, i) => value / (sites.length * steps.length * windowsOf[Math.floor(i / frames)]!));
}
