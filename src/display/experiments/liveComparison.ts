import type { AmbientExperiment, AmbientProgress } from '../../pipeline/core/index.js';
import type { Comparison } from '../../pipeline/experiments/index.js';
import { COMPARISON_MIME } from '../../shared/outputs/index.js';
import type { PreviewPixels, DisplaySink } from '../sink.js';
import { type ComparisonMoment, comparisonPayload } from './comparisonPayload.js';
import { inWords, shownNumbers } from './grids.js';
import { bundleOfComparison, comparisonId } from './showComparison.js';

/**
 * A comparison at work in one output: its cells as they come, the one at work live, with the time that is left. The picture for those
 * without our renderer is added when it ends.
 */
export class LiveComparison {
  /** The id of its output. */
  readonly id: string;
  private moment: ComparisonMoment = { state: 'running' };
  private shown = false;

  constructor(
    readonly comparison: Comparison,
    private readonly sink: DisplaySink,
  ) {
    this.id = comparisonId(comparison);
  }

  /** Whether it is at work. */
  get running(): boolean {
    return this.moment.state === 'running';
  }

  /** Where the cell at work stands. */
  get place(): readonly number[] | undefined {
    return this.moment.running;
  }

  /** Takes that a cell begins, that one is done, or how the comparison ended. @throws what reading a cell's clip throws. */
  async follow({ state, place }: AmbientExperiment): Promise<void> {
    if (state === 'running') {
      this.moment = { ...this.moment, state, running: place };
      return this.store();
    }
    this.moment = { state: state === 'done' ? 'done' : 'waiting' };
    // An interrupt leaves little time: what is known comes first, the picture then.
    await this.store();
    if (this.shown) this.sink.update(this.id, await bundleOfComparison(this.comparison, {}, this.sink));
  }

  /** Takes how far it is; that alone is not stored. */
  progress({ text, fraction, secondsLeft }: AmbientProgress): void {
    if (this.running) this.moment = { ...this.moment, stage: text, fraction, secondsLeft };
  }

  /** Shows the frames of the cell at work; they are stored nowhere. */
  preview(pixels: Omit<PreviewPixels, 'displayId' | 'place' | 'stage' | 'fraction' | 'secondsLeft'>): void {
    const { running, stage, fraction, secondsLeft } = this.moment;
    if (!running) return;
    this.sink.preview?.({ ...pixels, displayId: this.id, place: running, stage, fraction, secondsLeft });
  }

  private async store(): Promise<void> {
    const { sideFolder } = this.sink;
    if (!sideFolder || (!this.shown && !this.running)) return;
    const { comparison } = this;
    const bundle = {
      [COMPARISON_MIME]: await comparisonPayload(comparison, { runId: this.id }, this.moment, sideFolder),
      'text/plain': inWords(comparison, shownNumbers(comparison, undefined)),
    };
    if (this.shown) this.sink.update(this.id, bundle);
    else this.sink.display(bundle, this.id);
    this.shown = true;
  }
}
