import type { ComparisonPayload } from '../../../shared/outputs/index.js';
import { element } from '../../dom.js';
import { icon } from '../../icons.js';
import type { HostWire } from '../hostWire.js';
import { duration } from '../progressText.js';

/** How far a comparison is, as messages say between two cells. */
export type ComparisonProgress = Pick<ComparisonPayload, 'stage' | 'fraction' | 'secondsLeft'>;

/** What is compared, how many cells are done and how long the rest takes, with a way to stop. */
export class ComparisonHead {
  readonly root: HTMLElement;
  private readonly title = element('span', { class: 'run-title' });
  private readonly prompt = element('q', { class: 'run-prompt' });
  private readonly numbers = element('span', { class: 'run-numbers' });
  private readonly stage = element('span', { class: 'cmp-stage', attributes: { role: 'status' } });
  private readonly bar = element('progress', { attributes: { 'aria-label': 'Cells done' } });
  private readonly stop: HTMLButtonElement;
  private readonly work: HTMLElement;
  private runId = '';

  constructor(private readonly wire: HostWire) {
    this.stop = element('button', {
      class: 'text-button',
      attributes: { type: 'button' },
      children: [icon('stop'), element('span', { text: 'Interrupt' })],
    });
    this.stop.addEventListener('click', () => {
      this.wire.send({ type: 'interruptRun', runId: this.runId });
      this.stop.disabled = true;
      this.stop.lastElementChild?.replaceChildren('Stopping after this step…');
    });
    this.work = element('div', {
      class: 'cmp-work',
      children: [element('div', { class: 'run-head', children: [this.stage, element('span', { class: 'spring' }), this.stop] }), this.bar],
    });
    this.root = element('header', {
      children: [element('div', { class: 'run-head', children: [this.title, this.prompt, this.numbers] }), this.work],
    });
  }

  show({ runId, title, prompt, model, cells, size, state, axes, ...progress }: ComparisonPayload): void {
    this.runId = runId;
    this.title.textContent = title ?? '';
    this.title.hidden = title === undefined;
    this.prompt.textContent = prompt;
    const fixed = axes.flatMap(({ name, labels }) => (labels.length === 1 ? [`${name} ${labels[0]}`] : []));
    const count = cells.length < size ? `${cells.length} of ${size} cells` : `${size} cells`;
    const resumable = state === 'waiting' && cells.length < size ? 'run the cell again to go on' : '';
    this.numbers.textContent = [model, ...fixed, count, resumable].filter(Boolean).join(' · ');
    this.work.hidden = state !== 'running';
    this.stop.hidden = !this.wire.connected;
    if (state !== 'running') {
      this.stop.disabled = false;
      this.stop.lastElementChild?.replaceChildren('Interrupt');
    }
    this.progress({ fraction: size > 0 ? cells.length / size : undefined, ...defined(progress) });
  }

  progress({ stage, fraction, secondsLeft }: ComparisonProgress): void {
    const said = stage ? stage.slice(0, 1).toUpperCase() + stage.slice(1) : 'Beginning';
    this.stage.textContent = [said, secondsLeft === undefined ? '' : `${duration(secondsLeft)} left`].filter(Boolean).join(' · ');
    this.bar.value = fraction ?? 0;
  }
}

function defined({ stage, fraction, secondsLeft }: ComparisonProgress): ComparisonProgress {
  return { stage, secondsLeft, ...(fraction === undefined ? {} : { fraction }) };
}
