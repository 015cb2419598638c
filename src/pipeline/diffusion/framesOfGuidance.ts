import type { LatentDiffusionNetworks } from '../networks/index.js';
import { conditionTerms, type Guidance, guidanceOfFrames } from './guidance.js';
import type { ClipSchedules } from './keyframes/index.js';
import type { FrameSpan } from './options.js';

/** A run whose guidance may differ from frame to frame. */
interface ScheduledRun {
  readonly model: Pick<LatentDiffusionNetworks, 'loras'>;
  readonly guidance: Guidance;
  readonly schedules: ClipSchedules;
}

/** What some frames of the clip are guided by: their own weights, and LoRAs that act on each as strongly as its numbers say. */
export function framesOfGuidance({ model, guidance, schedules }: ScheduledRun, frames: FrameSpan): Guidance {
  const own = guidanceOfFrames(guidance, frames);
  const { loraWeights, attentionControl } = schedules;
  if (!loraWeights) return attentionControl ? conditionTerms(own, (told) => ({ ...told, frameByFrame: true })) : own;
  const numbers = model.loras.all.map(({ name }) => loraWeights.get(name));
  return conditionTerms(own, (told) => ({
    ...told,
    frameByFrame: true,
    loraWeights: (timestep, frame) =>
      (told.loraWeights?.(timestep, frame) ?? []).map((weight, lora) => numbers[lora]?.[frames.start + frame] ?? weight),
  }));
}
