import { element } from '../dom.js';

/** The line between two clips that lie over each other: what is left of it shows one, what is right of it the other. */
export class WipeHandle {
  private readonly line = element('div', {
    class: 'wipe-handle',
    attributes: { role: 'slider', tabindex: '0', 'aria-label': 'Line between the two clips', 'aria-valuemin': '0', 'aria-valuemax': '100' },
  });
  private share = 0.5;
  private right: HTMLElement | undefined;

  constructor() {
    this.line.addEventListener('pointerdown', (event) => {
      this.line.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.line.focus();
    });
    this.line.addEventListener('pointermove', (event) => {
      if (!this.line.hasPointerCapture(event.pointerId) || !this.right) return;
      const box = this.right.getBoundingClientRect();
      this.move((event.clientX - box.left) / box.width);
    });
    this.line.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 }[event.key];
      if (step === undefined) return;
      // The player would step a frame.
      event.stopPropagation();
      event.preventDefault();
      this.move(this.share + step);
    });
  }

  /** Shows the line over `right`, which lies over `left` in `row`. */
  attach(row: HTMLElement, left: HTMLElement, right: HTMLElement): void {
    this.right = right;
    row.append(this.line);
    this.line.style.height = right.style.height;
    this.line.dataset.width = String(parseFloat(right.style.width) || left.clientWidth);
    this.move(this.share);
  }

  /** Takes the line away. */
  remove(): void {
    this.line.remove();
    this.right = undefined;
  }

  private move(share: number): void {
    this.share = Math.min(1, Math.max(0, share));
    if (this.right) this.right.style.clipPath = `inset(0 0 0 ${this.share * 100}%)`;
    this.line.style.transform = `translateX(${(this.share - 0.5) * Number(this.line.dataset.width)}px)`;
    this.line.setAttribute('aria-valuenow', String(Math.round(this.share * 100)));
  }
}
