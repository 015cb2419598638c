import type { PreviewPayload } from '../../shared/outputs/index.js';

/** The numbers of a run. */
export type RunProgress = Pick<PreviewPayload, 'state' | 'stage' | 'step' | 'steps' | 'sigma' | 'secondsLeft' | 'secondsSpent'>;

/** What is being done, as a title: `Denoising`, `Reading the clip: frame 3 of 8`. */
export function progressTitle({ stage, state }: Pick<RunProgress, 'stage' | 'state'>): string {
  if (stage === undefined || state !== 'running') return 'Denoising';
  return stage.slice(0, 1).toUpperCase() + stage.slice(1);
}

/** `step 7 of 25 · σ 3.21 · 12 s left`, or how it ended. */
export function progressText(at: RunProgress): string {
  const spent = at.secondsSpent === undefined ? '' : ` in ${duration(at.secondsSpent)}`;
  if (at.state === 'done') return `${at.steps} steps${spent}`;
  if (at.state === 'interrupted')
    return `interrupted ${at.stage && at.step === 0 ? `while ${at.stage}` : `after step ${at.step} of ${at.steps}`}${spent}`;
  return [
    at.stage === undefined ? `step ${at.step} of ${at.steps}` : undefined,
    at.stage !== undefined || at.sigma === undefined ? undefined : `σ ${at.sigma.toPrecision(3)}`,
    at.secondsLeft === undefined ? undefined : `${duration(at.secondsLeft)} left`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** `12 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.max(0, Math.round(seconds * 10) / 10)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
