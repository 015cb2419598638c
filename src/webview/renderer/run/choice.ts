import { element } from '../../dom.js';

/** A few buttons of which one is pressed. */
export class Choice<T extends string> {
  readonly root: HTMLElement;
  private readonly buttons: ReadonlyMap<T, HTMLButtonElement>;

  constructor(
    label: string,
    options: readonly (readonly [value: T, text: string, title?: string])[],
    private chosen: T,
    private readonly onChoose: (value: T) => void,
  ) {
    this.buttons = new Map(
      options.map(([value, text, title]) => {
        const button = element('button', {
          class: 'run-choice',
          text,
          ...(title ? { title } : {}),
          attributes: { type: 'button', 'aria-pressed': String(value === chosen) },
        });
        button.addEventListener('click', () => this.choose(value));
        return [value, button];
      }),
    );
    this.root = element('div', {
      class: 'run-choices',
      attributes: { role: 'group', 'aria-label': label },
      children: [...this.buttons.values()],
    });
    this.root.hidden = options.length < 2;
  }

  get value(): T {
    return this.chosen;
  }

  choose(value: T): void {
    this.chosen = value;
    for (const [each, button] of this.buttons) button.setAttribute('aria-pressed', String(each === value));
    this.onChoose(value);
  }
}
