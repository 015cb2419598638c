import type { Progress } from './options.js';

/** Turns the events of a run into {@link Progress} reports with shares and time left. */
export class ProgressTracker {
  private readonly started = performance.now();
  private window = 0;

  /**
   * @param steps denoising steps of one window.
   * @param windows how many windows there are, where that is known.
   */
  constructor(
    private readonly report: ((progress: Progress) => void) | undefined,
    private readonly steps: number,
    private readonly windows: number | undefined,
  ) {}

  /** A new window begins: its frames are being encoded (or its noise drawn). */
  beginWindow(): void {
    this.window++;
    this.tell({ stage: 'encode', step: 0 });
  }

  /** A step of the window at work is done. */
  stepDone(step: number, timestep: number, sigma: number | undefined): void {
    this.tell({ stage: 'denoise', step, timestep, sigma });
  }

  /** The window's latents are being decoded. */
  decoding(): void {
    this.tell({ stage: 'decode', step: this.steps });
  }

  private tell(event: Pick<Progress, 'stage' | 'step' | 'timestep' | 'sigma'>): void {
    if (!this.report) return;
    const { steps, window, windows } = this;
    const fraction = windows === undefined ? undefined : (window - 1 + event.step / steps) / windows;
    const elapsed = (performance.now() - this.started) / 1000;
    const secondsLeft = fraction ? (elapsed / fraction) * (1 - fraction) : undefined;
    this.report({ ...event, steps, window, windows, fraction, secondsLeft });
  }
}
