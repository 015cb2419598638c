import { element } from '../../dom.js';
import type { RunPayload } from '../../../shared/outputs/index.js';

/** The prompt as words. Those whose attention was captured are buttons, one of them pressed. */
export class PromptWords {
  readonly root: HTMLElement;
  private readonly buttons = new Map<number, HTMLButtonElement[]>();

  constructor(payload: RunPayload, onChoose: (word: number) => void) {
    const words = payload.words ?? payload.attention?.words.map(({ text }, attention) => ({ text, tokens: [], attention })) ?? [];
    const children = words.map(({ text, tokens, attention }) => {
      const several = tokens.length > 1 ? ` (${tokens.length} tokens)` : '';
      if (attention === undefined)
        return element('span', {
          class: 'run-word',
          text,
          title: `The attention to “${text}” was not captured. Name it in capture: { attention: ['${text}'] } to see it.`,
        });
      const button = element('button', {
        class: 'run-word',
        title: `Where the model put “${text}”${several}`,
        attributes: { type: 'button', 'aria-pressed': 'false' },
        children: [element('i', { class: `run-swatch style-${attention % 6}`, attributes: { 'aria-hidden': 'true' } }), text],
      });
      button.addEventListener('click', () => onChoose(attention));
      this.buttons.set(attention, [...(this.buttons.get(attention) ?? []), button]);
      return button;
    });
    this.root = element('div', { class: 'run-words', attributes: { role: 'group', 'aria-label': 'Words of the prompt' }, children });
  }

  /** Shows which word is chosen. */
  press(word: number): void {
    for (const [each, buttons] of this.buttons) for (const button of buttons) button.setAttribute('aria-pressed', String(each === word));
  }
}
