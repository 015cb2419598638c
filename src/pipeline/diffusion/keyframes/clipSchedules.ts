import { ArgumentError } from '../../core/index.js';
import type { LatentDiffusionNetworks } from '../../networks/index.js';
import { type FrameNumbers, isSchedule, type NumberRange, type NumberSchedule, numbersOf, type ScheduledClip } from './numberSchedule.js';

/** What may differ from frame to frame, and the numbers that it takes; a strength of 0 leaves a frame as it is. */
export const scheduledOptions = {
  strength: [0, 1],
  guidanceScale: [0, 100],
  attentionControl: [-10, 10],
  loraWeights: [-10, 10],
} as const satisfies Readonly<Record<string, NumberRange>>;

/** The name of an option that may differ from frame to frame. */
export type ScheduledOption = keyof typeof scheduledOptions;

/** Those of a run's options that may be schedules. */
export interface ScheduledOptions {
  /** How far each frame may go from the source. */
  readonly strength?: NumberSchedule | undefined;
  /** How far guidance goes. */
  readonly guidanceScale?: NumberSchedule | undefined;
  /** What attention to words is multiplied by. */
  readonly attentionControl?: { readonly words: Readonly<Record<string, NumberSchedule>> } | undefined;
  /** How strongly LoRAs act; functions and points are of timesteps. */
  readonly loraWeights?: Readonly<Record<string, unknown>> | undefined;
}

/** The numbers of a run's schedules, one for each frame of the clip; what is one number for all of them is missing. */
export interface ClipSchedules {
  /** How far each frame may go from the source. */
  readonly strength?: FrameNumbers;
  /** How far guidance goes. */
  readonly guidanceScale?: FrameNumbers;
  /** What the attention to words is multiplied by. */
  readonly attentionControl?: ReadonlyMap<string, FrameNumbers>;
  /** How strongly LoRAs act, by their names. */
  readonly loraWeights?: ReadonlyMap<string, FrameNumbers>;
}

/** The names of the options that a run has schedules for. */
export function namesOf(schedules: ClipSchedules): ScheduledOption[] {
  return (Object.keys(scheduledOptions) as ScheduledOption[]).filter((name) => schedules[name] !== undefined);
}

/** Whether an option is a schedule, or has some. */
export function hasSchedule(options: ScheduledOptions, name: ScheduledOption): boolean {
  const value = options[name];
  if (name === 'strength' || name === 'guidanceScale') return isSchedule(value);
  return Object.values(name === 'attentionControl' ? (options.attentionControl?.words ?? {}) : (options.loraWeights ?? {})).some(
    isSchedule,
  );
}

/**
 * The numbers of all schedules of a run, before anything is computed.
 *
 * @throws what {@link numbersOf} throws.
 */
export async function clipSchedules(options: ScheduledOptions, clip: ScheduledClip): Promise<ClipSchedules> {
  const one = async (name: 'strength' | 'guidanceScale') => {
    const schedule = options[name];
    return isSchedule(schedule) ? { [name]: await numbersOf(name, schedule, clip, scheduledOptions[name]) } : {};
  };
  const several = async (name: 'attentionControl' | 'loraWeights', values: Readonly<Record<string, unknown>> = {}) => {
    const found = new Map<string, FrameNumbers>();
    for (const [key, value] of Object.entries(values))
      if (isSchedule(value)) found.set(key, await numbersOf(`${name} of "${key}"`, value, clip, scheduledOptions[name]));
    return found.size > 0 ? { [name]: found } : {};
  };
  return {
    ...(await one('strength')),
    ...(await one('guidanceScale')),
    ...(await several('attentionControl', options.attentionControl?.words)),
    ...(await several('loraWeights', options.loraWeights)),
  };
}

/**
 * Looks whether a model can be told another number for each frame.
 *
 * @throws {ArgumentError} with video models, whose latent frames stand for several frames each; with networks that take guidance as one number; and where
 * frames go through the network together but LoRAs are to differ between them, or attention with one text or in windows.
 */
export function requireSchedules(
  { name, unet, vae }: Pick<LatentDiffusionNetworks, 'name' | 'unet' | 'vae'>,
  options: ScheduledOptions & {
    readonly crossFrame?: unknown;
    readonly capture?: unknown;
    readonly contextSchedule?: unknown;
    readonly contextInside?: unknown;
  },
): void {
  for (const option of Object.keys(scheduledOptions) as ScheduledOption[]) {
    if (!hasSchedule(options, option)) continue;
    const refused = (why: string) => new ArgumentError(option, 'a schedule', `the same for all frames ${why}`);
    if (vae.temporalScaleFactor > 1) throw refused(`with ${name}, whose latent frames stand for several frames of the clip each`);
    if (option === 'guidanceScale' && unet.takesGuidanceScale) throw refused(`with ${name}, whose network takes guidance as one number`);
    if (option === 'strength' && options.capture)
      throw refused('where steps are captured: what is kept of the source differs from step to step');
    if (option !== 'attentionControl' && option !== 'loraWeights') continue;
    if (unet.hasMotion && option === 'loraWeights')
      throw refused(`with ${name}, through whose network all frames go together: a LoRA changes layers that see several frames at once`);
    if (unet.hasMotion && !unet.textPerFrame)
      throw refused(`with ${name}, through whose network all frames go together with one text for all of them`);
    if (unet.hasMotion && options.contextSchedule !== undefined && options.contextInside === undefined)
      throw refused(
        "with contextSchedule, whose windows hold other frames at every step; contextInside: 'motion-modules' leaves them together",
      );
    if (options.crossFrame !== undefined) throw refused('with crossFrame, by which all frames go through the network together');
    if (options.capture) throw refused('where steps are captured');
  }
}
