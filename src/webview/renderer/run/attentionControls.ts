import { element } from '../../dom.js';

/** A slider with its name before and its value after it. */
export class NamedSlider {
  readonly root: HTMLElement;
  private readonly slider: HTMLInputElement;
  private readonly text = element('output');

  /** @param start 0 … 1. */
  constructor(
    name: string,
    start: number,
    private readonly say: (value: number) => string,
    private readonly onChange: () => void,
  ) {
    this.slider = element('input', {
      class: 'run-slider',
      attributes: { type: 'range', min: '0', max: '100', step: '1', 'aria-label': name },
    });
    this.slider.value = String(Math.round(start * 100));
    this.slider.addEventListener('input', () => this.changed());
    this.root = element('label', { class: 'run-named', children: [element('span', { text: name }), this.slider, this.text] });
    this.changed();
  }

  /** 0 … 1. */
  get value(): number {
    return Number(this.slider.value) / 100;
  }

  private changed(): void {
    this.text.textContent = this.say(this.value);
    this.slider.style.setProperty('--at', `${this.slider.value}%`);
    this.slider.setAttribute('aria-valuetext', this.text.textContent);
    this.onChange();
  }
}

/** A box to tick, with its name after it. */
export class NamedBox {
  readonly root: HTMLElement;
  private readonly box: HTMLInputElement;

  constructor(name: string, start: boolean, title: string, onChange: () => void) {
    this.box = element('input', { attributes: { type: 'checkbox' } });
    this.box.checked = start;
    this.box.addEventListener('change', onChange);
    this.root = element('label', { class: 'run-named-box', title, children: [this.box, element('span', { text: name })] });
  }

  get value(): boolean {
    return this.box.checked;
  }
}
