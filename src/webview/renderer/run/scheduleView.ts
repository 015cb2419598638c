import { element } from '../../dom.js';
import type { SchedulePayload } from '../../../shared/outputs/index.js';
import { LinePlot } from './linePlot.js';
import type { PlotContent } from './linePlot.js';
import { shortNumber } from '../../../shared/figures/ticks.js';
import type { RunScene, RunView } from './runView.js';

/** The path of noise: timesteps, σ and log-SNR over the whole schedule, and which part of it the run took. */
export class ScheduleView implements RunView {
  readonly root: HTMLElement;
  readonly follows = { step: true, frame: false };
  private readonly plots: readonly (readonly [LinePlot, PlotContent])[];
  /** Which entry of the schedule each captured step is. */
  private readonly entries: readonly number[];

  constructor(private readonly scene: RunScene) {
    const { payload, playhead } = scene;
    const schedule = payload.schedule as SchedulePayload;
    this.entries = payload.steps.map(({ timestep }) => entryOf(schedule, timestep));
    const { beginIndex, strength } = schedule;
    const text = strength === undefined ? 'the run starts here' : `strength ${shortNumber(strength)} starts here`;
    const common = {
      xLabel: 'entry of the schedule',
      places: schedule.timesteps.map((timestep, index) => `entry ${index + 1}, t ${shortNumber(timestep)}`),
      numbers: schedule.timesteps.map((_, index) => index + 1),
    };
    const plot = (title: string, values: readonly (number | null)[], rest: Partial<PlotContent> = {}): [LinePlot, PlotContent] => {
      const made = new LinePlot(true);
      made.onPick = (entry) => playhead.moveTo({ step: this.nearestStep(entry) });
      return [
        made,
        { ...common, title, lines: [{ name: title, values, style: 0, strong: true }], start: { index: beginIndex, text }, ...rest },
      ];
    };
    this.plots = [
      plot('Timestep', schedule.timesteps, { fromZero: true }),
      plot('Noise level σ', schedule.sigmas, { log: true }),
      plot('log-SNR', schedule.logSnr),
    ];
    const count = schedule.timesteps.length;
    const taken = count - beginIndex;
    const guidance = payload.steps.some((step) => step.guidance !== undefined);
    if (guidance) {
      const made = new LinePlot(true);
      made.onPick = (step) => playhead.moveTo({ step });
      this.ofSteps = [
        made,
        {
          title: 'Guidance: RMS of (conditional − unconditional)',
          xLabel: 'step',
          places: payload.steps.map(({ step }) => `step ${step}`),
          numbers: payload.steps.map(({ step }) => step),
          lines: [{ name: 'guidance', values: payload.steps.map((step) => step.guidance ?? null), style: 0, strong: true }],
          fromZero: true,
        },
      ];
    }
    this.root = element('div', {
      class: 'run-schedule',
      children: [
        element('p', {
          class: 'run-note',
          text: `${schedule.scheduler}, ${count} ${count === 1 ? 'timestep' : 'timesteps'}. ${beginIndex > 0 ? `This run took the last ${taken}${strength === undefined ? '' : ` (strength ${shortNumber(strength)})`}: it began at t ${shortNumber(schedule.timesteps[beginIndex])}, σ ${shortNumber(schedule.sigmas[beginIndex])}.` : 'This run took all of them, from pure noise.'}`,
        }),
        element('div', { class: 'run-plots', children: [...this.plots.map(([{ root }]) => root), this.ofSteps?.[0].root] }),
      ],
    });
  }

  private readonly ofSteps: readonly [LinePlot, PlotContent] | undefined;

  draw(): void {
    const { step } = this.scene.playhead;
    for (const [plot, content] of this.plots) plot.show(content, this.entries[step]);
    this.ofSteps?.[0].show(this.ofSteps[1], step);
  }

  dispose(): void {
    for (const [plot] of this.plots) plot.dispose();
    this.ofSteps?.[0].dispose();
  }

  private nearestStep(entry: number): number {
    const distances = this.entries.map((each) => Math.abs(each - entry));
    return distances.indexOf(Math.min(...distances));
  }
}

/** The entry whose timestep is nearest, among those that the run took. */
function entryOf({ timesteps, beginIndex }: SchedulePayload, timestep: number): number {
  let best = beginIndex;
  for (let index = beginIndex; index < timesteps.length; index++) {
    if (Math.abs((timesteps[index] ?? 0) - timestep) < Math.abs((timesteps[best] ?? 0) - timestep)) best = index;
  }
  return best;
}
