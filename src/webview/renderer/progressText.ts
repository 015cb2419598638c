import type { PreviewPayload } from '../../shared/display.js';

/** The numbers of a run. */
export type RunProgress = Pick<PreviewPayload, 'state' | 'step' | 'steps' | 'sigma' | 'secondsLeft' | 'secondsSpent'>;

/** `step 7 of 25 · σ 3.21 · 12 s left`, or how it ended. */
export function progressText(at: RunProgress): string {
  const spent = at.secondsSpent === undefined ? '' : ` in ${duration(at.secondsSpent)}`;
  if (at.state === 'done') return `${at.steps} steps${spent}`;
  if (at.state === 'interrupted') return `interrupted after step ${at.step} of ${at.steps}${spent}`;
  return [
    `step ${at.step} of ${at.steps}`,
    at.sigma === undefined ? undefined : `σ ${at.sigma.toPrecision(3)}`,
    at.secondsLeft === undefined ? undefined : `${duration(at.secondsLeft)} left`,
  ].filter(Boolean).join(' · ');
}

/** `12 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.max(0, Math.round(seconds * 10) / 10)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
