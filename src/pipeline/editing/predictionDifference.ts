import { type Tensor, weightedSum } from '../core/index.js';
import { type Guidance, guidedBySource, type PreparedRun, rowsBegun } from '../diffusion/index.js';
import type { Conditioning } from '../networks/index.js';
import type { ForwardProcess, NoiseShares } from '../schedulers/index.js';
import type { EditedWindow, EditWindow } from './editingMethod.js';
import { predictOriginal } from './sourceGuidance.js';
import { beginsOf } from './strength.js';

/** How a source is moved by the difference of predictions. */
export interface DifferenceSteps {
  /** The forward process of the run. */
  readonly process: ForwardProcess;
  /** The noise levels that are visited, one a step. */
  readonly levels: readonly NoiseShares[];
  /** What the source shows. */
  readonly source: Conditioning;
  /** Guidance of the predictions for the source; 1 or less for none. */
  readonly sourceGuidanceScale: number;
  /** Noises that a difference is the mean over. */
  readonly noiseSamples?: number;
  /**
   * How much of what it has come so far a noised edit still has at a level; the level's share of the clean sample by default, as if the
   * edit itself had been noised.
   */
  readonly carried?: (at: NoiseShares) => number;
  /**
   * How far a step goes, 0 … 1, from where the edit is to where the network's two clean samples, for the prompt and for the source, say that it should be.
   * @param after the next level; undefined at the last.
   */
  readonly share: (at: NoiseShares, after: NoiseShares | undefined) => number;
}

/** Steps along the levels with FlowEdit's own way of noising the edit and of going from level to level; see `methods/flowedit.ts`. */
export function flowEditSteps(
  process: ForwardProcess,
  levels: readonly NoiseShares[],
): Pick<DifferenceSteps, 'process' | 'levels' | 'carried' | 'share'> {
  const share = (at: NoiseShares, after: NoiseShares | undefined) => 1 - (after?.time ?? 0) / at.time;
  return { process, levels, share, ...(process.path === 'flow' && { carried: () => 1 }) };
}

/**
 * Moves a window of the source by what the predictions for the prompt and for the source differ in, both made from one noise: the loop of
 * FlowEdit, InfEdit and delta denoising.
 *
 * With z the edit, x the source and x₀(·) the clean sample of a prediction, a step is z ← z + share·((x + x₀(z_t) − x₀(x_t)) − z). The slope of the
 * ODE being (z_t − x₀) ⁄ t, whether of ε or of v, that is a step along the difference of the slopes, of length share·t.
 */
export async function moveByDifference(
  run: PreparedRun,
  steps: DifferenceSteps,
  { source: clean, frames }: EditWindow,
): Promise<EditedWindow> {
  const { process, levels, source, sourceGuidanceScale, noiseSamples = 1, carried = ({ signal }) => signal, share } = steps;
  const guidanceAt = await run.guide(frames);
  const begins = beginsOf(run, frames, clean.dims[0]!, process.levels.length);
  let edited = clean;
  for (const [index, at] of levels.entries()) {
    const guidance = guidanceAt({ index, steps: levels.length });
    const bySource = guidedBySource(guidance, source, sourceGuidanceScale);
    const predicted = (sample: Tensor, guided: Guidance) => predictOriginal(run, process, at, sample, guided);
    const moved = weightedSum([1, edited], [-1, clean]);
    const differences: Tensor[] = [];
    for (let i = 0; i < noiseSamples; i++) {
      const noisySource = weightedSum([at.signal, clean], [at.noise, run.noise.randn(clean.dims)]);
      const there = await predicted(weightedSum([1, noisySource], [carried(at), moved]), guidance);
      differences.push(weightedSum([1, there], [-1, await predicted(noisySource, bySource)]));
    }
    const difference = weightedSum(...differences.map((each) => [1 / noiseSamples, each] as const));
    const part = share(at, levels[index + 1]);
    const next = weightedSum([1, edited], [-part, moved], [part, difference]);
    edited = rowsBegun(begins, process.levels.indexOf(at), next, edited);
    const predOriginalSample = weightedSum([1, clean], [1, difference]);
    const { timestep, time: sigma } = at;
    const state = { step: index + 1, steps: levels.length, timestep, sigma, latents: edited, predOriginalSample, frames };
    const told = await run.stepDone(state);
    if (told.stop) return { latents: predOriginalSample };
    edited = told.latents;
  }
  return { latents: edited };
}
