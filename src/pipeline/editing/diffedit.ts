import { denoise, type PreparedRun } from '../diffusion/index.js';
import { FrameloomError, requireNumber, concatenate, type Tensor, type Frame } from '../core/index.js';
import type { Interrogator, Conditioning } from '../networks/index.js';
import type { Scheduler } from '../schedulers/index.js';
import { defaultChangeMap, findChangeMap } from './changeMask.js';
import { type EditMaskOptions, makeEditMask } from './editMask.js';
import type { EditingMethod } from './editingMethod.js';
import { invert } from './inversion.js';
import { beginIndexFor } from './sdedit.js';

/** What one step of the inversion takes of a guided step, which asks the UNet twice. */
const INVERSION_STEP = 0.5;

/** What a look for the subject takes of such a step. */
const SUBJECT_MASK = 0.5;

/** What DiffEdit is to do. */
export interface DiffeditOptions extends EditMaskOptions {
  /** Share of the schedule that is inverted and run again, above 0 up to 1. */
  strength: number;
  /** What the source shows; the empty prompt where nobody said. */
  source: Conditioning;
  /** What the source is compared with to find the mask; the prompt when undefined. */
  contrast: Conditioning | undefined;
  /** Whose outline the mask is to be, in the place of where the prompts disagree. */
  interrogator: Interrogator | undefined;
  /**
   * Start from the noised source rather than from the inverted one, which holds on to the source's colours. What lies
   * outside the mask is then as exact at the end, but does not guide what is inside as well on the way.
   */
  noised: boolean;
  /** Cut the masked part out and edit it alone, before plain gray; takes a mask with an outline, and the noised source. */
  isolated: boolean;
}

/** Level of the gray before which something is edited alone. */
const GRAY = 128;

/** Share of a window's pixels that the subject must cover for its outline to be taken as the mask. */
const LEAST_SUBJECT = 0.003;

/**
 * DiffEdit: changes what the prompt changes and keeps the rest.
 *
 * An automatic mask says where the two prompts disagree; the source is inverted and denoised again towards the target,
 * and outside the mask every step is overwritten with what the inversion had there. Background and motion stay.
 * Couairon et al. 2022, "DiffEdit". Works with DDIM, which alone can be run backwards exactly enough.
 *
 * Another pair of prompts may find the mask, or the model's interrogator, which knows a subject by its looks.
 */
export function diffedit({ strength, source, contrast, interrogator, noised, isolated, ...masking }: DiffeditOptions): EditingMethod {
  requireNumber('strength', strength, 0, 1);
  return {
    name: 'diffedit',
    keepsSource: true,
    steps: (run) => run.numInferenceSteps - beginIndexFor(strength, run.numInferenceSteps),
    preparation: (run) => (interrogator ? SUBJECT_MASK : defaultChangeMap.maps) + (noised ? 0 : INVERSION_STEP * (run.numInferenceSteps - beginIndexFor(strength, run.numInferenceSteps))),
    async edit(run, { source: given, pictures, encode, frames, onPrepared, onStep }) {
      const { options, guidance, stopwatch, model } = run;
      const scheduler = run.newScheduler();
      const inverse = scheduler.inverse();
      if (!noised && !inverse) {
        throw new FrameloomError('FL_SCHEDULER_METHOD', `The editing method diffedit inverts the source and needs DDIMScheduler, but the scheduler is ${scheduler.className}. Leave the scheduler out, use the method sdedit, or start from the noised source (noised: true).`);
      }
      const begin = beginIndexFor(strength, run.numInferenceSteps);
      const map = (await subjectMap(run, interrogator, pictures, given.dims[0]!)) ?? (await findChangeMap(run, given, source, contrast ?? guidance.positive, () => onPrepared('mask', interrogator ? 0 : 1)));
      if (interrogator) onPrepared('mask', SUBJECT_MASK);
      const [, , rows, columns] = given.dims as [number, number, number, number];
      const { latents: mask, pixels: area } = makeEditMask(map, pictures, { rows, columns }, masking);
      const clean = isolated ? await encode(beforeGray(pictures, area)) : given;
      const steps = run.numInferenceSteps - begin;
      const at = noised ? noisedAt(scheduler, clean, run.noise.forFrames(frames.start, clean.dims)) : await invertedAt(run, inverse!, clean, source, steps, () => onPrepared('invert', INVERSION_STEP));
      scheduler.setBeginIndex(begin);
      const latents = await denoise({
        unet: model.unet, scheduler, beginIndex: begin, latents: at(scheduler.timesteps[begin])!, guidance, noise: run.noise, eta: options.eta,
        frames, onStep, callbackOnStepEnd: options.callbackOnStepEnd, signal: options.signal, stopwatch, observer: run.observer,
        keep: { mask, area, outside: scheduler.timesteps.map((_, index) => (index < begin ? undefined : at(scheduler.timesteps[index + 1]))) },
      });
      return { latents, area, began: clean };
    },
  };
}

/** Where the subject is, for as many frames as there are latents; undefined where no subject is seen. */
async function subjectMap(run: PreparedRun, interrogator: Interrogator | undefined, pictures: readonly Frame[], frames: number): Promise<Tensor | undefined> {
  if (!interrogator) return undefined;
  const map = await interrogator.findSubject(pictures);
  if (map.range().mean < LEAST_SUBJECT) return undefined;
  await run.watch?.mapping(map, 1, 1);
  const last = map.slice(pictures.length - 1, pictures.length);
  return frames > pictures.length ? concatenate([map, ...Array.from({ length: frames - pictures.length }, () => last)]) : map;
}

/** The pictures with plain gray around the area: as bright as the middle of all that a background can be. */
function beforeGray(pictures: readonly Frame[], area: Tensor): Frame[] {
  return pictures.map(({ data, width, height }, index) => {
    const alone = new Uint8Array(data.length);
    const first = index * width * height;
    for (let pixel = 0; pixel < width * height; pixel++) {
      const share = area.data[first + pixel]!;
      for (let i = 3 * pixel; i < 3 * pixel + 3; i++) alone[i] = Math.round(share * data[i]! + (1 - share) * GRAY);
    }
    return { data: alone, width, height };
  });
}

/** The source as it is at a timestep on its way to noise, and clean at none. */
type PathOfSource = (timestep: number | undefined) => Tensor | undefined;

/** The source with one noise at every level. */
function noisedAt(scheduler: Scheduler, clean: Tensor, noise: Tensor): PathOfSource {
  return (timestep) => (timestep === undefined ? clean : scheduler.addNoise(clean, noise, timestep));
}

/** The source run backwards. */
async function invertedAt(run: PreparedRun, inverse: Scheduler, clean: Tensor, source: Conditioning, steps: number, onStep: () => void): Promise<PathOfSource> {
  const inverted = await invert(run, inverse, clean, source, steps, onStep);
  return (timestep = -1) => inverted.get(timestep);
}
