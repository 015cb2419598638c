import { setImmediate } from 'node:timers/promises';
import { loraStrengths, type PreparedRun, steeringOf } from '../diffusion/index.js';
import { throwIfAborted, Tensor, weightedSum } from '../core/index.js';
import type { Conditioning } from '../networks/index.js';
import { type AttentionOfWords, tapWords, type WordTaps } from './attentionOfWords.js';

/** How two prompts are compared about a clip. */
export interface ChangeMapOptions {
  /** How many times they are compared, each with other noise. */
  maps: number;
  /** How far the source is noised for it, as a share of the schedule. */
  strength: number;
  /** Differences above `ratio` times the mean count in full. */
  ratio: number;
}

/** The defaults of diffusers' DiffEdit pipeline, with fewer maps: a window has many frames to average over. */
export const defaultChangeMap: ChangeMapOptions = { maps: 4, strength: 0.5, ratio: 3 };

/** What two texts say of a clip, to be compared. */
export interface Compared {
  /** What the source shows. */
  readonly from: Conditioning;
  /** What it is to show. */
  readonly to: Conditioning;
  /** The words of each that the other does not have, whose attention is looked at on the way; nowhere where undefined. */
  readonly words?: WordTaps | undefined;
}

/** What a comparison of two texts finds, before it is a mask. */
export interface ChangeMaps {
  /** `[frames, 1, height, width]` of latents: how far the predictions differ, mean over channels, sum over noises. */
  readonly change: Tensor;
  /** The same shape: how much the words that differ are looked at; undefined where nobody looked, or no words differ. */
  readonly attention?: Tensor | undefined;
}

/**
 * Where two prompts disagree about a clip: the map behind the mask of DiffEdit (Couairon et al. 2022, section 3.2, step 1).
 *
 * The source is noised half-way, and the UNet's predictions for the two prompts are compared; large differences mark
 * what has to change. The same steps as diffusers' `generate_mask`, which takes 0.5 and more as inside.
 * @param onMap called after each comparison.
 * @returns `[frames, 1, height, width]` of latents, 0…1.
 */
export async function findChangeMap(
  run: PreparedRun,
  source: Tensor,
  from: Conditioning,
  to: Conditioning,
  onMap: () => void = () => undefined,
  options: ChangeMapOptions = defaultChangeMap,
): Promise<Tensor> {
  return shareOfFull((await findChanges(run, source, { from, to }, onMap, options)).change, options.ratio);
}

/** As {@link findChangeMap}, with what its comparisons see besides: where the network looks at for the words that differ. */
export async function findChanges(
  run: PreparedRun,
  source: Tensor,
  compared: Compared,
  onMap: () => void,
  options: ChangeMapOptions = defaultChangeMap,
): Promise<ChangeMaps> {
  const { from, to, words } = compared;
  const tapped = words && (await tapWords(run, words, source.dims));
  const compare = () => comparePrompts(run, source, compared, tapped, onMap, options);
  const { shared, sharedNoise = false } = run.options;
  if (!shared) return asMaps(await compare());
  const scheduler = run.newScheduler();
  const { model, numInferenceSteps, generator } = run;
  const chosen = [scheduler.className, scheduler.config, scheduler.runOptions, numInferenceSteps];
  const settings = JSON.stringify([...chosen, options, sharedNoise, run.context, steeringOf(run.options), words]);
  const told = model.unet.takesGuidanceScale ? to.guidanceScale : undefined;
  const ingredients = [
    settings,
    source,
    from.embeddings,
    to.embeddings,
    told,
    loraStrengths(from, scheduler),
    loraStrengths(to, scheduler),
  ];
  return asMaps(await shared.drawing('mask', model, generator, ingredients, compare));
}

function asMaps([change, attention]: readonly Tensor[]): ChangeMaps {
  return { change: change!, attention };
}

async function comparePrompts(
  run: PreparedRun,
  source: Tensor,
  { from, to }: Compared,
  words: AttentionOfWords | undefined,
  onMap: () => void,
  options: ChangeMapOptions,
): Promise<Tensor[]> {
  const scheduler = run.newScheduler();
  const steps = Math.max(1, Math.round(run.numInferenceSteps * options.strength));
  const index = (run.numInferenceSteps - steps) * scheduler.order;
  const timestep = scheduler.timesteps[index]!;
  scheduler.setBeginIndex(index);
  const [frames, channels, height, width] = source.dims as [number, number, number, number];
  const sum = Tensor.zeros([frames, 1, height, width]);
  run.progress.preparing('mask');
  for (let i = 0; i < options.maps; i++) {
    throwIfAborted(run.options.signal, 'Finding what to change');
    const noisy = scheduler.scaleModelInput(scheduler.addNoise(source, run.noise.randn(source.dims), timestep), timestep);
    const predict = (side: 'from' | 'to', conditioning: Conditioning) =>
      words ? words.predict(side, noisy, timestep, conditioning) : run.unet.predict(noisy, timestep, conditioning);
    const difference = await run.stopwatch.measure('unet', async () =>
      weightedSum([1, await predict('to', to)], [-1, await predict('from', from)]),
    );
    addMagnitude(sum, difference, channels);
    onMap();
    if (run.watch) await run.watch.mapping(shareOfFull(sum, options.ratio), i + 1, options.maps);
    await setImmediate();
  }
  return words ? [sum, words.map] : [sum];
}

/** Differences as shares of what counts in full: `ratio` times their mean. */
function shareOfFull(differences: Tensor, ratio: number): Tensor {
  const full = differences.range().mean * ratio;
  return differences.map((value) => (full === 0 ? 0 : Math.min(value, full) / full));
}

/** Adds the mean of |difference| over channels. */
function addMagnitude(sum: Tensor, difference: Tensor, channels: number): void {
  const {
    data,
    dims: [frames, , height, width],
  } = sum as Tensor & { dims: [number, number, number, number] };
  const area = height * width;
  for (let frame = 0, i = 0; frame < frames; frame++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let place = frame * area; place < (frame + 1) * area; place++) data[place]! += Math.abs(difference.data[i++]!) / channels;
    }
  }
}
