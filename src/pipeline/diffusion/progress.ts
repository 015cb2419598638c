import type { Progress } from './options.js';
import { type Pieces, stageText } from './stageText.js';

/** What an editing method does before it denoises. */
export type Preparation = 'mask' | 'invert';

/** Turns the events of a run into {@link Progress} reports with shares and time left. */
export class ProgressTracker {
  private started = performance.now();
  private window = 0;
  private done = 0;
  private steps = 0;
  private windows: number | undefined;
  private preparation = 0;
  private order = 1;

  /** @param report gets the reports. */
  constructor(private readonly report: ((progress: Progress) => void) | undefined) {}

  /**
   * What is ahead, to be told before the first window.
   *
   * @param steps denoising steps of one window.
   * @param windows how many windows there are, where that is known.
   * @param preparation what comes before the first step of a window, in steps that take as long.
   * @param order UNet calls of a step, all of which count in `steps`; reports count whole steps.
   */
  expect(steps: number, windows: number | undefined, preparation = 0, order = 1): void {
    Object.assign(this, { steps, windows, preparation, order, started: performance.now() });
  }

  /** Frames of the clip have been read, for the window at work or those to come. */
  reading(frames: Pieces): void {
    this.tell({ stage: 'frames', step: 0 }, this.done, frames);
  }

  /** A new window begins: its frames are being encoded, or, where there are none, its noise is drawn. */
  beginWindow(stage: 'encode' | 'denoise' = 'encode'): void {
    this.window++;
    this.tell({ stage, step: 0 }, 0);
  }

  /** A part of the preparation is done that takes as long as `steps` steps. */
  prepared(stage: Preparation, steps: number): void {
    this.tell({ stage, step: 0 }, this.done + steps);
  }

  /** A step of the window at work is done. */
  stepDone(step: number, timestep: number, sigma: number | undefined): void {
    this.tell({ stage: 'denoise', step, timestep, sigma }, this.preparation + step);
  }

  /** The window's latents are being decoded. */
  decoding(): void {
    this.tell({ stage: 'decode', step: this.steps }, this.preparation + this.steps);
  }

  /** @param done steps' worth of the window's work. */
  private tell(event: Pick<Progress, 'stage' | 'step' | 'timestep' | 'sigma'>, done: number, pieces?: Pieces): void {
    this.done = done;
    if (!this.report) return;
    const { steps, window, windows } = this;
    const fraction = windows === undefined ? undefined : Math.max(0, (window - 1 + done / (this.preparation + steps)) / windows);
    const elapsed = (performance.now() - this.started) / 1000;
    const secondsLeft = fraction ? (elapsed / fraction) * (1 - fraction) : undefined;
    const shown = { ...event, step: Math.ceil(event.step / this.order), steps: Math.ceil(steps / this.order) };
    this.report({ ...shown, text: stageText(shown, pieces), window, windows, fraction, secondsLeft });
  }
}
