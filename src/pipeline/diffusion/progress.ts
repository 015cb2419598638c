import { ambientCallKeeper } from '../core/index.js';
import type { Progress } from './options.js';
import { type Pieces, stageText } from './stageText.js';

/** What an editing method does before it denoises. */
export type Preparation = 'mask' | 'invert';

/** What is ahead of a run. Work other than denoising is counted in steps that take as long. */
export interface WorkAhead {
  /** Denoising steps of one window. */
  readonly steps: number;
  /** How many windows there are, where that is known. */
  readonly windows: number | undefined;
  /** What comes between encoding and the first step of a window; none by default. */
  readonly preparation?: number;
  /** UNet calls of a step, all of which count in `steps`; reports count whole steps. 1 by default. */
  readonly order?: number;
  /** Predictions of a step: 2 with guidance; 1 by default. */
  readonly predictions?: number;
  /** Encoding the frames of a window; none by default. */
  readonly encoding?: number;
  /** Decoding the latents of a window; none by default. */
  readonly decoding?: number;
  /** Steps of each window that were done before, by a run that goes on; none by default. */
  readonly doneSteps?: number;
}

/** Work whose speed is measured apart: autoencoder and UNet have layers of other kinds. */
type Work = 'encode' | 'denoise' | 'decode';

const nothingAhead = { steps: 0, windows: undefined, preparation: 0, order: 1, predictions: 1, encoding: 0, decoding: 0, doneSteps: 0 };

/** Turns the events of a run into {@link Progress} reports with shares and time left. */
export class ProgressTracker {
  private ahead: Required<WorkAhead> = nothingAhead;
  private window = 0;
  /** The window's work that is done, in steps. */
  private done = 0;
  private stage: 'denoise' | Preparation = 'denoise';
  private step = 0;
  /** Predictions of the step at work that are complete. */
  private predictions = 0;
  private last = { at: 0, time: performance.now() };
  /** Calls of networks that were kept from before. */
  private taken = 0;
  private readonly spent: Record<Work, { units: number; seconds: number }> = {
    encode: { units: 0, seconds: 0 },
    denoise: { units: 0, seconds: 0 },
    decode: { units: 0, seconds: 0 },
  };

  /** @param report gets the reports. */
  constructor(private readonly report: ((progress: Progress) => void) | undefined) {}

  /** What is ahead, to be told before the first window. */
  expect(ahead: WorkAhead): void {
    this.ahead = { ...nothingAhead, ...ahead };
    this.last = { at: 0, time: performance.now() };
  }

  /** Frames of the clip have been read, for the window at work or those to come. */
  reading(frames: Pieces): void {
    this.tell({ stage: 'frames', step: 0 }, this.last.at, frames);
  }

  /** A new window begins: its frames are being encoded, or, where there are none, its noise is drawn. */
  beginWindow(stage: 'encode' | 'denoise' = 'encode'): void {
    this.window++;
    this.step = this.ahead.doneSteps;
    this.stage = 'denoise';
    this.settle(stage === 'encode' ? 0 : this.ahead.encoding + this.step);
    // What lies before was not done now.
    this.last = { at: this.done, time: performance.now() };
    this.tell({ stage, step: this.step }, this.done);
  }

  /** Frames of the window have been encoded. */
  encoded(frames: Pieces): void {
    // Something that is encoded again, later on, is no way back.
    this.settle(Math.max(this.done, this.ahead.encoding * shareOf(frames)));
    this.tell({ stage: 'encode', step: 0 }, this.done, frames);
  }

  /** A part of what comes before the first step begins. */
  preparing(stage: Preparation): void {
    this.stage = stage;
    this.tell({ stage, step: 0 }, this.done);
  }

  /** A part of the preparation is done that takes as long as `steps` steps. */
  prepared(stage: Preparation, steps: number): void {
    this.stage = stage;
    this.settle(this.done + steps);
    this.tell({ stage, step: 0 }, this.done);
  }

  /** The first step begins. */
  denoising(): void {
    this.stage = 'denoise';
    this.tell({ stage: 'denoise', step: this.step }, this.done);
  }

  /** The network has seen some frames of a prediction. */
  predicted(frames: Pieces): void {
    const { predictions } = this.ahead;
    const share = Math.min(1, (this.predictions + shareOf(frames)) / predictions);
    const prediction = Math.min(predictions, this.predictions + 1);
    if (frames.done === frames.of) this.predictions++;
    const pieces = { ...frames, prediction, predictions };
    if (share < 1) this.tell({ stage: this.stage, step: this.step }, this.done + share, this.stage === 'denoise' ? pieces : undefined);
  }

  /** A step of the window at work is done. */
  stepDone(step: number, timestep: number, sigma: number | undefined): void {
    this.stage = 'denoise';
    this.step = step;
    this.settle(this.ahead.encoding + this.ahead.preparation + step);
    this.tell({ stage: 'denoise', step, timestep, sigma }, this.done);
  }

  /** The window's latents are being decoded. */
  decoding(frames?: Pieces): void {
    const { encoding, preparation, steps, decoding } = this.ahead;
    this.settle(encoding + preparation + steps + decoding * (frames ? shareOf(frames) : 0));
    this.tell({ stage: 'decode', step: steps }, this.done, frames);
  }

  private settle(done: number): void {
    this.done = done;
    this.predictions = 0;
  }

  /** @param at the window's work that is done, in steps, with what is begun. */
  private tell(event: Pick<Progress, 'stage' | 'step' | 'timestep' | 'sigma'>, at: number, pieces?: Pieces): void {
    this.measure(at);
    if (!this.report) return;
    const { window, ahead } = this;
    const { windows, steps, order, doneSteps } = ahead;
    const whole = ahead.encoding + ahead.preparation + steps + ahead.decoding - doneSteps;
    const fraction =
      windows === undefined ? undefined : Math.min(1, Math.max(0, (window - 1 + (at - Math.min(at, doneSteps)) / whole) / windows));
    const shown = { ...event, step: Math.ceil(event.step / order), steps: Math.ceil(steps / order) };
    const begun = { ...shown, step: Math.floor(event.step / order) };
    const text = stageText(pieces ? begun : shown, pieces);
    this.report({ ...shown, text, window, windows, fraction, secondsLeft: this.secondsLeft(at) });
  }

  /** Takes the time since the last report, for the work that was done in it. */
  private measure(at: number): void {
    const time = performance.now();
    const units = at - this.last.at;
    const { encoding, preparation, steps } = this.ahead;
    const taken = ambientCallKeeper()?.taken ?? 0;
    // Where nothing was done, as at the beginning of a window, what happened meanwhile (frames were read) counts for none; nor does what was done before and kept.
    if (units > 0 && taken === this.taken) {
      const work = at <= encoding ? 'encode' : at <= encoding + preparation + steps ? 'denoise' : 'decode';
      this.spent[work].units += units;
      this.spent[work].seconds += (time - this.last.time) / 1000;
    }
    this.taken = taken;
    this.last = { at, time };
  }

  /** What is left, each kind of work at its own speed so far, or, before there is one, at that of all. */
  private secondsLeft(at: number): number | undefined {
    const { spent, window } = this;
    const { windows, encoding, preparation, steps, decoding, doneSteps } = this.ahead;
    const all = Object.values(spent).reduce((sum, { units, seconds }) => ({ units: sum.units + units, seconds: sum.seconds + seconds }));
    if (windows === undefined || all.units === 0) return undefined;
    const further = Math.max(0, windows - Math.max(1, window));
    const left = (begin: number, length: number) => Math.min(length, Math.max(0, begin + length - at));
    const denoising = preparation + steps;
    const units: Readonly<Record<Work, number>> = {
      encode: left(0, encoding) + further * encoding,
      denoise: left(encoding + doneSteps, denoising - doneSteps) + further * (denoising - doneSteps),
      decode: left(encoding + denoising, decoding) + further * decoding,
    };
    return (Object.keys(units) as Work[]).reduce((sum, work) => {
      const { units: known, seconds } = spent[work].units > 0 ? spent[work] : all;
      return sum + (units[work] * seconds) / known;
    }, 0);
  }
}

function shareOf({ done, of = done }: Pieces): number {
  return of === 0 ? 1 : done / of;
}
