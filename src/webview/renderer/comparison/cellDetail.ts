import type { ClipPayload, ComparisonCellPayload, ComparisonPayload } from '../../../shared/outputs/index.js';
import { element } from '../../dom.js';
import { icon } from '../../icons.js';
import { Player } from '../../player/player.js';
import { playerClip } from '../clipLoader.js';
import type { HostWire } from '../hostWire.js';
import { bestCells, codeOf, numberText, type Slot } from './arrangement.js';
import { copyButton } from '../copyButton.js';

/** Tallest picture: the code should stay in sight. */
const maxHeight = 360;

/** A cell seen large: its clip beside the source, every number, and the call that makes it. */
export class CellDetail {
  readonly root: HTMLElement;
  private readonly player: Player;

  /** @param close goes back to all cells. */
  constructor(
    payload: ComparisonPayload,
    { cell, caption, place }: Slot & { readonly cell: ComparisonCellPayload },
    wire: HostWire,
    close: () => void,
  ) {
    const back = element('button', {
      class: 'text-button cmp-back',
      title: 'All cells (Escape)',
      attributes: { type: 'button' },
      children: [icon('chevron'), element('span', { text: 'All cells' })],
    });
    back.addEventListener('click', close);
    const say = (sentence: string): void => this.player.say(sentence);
    const { source } = payload;
    const clip = playerClip(clipOf(payload, cell), source ? 'Result' : caption || 'Clip', wire, say);
    const compare = source && playerClip(source, source.title ?? 'Source', wire, say);
    this.player = new Player(clip, compare, { maxHeight });
    const code = codeOf(payload, place);
    const best = bestCells(payload);
    this.root = element('section', {
      class: 'cmp-detail',
      attributes: { 'aria-label': caption || 'Cell' },
      children: [
        element('div', { class: 'cmp-detail-head', children: [back, element('strong', { text: caption })] }),
        this.player.root,
        element('dl', {
          class: 'stats',
          children: payload.numbers.map(({ name }, index) =>
            element('div', {
              class: best[index] === cell ? 'best' : '',
              children: [
                element('dt', { text: name }),
                element('dd', { text: `${best[index] === cell ? '★ ' : ''}${numberText(cell.numbers[index])}` }),
              ],
            }),
          ),
        }),
        element('div', {
          class: 'cmp-code',
          children: [
            element('pre', { text: code, attributes: { tabindex: '0', 'aria-label': 'The call that makes this cell' } }),
            copyButton('Copy code', code),
          ],
        }),
      ],
    });
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      close();
    });
  }

  /** Loads the clip, plays it and takes the keyboard. */
  open(): void {
    void this.player.wake();
    this.player.root.focus();
  }

  dispose(): void {
    this.player.dispose();
  }
}

function clipOf({ layouts }: ComparisonPayload, { clip, layout }: ComparisonCellPayload): ClipPayload {
  const { width, height, fps, frames } = layouts[layout]!;
  return { path: clip.path, width, height, fps, frames, duration: frames / fps };
}
