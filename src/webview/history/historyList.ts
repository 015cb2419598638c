import { lessIsBetter, numberName } from '../../shared/figures/numberNames.js';
import type { HistoryRow } from '../../shared/outputs/index.js';
import { element } from '../dom.js';
import { HistoryCard, type HistoryAction } from './historyCard.js';

/** Runs as they were: filtered by words, sorted by the person's choice. */
export class HistoryList {
  readonly root: HTMLElement;
  private readonly words = element('input', {
    class: 'history-words',
    attributes: { type: 'search', placeholder: 'Filter by words', 'aria-label': 'Show only runs with these words', spellcheck: 'false' },
  });
  private readonly order = element('select', { attributes: { 'aria-label': 'Sort by' } });
  private readonly count = element('span', { class: 'history-count', attributes: { role: 'status' } });
  private readonly list = element('div', { class: 'history-cards', attributes: { role: 'list', 'aria-label': 'Runs' } });
  private cards = new Map<string, HistoryCard>();
  private runs: readonly HistoryRow[] = [];
  private omitted = 0;

  /** @param actions what can be done with a run; none where nobody would do it. */
  constructor(private readonly actions: readonly HistoryAction[]) {
    this.words.addEventListener('input', () => this.draw());
    this.order.addEventListener('change', () => this.draw());
    this.list.addEventListener('keydown', (event) => this.move(event));
    this.root = element('div', {
      class: 'history-list',
      children: [element('div', { class: 'history-bar', children: [this.words, this.order, this.count] }), this.list],
    });
  }

  /** Shows these runs. What is typed, chosen and opened stays. */
  update(runs: readonly HistoryRow[], omitted = 0): void {
    this.runs = runs;
    this.omitted = omitted;
    this.offerOrders();
    const before = this.cards;
    this.cards = new Map(runs.map((run) => [run.id, before.get(run.id) ?? new HistoryCard(run, this.actions)]));
    this.draw();
  }

  private offerOrders(): void {
    const chosen = this.order.value;
    const numbers = [...new Set(this.runs.flatMap(({ numbers }) => Object.keys(numbers)))];
    const offered: [string, string][] = [
      ['given', 'Newest first'],
      ...['seconds', ...numbers].map((name): [string, string] => [name, `Best ${numberName(name)}`]),
      ['steps', 'Fewest steps'],
      ['scheduler', 'Sampler'],
      ['seed', 'Seed'],
    ];
    this.order.replaceChildren(...offered.map(([value, text]) => element('option', { text, attributes: { value } })));
    this.order.value = offered.some(([value]) => value === chosen) ? chosen : 'given';
  }

  private draw(): void {
    const words = this.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = this.runs.filter((run) => {
      const text = [run.prompt, run.scheduler, run.model, run.id, run.kind, `seed ${run.seed}`].join('\n').toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const sorted = sortedBy(kept, this.order.value);
    this.list.replaceChildren(...sorted.map(({ id }) => this.cards.get(id)!.root));
    this.order.hidden = this.words.hidden = this.runs.length < 2;
    const all = this.runs.length + this.omitted;
    this.count.textContent = kept.length === all ? `${all} ${all === 1 ? 'run' : 'runs'}` : `${kept.length} of ${all} runs`;
  }

  /** Up and down go from run to run. */
  private move(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const heads = [...this.list.querySelectorAll<HTMLElement>('.history-head')];
    const at = heads.indexOf(event.target as HTMLElement);
    if (by === undefined || at < 0) return;
    heads[at + by]?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}

function sortedBy(runs: readonly HistoryRow[], order: string): readonly HistoryRow[] {
  if (order === 'given') return runs;
  const compare: (a: HistoryRow, b: HistoryRow) => number =
    order === 'scheduler'
      ? (a, b) => a.scheduler.localeCompare(b.scheduler)
      : (a, b) => {
          const [left, right] = [valueOf(a, order), valueOf(b, order)];
          if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
          if (left === right) return 0;
          return ['steps', 'seed', ...lessIsBetter].includes(order) ? left - right : right - left;
        };
  return [...runs].sort(compare);
}

/** A number of a run; undefined where it was not measured. */
function valueOf(run: HistoryRow, name: string): number | undefined {
  if (name === 'seconds' || name === 'steps' || name === 'seed') return run[name];
  const value = Object.hasOwn(run.numbers, name) ? run.numbers[name] : undefined;
  // JSON has no infinity.
  return value === null ? Infinity : value;
}
