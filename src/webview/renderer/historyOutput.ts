import type { HistoryPayload } from '../../shared/outputs/index.js';
import { element } from '../dom.js';
import type { HistoryAction } from '../history/historyCard.js';
import { HistoryList } from '../history/historyList.js';
import type { OutputView } from './outputView.js';

const copyRerun: HistoryAction = {
  icon: 'copy',
  text: 'Copy the call that makes it again',
  title: 'Copies a line for a cell of this notebook',
  run: ({ id }, button) => {
    void navigator.clipboard.writeText(`await history.rerun('${id}')`).then(() => button.querySelector('span')?.replaceChildren('Copied'));
  },
};

/** Runs of a history in an output. */
export class HistoryOutput implements OutputView<HistoryPayload> {
  readonly root: HTMLElement;
  private readonly title = element('div', { class: 'run-title' });
  private readonly list = new HistoryList([copyRerun]);

  constructor(payload: HistoryPayload) {
    this.root = element('div', { class: 'history-output', children: [this.title, this.list.root] });
    this.update(payload);
  }

  update({ title, runs, omitted }: HistoryPayload): void {
    this.title.textContent = title ?? '';
    this.title.hidden = title === undefined;
    this.list.update(runs, omitted);
  }

  dispose(): void {
    this.root.remove();
  }
}
