import type { ComparisonPayload } from '../../../shared/outputs/index.js';
import type { SaveComparison } from '../../../shared/rendererMessages.js';
import { element } from '../../dom.js';
import type { HostWire } from '../hostWire.js';
import { csvOf } from './arrangement.js';

/** Saves a comparison without code: its numbers by itself, sheet and video by the kernel that made it. */
export class SaveRow {
  readonly root: HTMLElement;
  private readonly ofKernel: readonly HTMLButtonElement[];

  /**
   * @param shown the comparison as it is shown now.
   * @param say told what was done or why it was not, for the reader; empty where there is nothing to say.
   */
  constructor(
    private readonly wire: HostWire,
    private readonly shown: () => ComparisonPayload,
    private readonly say: (sentence: string) => void,
  ) {
    this.ofKernel = wire.connected
      ? [
          this.button('sheet', 'PNG sheet', 'Save a still of every cell that is done, with its numbers, as one picture'),
          this.button('video', 'Video', 'Save one video with the clips of all cells that are done running beside each other'),
        ]
      : [];
    this.root = element('div', {
      class: 'cmp-saves',
      attributes: { role: 'group', 'aria-label': 'Save the comparison' },
      children: [element('span', { text: 'Save', attributes: { 'aria-hidden': 'true' } }), ...this.ofKernel, this.csvLink()],
    });
  }

  private button(kind: SaveComparison['kind'], text: string, title: string): HTMLButtonElement {
    const button = element('button', { class: 'text-button cmp-save', text, title, attributes: { type: 'button' } });
    button.addEventListener('click', () => void this.save(kind, button));
    return button;
  }

  private async save(kind: SaveComparison['kind'], pressed: HTMLButtonElement): Promise<void> {
    if (pressed.getAttribute('aria-disabled') === 'true') return;
    if (this.shown().cells.length === 0) return this.say('No cell is done yet: there is nothing to save.');
    this.say(kind === 'sheet' ? 'Saving the sheet…' : 'Saving the video…');
    this.busy(true);
    const { problem, done } = await this.wire.saveComparison(this.shown().runId, kind);
    this.busy(false);
    this.say(problem ?? done ?? '');
  }

  /** Buttons at work keep the keyboard's focus, which disabled ones would lose. */
  private busy(busy: boolean): void {
    for (const button of this.ofKernel) button.setAttribute('aria-disabled', String(busy));
  }

  /** VS Code asks where to put the file; no kernel is needed. */
  private csvLink(): HTMLElement {
    const link = element('a', {
      class: 'text-button cmp-save',
      text: 'CSV',
      title: 'Save the numbers of all cells that are done as CSV',
      attributes: { download: 'comparison.csv', href: '#' },
    });
    link.addEventListener('click', () => (link.href = `data:text/csv;charset=utf-8,${encodeURIComponent(csvOf(this.shown()))}`), true);
    return link;
  }
}
