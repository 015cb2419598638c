import type { Frame, Tensor } from '../core/index.js';
import type { PreparedRun } from '../diffusion/index.js';
import type { EditWindow } from './editingMethod.js';
import { flowEditSteps, moveByDifference } from './predictionDifference.js';
import { requireForwardProcess } from './sourceGuidance.js';
import { beginIndexFor } from './strength.js';
import { findTone, toned } from './tone.js';

/** How FlowEdit asks what a prompt makes of a picture: share of the schedule, each how manieth of its levels, and guidance for the source. */
const ASKED = { strength: 0.7, every: 3, sourceGuidance: 1.5 };

/** What a level of FlowEdit takes of a guided step: it asks for the prompt and for the source. */
const LEVEL = 2;

/** Finds the tone that the prompt gives to the source's pictures, ready for the windows of a run. */
export interface ToneFinder {
  /** How many steps would take as long, for progress. */
  readonly steps: number;
  /**
   * The pictures of a window in the tone that the prompt asks for.
   *
   * @param made the latent channels that are made anew in any case, and say nothing about the picture.
   */
  tone(window: EditWindow, made: (source: Tensor, made: Tensor) => Tensor): Promise<Frame[]>;
}

/**
 * What a prompt makes of a picture's brightness and contrast, as the model has it: FlowEdit, at few levels, moves the source towards the prompt, and the tone is what
 * leads from the source, as the VAE gives it back, to that. Rain darkens, as far as the model learnt that it does; the hues that FlowEdit gives besides do not count.
 *
 * @throws {ArgumentError} where FlowEdit cannot be had.
 */
export async function toneOfPrompt(run: PreparedRun, method: { name: string; title: string }, sourcePrompt = ''): Promise<ToneFinder> {
  const { model, calls, progress } = run;
  const process = requireForwardProcess(run, method);
  const levels = process.levels.slice(beginIndexFor(ASKED.strength, process.levels.length)).filter((_, index) => index % ASKED.every === 0);
  const source = await run.condition(sourcePrompt);
  const steps = { ...flowEditSteps(process, levels), source, sourceGuidanceScale: ASKED.sourceGuidance };
  const asking: PreparedRun = {
    ...run,
    // Nobody's step: the edit's own come later.
    stepDone({ latents }) {
      progress.prepared('mask', LEVEL);
      return Promise.resolve({ latents, stop: false });
    },
  };
  return {
    steps: LEVEL * levels.length,
    async tone(window, made) {
      progress.preparing('mask');
      const moved = await moveByDifference(asking, steps, window);
      const decode = (latents: Tensor) => model.vae.decode(latents.slice(0, window.pictures.length), undefined, calls.aside);
      const [before, after] = [await decode(window.source), await decode(made(moved.latents, window.source))];
      return toned(window.pictures, findTone(before, after));
    },
  };
}
