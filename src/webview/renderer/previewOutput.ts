import type { PreviewPayload } from '../../shared/outputs/index.js';
import { element } from '../dom.js';
import { icon } from '../icons.js';
import { FrameGrid } from './frameGrid.js';
import type { HostWire } from './hostWire.js';
import type { OutputView } from './outputView.js';
import { progressText, progressTitle } from './progressText.js';
import type { RunProgress } from './progressText.js';

/**
 * A run under way: its source while that is read and prepared, then its frames as they come out of the noise, how far it is,
 * and a way to stop it. A run that others followed is a line, with its frames behind a click.
 */
export class PreviewOutput implements OutputView<PreviewPayload> {
  readonly root: HTMLElement;
  private readonly grid = new FrameGrid();
  private readonly title = element('span', { class: 'run-title' });
  private readonly numbers = element('span', { class: 'run-numbers' });
  private readonly bar = element('progress', { attributes: { 'aria-label': 'Steps done' } });
  private readonly stop: HTMLButtonElement;
  private readonly play: HTMLButtonElement;
  private readonly unfold: HTMLButtonElement;
  private runId = '';
  private state: PreviewPayload['state'] = 'running';
  private unwatch: () => void = () => undefined;
  private pixelStep = -1;

  constructor(
    payload: PreviewPayload,
    private readonly wire: HostWire,
  ) {
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
    this.play = element('button', {
      class: 'text-button',
      attributes: { type: 'button', 'aria-pressed': 'false' },
      children: [icon('play'), element('span', { text: 'Play frames' })],
    });
    this.play.addEventListener('click', () => {
      const playing = this.grid.togglePlay();
      this.play.setAttribute('aria-pressed', String(playing));
      this.play.lastElementChild?.replaceChildren(playing ? 'Show all frames' : 'Play frames');
    });
    this.unfold = element('button', {
      class: 'text-button unfold',
      attributes: { type: 'button' },
      children: [icon('chevron'), element('span', { text: 'Frames' })],
    });
    this.unfold.addEventListener('click', () => this.fold(this.unfold.getAttribute('aria-expanded') === 'true'));
    this.root = element('div', {
      class: 'preview-output',
      children: [
        element('div', {
          class: 'run-head',
          children: [this.title, this.numbers, element('span', { class: 'spring' }), this.unfold, this.play, this.stop],
        }),
        this.bar,
        this.grid.root,
      ],
    });
    this.unfold.hidden = true;
    this.update(payload);
  }

  update(payload: PreviewPayload): void {
    if (payload.runId !== this.runId) this.watch(payload.runId);
    this.state = payload.state;
    this.root.dataset.state = payload.state;
    this.count(payload);
    this.stop.hidden = payload.state !== 'running' || !this.wire.connected;
    this.bar.hidden = payload.state !== 'running';
    // A stored sheet is older than pixels that came by message, unless the run is over.
    if (payload.sheet && (payload.state !== 'running' || payload.step > this.pixelStep)) this.grid.showSheet(payload.sheet);
    this.play.hidden = !payload.sheet && this.pixelStep < 0;
    if (payload.folded && this.unfold.hidden) this.fold(true);
    this.unfold.hidden = !payload.folded;
  }

  private fold(folded: boolean): void {
    this.unfold.setAttribute('aria-expanded', String(!folded));
    this.root.toggleAttribute('data-folded', folded);
  }

  dispose(): void {
    this.unwatch();
    this.grid.dispose();
  }

  private watch(runId: string): void {
    this.unwatch();
    this.runId = runId;
    this.pixelStep = -1;
    this.stop.disabled = false;
    this.unwatch = this.wire.watchRun(runId, (pixels) => {
      if (this.state !== 'running') return;
      this.pixelStep = pixels.step;
      this.grid.showPixels(pixels);
      this.play.hidden = pixels.count < 2;
      this.count({ ...pixels, state: 'running' });
    });
  }

  private count(at: RunProgress & Pick<PreviewPayload, 'fraction'>): void {
    const share = at.fraction ?? (at.stage === undefined ? at.step / Math.max(1, at.steps) : 0);
    // Without a share the bar moves by itself: something is being done, and nobody knows for how long.
    if (share > 0) this.bar.value = share;
    else this.bar.removeAttribute('value');
    this.title.textContent = progressTitle(at);
    this.numbers.textContent = progressText(at);
  }
}
