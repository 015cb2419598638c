import { numberName } from '../../shared/figures/numberNames.js';
import { shortNumber } from '../../shared/figures/ticks.js';
import type { HistoryRow } from '../../shared/outputs/index.js';
import { element } from '../dom.js';
import { icon, type IconName } from '../icons.js';

/** Something that can be done with a run. */
export interface HistoryAction {
  readonly icon: IconName;
  /** What the button says. */
  readonly text: string;
  readonly title: string;
  run(run: HistoryRow, button: HTMLButtonElement): void;
}

/** Numbers that a card shows while it is closed. */
const shownClosed = ['promptAlignment', 'psnr', 'flicker'] as const;

/** A run: picture, prompt and what sets it apart; a click opens all its settings and what can be done with it. */
export class HistoryCard {
  readonly root: HTMLElement;
  private readonly head: HTMLButtonElement;
  private body: HTMLElement | undefined;

  constructor(
    private readonly run: HistoryRow,
    private readonly actions: readonly HistoryAction[],
  ) {
    const { prompt, picture } = run;
    this.head = element('button', {
      class: 'history-head',
      attributes: { type: 'button', 'aria-expanded': 'false' },
      children: [
        picture
          ? element('img', { class: 'history-picture', attributes: { src: picture, alt: '', loading: 'lazy' } })
          : element('span', { class: 'history-picture missing', children: [icon('film')] }),
        element('span', {
          class: 'history-words-of-run',
          children: [
            element('span', { class: 'history-prompt', text: prompt || '(no prompt)', title: prompt }),
            element('span', { class: 'history-facts', text: factsOf(run) }),
            element('span', { class: 'history-facts', text: numbersOf(run) }),
          ],
        }),
      ],
    });
    this.head.addEventListener('click', () => this.toggle());
    this.root = element('div', { class: 'history-card', attributes: { role: 'listitem' }, children: [this.head] });
  }

  private toggle(): void {
    const open = this.head.getAttribute('aria-expanded') !== 'true';
    this.head.setAttribute('aria-expanded', String(open));
    this.body ??= this.root.appendChild(this.bodyOf());
    this.body.hidden = !open;
  }

  private bodyOf(): HTMLElement {
    const { run } = this;
    const facts: [string, string][] = [
      ['made', whenOf(run)],
      ['model', run.model],
      ['sampler', run.scheduler],
      ['steps', String(run.steps)],
      ['seed', String(run.seed)],
      ...Object.entries(run.settings).map(([name, value]): [string, string] => [name, String(value)]),
      ['seconds', shortNumber(run.seconds)],
      ...Object.entries(run.numbers).map(([name, value]): [string, string] => [
        numberName(name),
        value === null ? '∞' : shortNumber(value),
      ]),
      ['run', run.id],
    ];
    return element('div', {
      class: 'history-body',
      children: [
        element('div', { class: 'history-actions', children: this.actions.map((action) => this.button(action)) }),
        element('dl', {
          class: 'settings',
          children: facts.flatMap(([name, value]) => [element('dt', { text: name }), element('dd', { text: value })]),
        }),
      ],
    });
  }

  private button({ icon: name, text, title, run }: HistoryAction): HTMLButtonElement {
    const button = element('button', {
      class: 'text-button',
      title,
      attributes: { type: 'button' },
      children: [icon(name), element('span', { text })],
    });
    button.addEventListener('click', () => run(this.run, button));
    return button;
  }
}

/** `DDIM · 20 steps · strength 0.7 · seed 3 · 4.2 s` */
function factsOf({ scheduler, steps, seed, seconds, settings }: HistoryRow): string {
  const strength = typeof settings.strength === 'number' ? [`strength ${shortNumber(settings.strength)}`] : [];
  return [scheduler, `${steps} steps`, ...strength, `seed ${seed}`, `${shortNumber(seconds)} s`].join(' · ');
}

function numbersOf({ numbers }: HistoryRow): string {
  const known = shownClosed.filter((name) => Object.hasOwn(numbers, name));
  return known.map((name) => `${numberName(name)} ${numbers[name] === null ? '∞' : shortNumber(numbers[name])}`).join(' · ');
}

/** The moment in the person's own words for time. */
function whenOf({ created }: HistoryRow): string {
  const moment = new Date(created);
  return Number.isNaN(moment.getTime()) ? created : moment.toLocaleString();
}
