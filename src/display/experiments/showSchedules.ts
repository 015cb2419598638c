import { checkOptions, type OptionChecks, text, wholeNumber } from '../../pipeline/core/index.js';
import { schedulePaths, type ScheduleOptions } from '../../pipeline/experiments/index.js';
import type { SchedulerChoice } from '../../pipeline/schedulers/index.js';
import { storedForms } from '../run/storedForms.js';
import { displaySink } from '../sink.js';
import { drawSchedules, schedulesInWords } from './schedulesFigure.js';

/** How schedules are laid out and shown. */
export interface ShowSchedulesOptions extends ScheduleOptions {
  /** What to call the figure. */
  title?: string;
}

const checks: OptionChecks<ShowSchedulesOptions> = {
  title: text,
  steps: wholeNumber(1, 1000),
  model: (value) => (typeof (value as ScheduleOptions['model'])?.schedulerConfig === 'object' ? undefined : 'a model'),
};

/** What a figure may take of a notebook, in characters. */
const ROOM = 120_000;

/**
 * Shows the paths of noise of several schedulers over one another: timesteps, σ, log-SNR and the sizes of the steps.
 *
 * @param schedulers each as `scheduler` takes it: `['ddim', 'DPM++ 2M Karras', { name: 'euler', schedule: 'exponential' }]`.
 * @throws what {@link schedulePaths} throws.
 */
export async function showSchedules(schedulers: readonly SchedulerChoice[], options: ShowSchedulesOptions = {}): Promise<void> {
  checkOptions('showSchedules', options, checks);
  const { title = 'Schedules', ...laidOut } = options;
  const paths = schedulePaths(schedulers, laidOut);
  const sink = displaySink();
  const words = schedulesInWords(paths);
  const pictures = sink.sideFolder
    ? await storedForms((scale) => drawSchedules(paths, title, scale), { payload: {}, text: `${title}. ${words}`, room: ROOM })
    : {};
  sink.display({ ...pictures, 'text/plain': words });
}
