import { ArgumentError } from '../../pipeline/core/index.js';
import type { CellOptions } from '../../pipeline/experiments/index.js';
import { LatentDiffusionModel } from '../../pipeline/pipelines/index.js';
import { Video } from '../../pipeline/video/index.js';
import { displaySink } from '../sink.js';
import { takeFinishedPreview } from '../show.js';
import { Tuning } from './tuning.js';

/**
 * Makes a clip and shows it below a form with sampler, schedule, steps, guidance, strength, seed and method: another setting and **Make**
 * replace the picture, with a live preview meanwhile, and **As code** writes the call into a new cell. The form works in VS Code with the
 * Frameloom kernel; elsewhere the last picture stands there.
 *
 * ```ts
 * await tune(model, clip, 'a big green car on a blue background');
 * ```
 *
 * @param input the clip to edit; undefined to generate.
 * @param options what stands in the form at first, and what is not in the form.
 * @returns the form's clip and settings as they are now.
 * @throws {ArgumentError} and what else editing and generating throw.
 */
export async function tune(
  model: LatentDiffusionModel,
  input: Video | undefined,
  prompt: string,
  options: CellOptions = {},
): Promise<Tuning> {
  if (!(model instanceof LatentDiffusionModel))
    throw new ArgumentError('model', model, 'a model: await LatentDiffusionModel.fromPretrained(…)');
  if (input !== undefined && !(input instanceof Video))
    throw new ArgumentError('input', input, 'a Video to edit, or undefined to generate');
  if (typeof prompt !== 'string') throw new ArgumentError('prompt', prompt, 'text');
  const tuning = new Tuning(model, input, prompt, options);
  await tuning.make();
  const sink = displaySink();
  const preview = takeFinishedPreview();
  const id = preview ?? tuning.id;
  tuning.place(id);
  const bundle = await tuning.bundle(sink.sideFolder);
  if (preview === undefined) sink.display(bundle, id);
  else sink.update(id, bundle);
  return tuning;
}
