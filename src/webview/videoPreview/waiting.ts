import type { ClipSlot, ClipView } from '../../shared/videoPreviewProtocol.js';
import { element } from '../dom.js';

/** What the reader can do about a clip that cannot be played yet. */
export interface WaitingRequests {
  cancel(slot: ClipSlot): void;
  retry(slot: ClipSlot): void;
}

/** Says what a clip is waiting for, or why it cannot be shown. */
export class Waiting {
  readonly root = element('div', { class: 'waiting', attributes: { 'aria-live': 'polite' } });
  private lines = '';
  private readonly bars = new Map<ClipSlot, HTMLProgressElement>();

  constructor(private readonly requests: WaitingRequests) {}

  show(main: ClipView, compare: ClipView | undefined): void {
    const views = [main, compare].filter((view) => view !== undefined);
    this.root.classList.toggle('alone', main.playback.kind !== 'ready');
    // Progress comes often; the rest is rebuilt only when it changed, so that buttons keep the focus.
    const lines = JSON.stringify(
      views.map(({ slot, name, playback }) => [slot, name, playback.kind, playback.kind === 'failed' ? playback.message : '']),
    );
    if (lines !== this.lines) {
      this.lines = lines;
      this.bars.clear();
      this.root.replaceChildren(...views.filter(({ playback }) => playback.kind !== 'ready').map((view) => this.line(view)));
    }
    for (const { slot, playback } of views) {
      const bar = this.bars.get(slot);
      if (bar && playback.kind === 'preparing') bar.value = playback.fraction;
    }
  }

  private line({ slot, name, playback }: ClipView): HTMLElement {
    const button = (text: string, act: () => void): HTMLButtonElement => {
      const made = element('button', { class: 'text-button', text, attributes: { type: 'button' } });
      made.addEventListener('click', act);
      return made;
    };
    switch (playback.kind) {
      case 'ready':
        return element('div');
      case 'reading':
        return element('div', { class: 'wait', children: [element('p', { text: `Reading ${name}…` })] });
      case 'preparing': {
        const bar = element('progress', { attributes: { max: '1', 'aria-label': `Preparing ${name}` } });
        this.bars.set(slot, bar);
        return element('div', {
          class: 'wait',
          children: [
            element('p', { children: [element('strong', { text: `Preparing ${name} for playing` })] }),
            element('p', { class: 'dim', text: `${playback.why}, so ffmpeg makes a version that it can. It is kept for the next time.` }),
            bar,
            button('Cancel', () => this.requests.cancel(slot)),
          ],
        });
      }
      case 'failed':
        return element('div', {
          class: 'wait',
          attributes: { role: 'alert' },
          children: [
            element('p', { children: [element('strong', { text: `${name} cannot be shown` })] }),
            element('p', { class: 'dim', text: playback.message }),
            playback.canRetry ? button('Try again', () => this.requests.retry(slot)) : undefined,
          ],
        });
    }
  }
}
