import { element } from '../dom.js';
import { iconButton } from '../player/controlBar.js';

const narrowest = 200;
const widest = 600;

/** The column at the side: it can be dragged wider, and closed. */
export class SidePanel {
  readonly root: HTMLElement;
  /** The button that opens it again, for the corner of the picture's area. */
  readonly opener: HTMLButtonElement;
  private open: boolean;
  private width: number;

  constructor(
    content: HTMLElement,
    start: { readonly panelOpen: boolean; readonly panelWidth: number },
    private readonly changed: (open: boolean, width: number) => void,
  ) {
    this.open = start.panelOpen;
    this.width = start.panelWidth;
    const sash = element('div', {
      class: 'sash',
      attributes: {
        role: 'separator',
        tabindex: '0',
        'aria-orientation': 'vertical',
        'aria-label': 'Width of the panel',
        'aria-valuemin': String(narrowest),
        'aria-valuemax': String(widest),
      },
    });
    sash.addEventListener('pointerdown', (event) => {
      sash.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    sash.addEventListener('pointermove', (event) => {
      if (sash.hasPointerCapture(event.pointerId)) this.resize(this.root.getBoundingClientRect().right - event.clientX);
    });
    sash.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: 20, ArrowRight: -20 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.resize(this.width + step);
    });
    const close = iconButton('clear', 'Close the panel', () => this.toggle(false));
    close.classList.add('panel-close');
    this.opener = iconButton('panel', 'Show the panel', () => this.toggle(true));
    this.opener.classList.add('panel-open');
    this.root = element('aside', { class: 'side', attributes: { 'aria-label': 'About the clip' }, children: [sash, close, content] });
    this.lay();
  }

  private toggle(open: boolean): void {
    this.open = open;
    this.lay();
    (open ? this.root.querySelector<HTMLElement>('.panel-close') : this.opener)?.focus();
    this.changed(this.open, this.width);
  }

  private resize(width: number): void {
    this.width = Math.round(Math.min(widest, Math.max(narrowest, width)));
    this.lay();
    this.changed(this.open, this.width);
  }

  private lay(): void {
    this.root.hidden = !this.open;
    this.opener.hidden = this.open;
    this.root.style.setProperty('--fl-side', `${this.width}px`);
    this.root.querySelector('.sash')?.setAttribute('aria-valuenow', String(this.width));
  }
}
