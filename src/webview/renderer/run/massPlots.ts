import { element } from '../../dom.js';
import type { WordAttentionPayload } from '../../../shared/outputs/index.js';
import { LinePlot } from './linePlot.js';
import type { PlotContent } from './linePlot.js';
import { frameName } from './runFacts.js';
import type { RunScene } from './runView.js';

/** How much of all attention each word drew: over the steps, and over the frames. */
export class MassPlots {
  readonly root: HTMLElement;
  private readonly overSteps = new LinePlot(true);
  private readonly overFrames = new LinePlot(true);

  /** The largest share of any word at any step on any frame, percent. */
  private readonly most: number;

  constructor(
    private readonly scene: RunScene,
    private readonly words: readonly WordAttentionPayload[],
  ) {
    this.most = words.flatMap(({ mass }) => mass.flat()).reduce<number>((most, share) => Math.max(most, (share ?? 0) * 100), 0);
    this.overSteps.onPick = (step) => scene.playhead.moveTo({ step });
    this.overFrames.onPick = (frame) => scene.playhead.moveTo({ frame });
    this.root = element('div', { class: 'run-plots', children: [this.overSteps.root, this.overFrames.root] });
  }

  /** @param atStep the curve over frames is of the current step; otherwise the mean over all steps. */
  show(chosen: number, atStep: boolean): void {
    const { payload, playhead } = this.scene;
    const { steps } = payload;
    const frames = this.words[0]?.mass[0]?.length ?? 0;
    const lines = (values: (word: WordAttentionPayload) => (number | null)[]): PlotContent['lines'] =>
      this.words.map((word, style) => ({ name: word.text, values: values(word), style, strong: style === chosen }));
    this.overSteps.show(
      {
        title: 'Attention by step, %',
        xLabel: 'step',
        fromZero: true,
        places: steps.map(({ step }) => `step ${step}`),
        numbers: steps.map(({ step }) => step),
        lines: lines(({ mass }) => mass.map((row) => percent(mean(row)))),
      },
      playhead.step,
    );
    // Long clips show some of their frames, but the mass is of all.
    const numbers = Array.from({ length: frames }, (_, frame) => (frames === playhead.frames ? frameName(payload, frame) : frame + 1));
    this.overFrames.show(
      {
        title: atStep ? `Attention by frame at step ${steps[playhead.step]?.step ?? ''}, %` : 'Attention by frame, %',
        xLabel: 'frame',
        fromZero: true,
        reach: this.most,
        places: numbers.map((frame) => `frame ${frame}`),
        numbers,
        lines: lines(({ mass }) =>
          Array.from({ length: frames }, (_, frame) =>
            percent(atStep ? (mass[playhead.step]?.[frame] ?? null) : mean(mass.map((row) => row[frame] ?? 0))),
          ),
        ),
      },
      frames === playhead.frames ? playhead.frame : numbers.indexOf(frameName(payload, playhead.frame)),
    );
  }

  dispose(): void {
    this.overSteps.dispose();
    this.overFrames.dispose();
  }
}

/** A share that is not there counts as none. */
function mean(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / Math.max(1, values.length);
}

function percent(share: number | null): number | null {
  return share === null ? null : share * 100;
}
