import { element } from '../../dom.js';
import type { ColourMap } from './colourMaps.js';
import { shortNumber } from '../../../shared/figures/ticks.js';

/** The legend of a colour map: its colours, with numbers below. */
export class ColourBar {
  readonly root: HTMLElement;
  private readonly bar = element('div', { class: 'run-bar' });
  private readonly numbers = element('div', { class: 'run-bar-numbers' });
  private shown = '';

  constructor(private readonly title: string) {
    this.root = element('div', { class: 'run-legend', attributes: { role: 'img' }, children: [this.bar, this.numbers] });
  }

  /** Shows which numbers the ends of the map stand for. */
  show(map: ColourMap, min: number, max: number, unit = ''): void {
    const key = `${map.gradient}${min} ${max}${unit}`;
    if (key === this.shown) return;
    this.shown = key;
    this.bar.style.background = map.gradient;
    const texts = [min, (min + max) / 2, max].map(shortNumber);
    this.numbers.replaceChildren(...texts.map((text, index) => element('span', { text: index === 2 && unit ? `${text} ${unit}` : text })));
    this.root.setAttribute('aria-label', `Colours: ${this.title}, from ${texts[0]} to ${texts[2]}${unit ? ` ${unit}` : ''}`);
  }
}
