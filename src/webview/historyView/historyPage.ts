import type { HistoryHost, HistoryView } from '../../shared/historyProtocol.js';
import type { OffersNothing, RpcPeer } from '../../shared/rpc.js';
import { element } from '../dom.js';
import type { HistoryAction } from '../history/historyCard.js';
import { HistoryList } from '../history/historyList.js';

/** The history of the notebook in front, in the side bar. */
export class HistoryPage {
  readonly root: HTMLElement;
  private readonly note = element('p', { class: 'history-note', attributes: { role: 'status' } });
  private readonly list: HistoryList;
  /** The run that the next one is compared with. */
  private first: { readonly id: string; readonly button: HTMLButtonElement } | undefined;

  constructor(private readonly host: RpcPeer<OffersNothing, HistoryHost>) {
    this.list = new HistoryList(this.actions());
    this.root = element('div', { children: [this.note, this.list.root] });
    host.on('view', (view) => this.show(view));
  }

  private show({ note, runs, omitted }: HistoryView): void {
    this.note.textContent = note ?? '';
    this.note.hidden = note === undefined;
    this.list.root.hidden = runs.length === 0;
    this.list.update(runs, omitted);
  }

  private actions(): HistoryAction[] {
    const ask = (method: 'open' | 'remake' | 'copySettings', id: string): void =>
      void this.host.request(method, { id }).catch(() => undefined);
    return [
      { icon: 'open', text: 'Open', title: 'Open the clip; one that was not shown is made again', run: ({ id }) => ask('open', id) },
      {
        icon: 'notebook',
        text: 'Make again',
        title: 'Make the clip again, bit for bit, in a new cell',
        run: ({ id }) => ask('remake', id),
      },
      {
        icon: 'side',
        text: 'Compare',
        title: 'Choose this run, then another to compare it with',
        run: ({ id }, button) => this.choose(id, button),
      },
      { icon: 'copy', text: 'Copy settings', title: 'Copy the record of the run as JSON', run: ({ id }) => ask('copySettings', id) },
    ];
  }

  /** The first choice waits for a second; the same again takes it back. */
  private choose(id: string, button: HTMLButtonElement): void {
    const { first } = this;
    first?.button.removeAttribute('aria-pressed');
    first?.button.querySelector('span')?.replaceChildren('Compare');
    this.first = undefined;
    if (first && first.id !== id) return void this.host.request('compare', { a: first.id, b: id }).catch(() => undefined);
    if (first) return;
    this.first = { id, button };
    button.setAttribute('aria-pressed', 'true');
    button.querySelector('span')?.replaceChildren('Now choose the other');
  }
}
