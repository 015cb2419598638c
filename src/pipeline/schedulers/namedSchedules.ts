/** Settings, or knobs of the run, that a named schedule of σ stands for; every other schedule is off with it. */
type ScheduleKnobs = Readonly<Record<string, unknown>>;

/** The schedules of σ by the names that A1111, ComfyUI and diffusers have for them. */
export const namedSchedules = {
  karras: { useKarrasSigmas: true },
  exponential: { useExponentialSigmas: true },
  polyexponential: { useExponentialSigmas: true },
  beta: { useBetaSigmas: true },
  lu: { useLuLambdas: true },
  kl_optimal: { sigmaSchedule: 'kl_optimal' },
  align_your_steps: { sigmaSchedule: 'align_your_steps' },
  align_your_steps_sdxl: { sigmaSchedule: 'align_your_steps_sdxl' },
  align_your_steps_svd: { sigmaSchedule: 'align_your_steps_svd' },
  ays: { sigmaSchedule: 'align_your_steps' },
  ays_sdxl: { sigmaSchedule: 'align_your_steps_sdxl' },
  ays_svd: { sigmaSchedule: 'align_your_steps_svd' },
  automatic: {},
  normal: { timestepSpacing: 'linspace' },
  uniform: { timestepSpacing: 'linspace' },
  sgm_uniform: { timestepSpacing: 'trailing' },
  simple: { timestepSpacing: 'trailing' },
  ddim_uniform: { timestepSpacing: 'leading' },
} as const satisfies Record<string, ScheduleKnobs>;

/** The name of a schedule of σ: `karras`, `sgm_uniform`. */
export type SigmaScheduleName = keyof typeof namedSchedules;

/** Every name of a schedule of σ. */
export const scheduleNames = Object.keys(namedSchedules) as readonly SigmaScheduleName[];

/** Settings that only one schedule of σ has on. */
const flags = ['useKarrasSigmas', 'useExponentialSigmas', 'useBetaSigmas', 'useLuLambdas'] as const;

/**
 * The settings, and knobs of the run, of a named schedule for a class.
 *
 * @param has whether the class has a setting or a knob.
 * @returns undefined where the class cannot follow it.
 */
export function scheduleSettings(
  schedule: SigmaScheduleName,
  has: (knob: string) => boolean,
): Readonly<Record<string, unknown>> | undefined {
  const knobs: ScheduleKnobs = namedSchedules[schedule];
  if (!Object.keys(knobs).every(has)) return undefined;
  return { ...Object.fromEntries(flags.filter(has).map((flag) => [flag, false])), ...knobs };
}
