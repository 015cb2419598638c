import { Tensor, weightedSum } from '../../core/index.js';
import { guidedBySource, refusePromptSteering, refuseStepOptions, unguidedBy } from '../../diffusion/index.js';
import type { Conditioning } from '../../networks/index.js';
import { defineMethod } from '../editingMethod.js';
import { type LeditsEdit, leditsEditsOption, parseLeditsEdits } from '../leditsEdits.js';
import { numberOption } from '../methodOption.js';
import { findNoiseMaps, replayed } from '../noiseMaps.js';
import { ownStep } from '../ownStep.js';
import type { SourceGuidanceSettings } from '../sourceGuidance.js';
import { beginIndexFor } from '../strength.js';

/** What LEDITS++ can be told beside its strength. */
export interface LeditsSettings extends SourceGuidanceSettings {
  /**
   * With `ledits`: the edits, made all at once, each with its own weight, direction and threshold; or a text such as `snow:6; -car:4@0.8`,
   * where `-` leads away, `:` says the weight and `@` the threshold. The prompt is the only one by default, and else says nothing.
   */
  edits: readonly LeditsEdit[] | string | undefined;
}

/** diffusers' defaults of an edit. */
const usual = { weight: 5, remove: false, threshold: 0.9, warmupSteps: 0, cooldownSteps: Infinity };

/**
 * LEDITS++: edit-friendly inversion, then the noise again, with every edit's own difference from no prompt at all, where it is largest.
 *
 * Brack et al. 2023, with the mask of the noise estimate (M²) alone, for which no attention need be seen; agrees with diffusers'
 * `LEditsPPPipelineStableDiffusion` with `use_cross_attn_mask` and `use_intersect_mask` off, by DDIM. Its `skip` s is the strength 1 ⁄ (1 + s).
 */
export const ledits = defineMethod<LeditsSettings>({
  name: 'ledits',
  title: 'LEDITS++',
  about: 'makes several edits at once, each only where it changes most',
  suits: 'Things and looks that come or go, several together, each with its own weight and direction.',
  paper: 'Brack et al. 2023, "LEDITS++: Limitless Image Editing using Text-to-Image Models"',
  cost: '1 a step and 1 for each edit; before, 2 a step for the inversion (1 without the source’s caption)',
  strength: 0.85,
  replaysNoise: true,
  ownLoop: true,
  options: {
    edits: leditsEditsOption(
      'the edits, as "snow:6; -car:4@0.8": - leads away, : says the weight, @ the share that stays; by default the prompt',
    ),
    sourceGuidanceScale: numberOption("guidance of the source's predictions; 1 or less for none", 0, 100, 3.5),
  },
  async prepare(run, { strength, sourcePrompt, sourceGuidanceScale, edits: said }) {
    refusePromptSteering(run.options, 'ledits');
    refuseStepOptions(run.options, 'ledits');
    const edits = (typeof said === 'string' ? parseLeditsEdits(said)! : (said ?? [{ prompt: run.prompt }])).map((edit) => ({
      ...usual,
      ...edit,
    }));
    const source = await run.condition(sourcePrompt ?? '');
    const nothing = await run.condition(run.options.negativePrompt ?? '');
    const concepts: Conditioning[] = [];
    for (const { prompt } of edits) concepts.push(await run.condition(prompt));
    const begin = beginIndexFor(strength, run.numInferenceSteps);
    const steps = run.newScheduler().timesteps.length - begin;
    const inversionStep = (sourcePrompt && sourceGuidanceScale > 1 ? 2 : 1) / (1 + edits.length);
    return {
      steps,
      stepCost: (1 + edits.length) / 2,
      preparation: inversionStep * steps,
      async edit({ source: clean, frames }) {
        const { unet } = run;
        const guidanceAt = await run.guide(frames);
        const told = guidanceAt({ index: 0, steps });
        const bySource = sourcePrompt ? guidedBySource(told, source, sourceGuidanceScale) : unguidedBy(told, source);
        const found = await findNoiseMaps(run, clean, begin, bySource, () => run.progress.prepared('invert', inversionStep));
        const scheduler = run.newScheduler();
        scheduler.setBeginIndex(begin);
        let latents = found.start;
        for (const [index, map] of found.maps.entries()) {
          const guidance = guidanceAt({ index, steps });
          const predict = async (input: Tensor, timestep: number) => {
            const told = (by: Conditioning) =>
              run.stopwatch.measure('unet', () => unet.predict(input, timestep, unguidedBy(guidance, by).terms[0].conditioning));
            const plain = await told(nothing);
            let guided = plain;
            for (const [i, edit] of edits.entries()) {
              if (index < edit.warmupSteps || index >= edit.cooldownSteps) continue;
              const towards = edit.remove ? -edit.weight : edit.weight;
              const concept = await told(concepts[i]!);
              guided = weightedSum([1, guided], [1, largest(weightedSum([towards, concept], [-towards, plain]), edit.threshold)]);
            }
            return guided;
          };
          const at = { scheduler, entry: begin + index, step: index + 1, steps, latents, frames };
          const next = await ownStep(run, { ...at, noise: replayed(map), eta: 1, predict });
          if (next.stop) return { latents: next.latents };
          latents = next.latents;
        }
        return { latents };
      },
    };
  },
});

/** A difference where it is largest, all channels together, and nought elsewhere. @param threshold share of every frame's places that become nought. */
function largest(difference: Tensor, threshold: number): Tensor {
  const [frames, channels, height, width] = difference.dims as [number, number, number, number];
  const area = height * width;
  const out = Tensor.zeros(difference.dims);
  for (let frame = 0; frame < frames; frame++) {
    const from = frame * channels * area;
    const sizes = new Float32Array(area);
    for (let i = 0; i < channels * area; i++) sizes[i % area]! += Math.abs(difference.data[from + i]!);
    const least = quantile(sizes, threshold);
    for (let i = 0; i < channels * area; i++) if (sizes[i % area]! >= least) out.data[from + i] = difference.data[from + i]!;
  }
  return out;
}

/** The value below which a share of the values lies, between two of them by their distance. */
function quantile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  const rank = share * (sorted.length - 1);
  const low = Math.floor(rank);
  return Math.fround(sorted[low]! + (rank - low) * (sorted[Math.min(low + 1, sorted.length - 1)]! - sorted[low]!));
}
