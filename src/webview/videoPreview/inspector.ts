import type { ClipSlot, ClipView } from '../../shared/videoPreviewProtocol.js';
import { element } from '../dom.js';
import { icon } from '../icons.js';
import type { IconName } from '../icons.js';
import { clockText } from '../player/frameClock.js';
import type { FrameClock } from '../player/frameClock.js';
import { keyHelp } from '../player/keys.js';
import { factRows, provenanceRows } from './factRows.js';
import type { Row } from './factRows.js';

/** What the side panel asks for. */
export interface InspectorRequests {
  copySettings(slot: ClipSlot): void;
  chooseCompare(): void;
  endCompare(): void;
  editInNotebook(): void;
}

/** The side panel: range and what to do with it, the clip, how it was made, and what it is compared with. */
export class Inspector {
  readonly root = element('div', { class: 'inspector' });
  private readonly range = element('dl', { class: 'rows' });
  private readonly clip = element('div');
  private readonly made = element('div');
  private readonly compare = element('div');
  private shown = '';

  constructor(private readonly requests: InspectorRequests) {
    const edit = button('notebook', 'Edit in a notebook', () => requests.editInNotebook());
    edit.classList.add('primary');
    const keys = element('dl', {
      class: 'rows keys',
      children: keyHelp.flatMap(([key, meaning]) => [element('dt', { text: key }), element('dd', { text: meaning })]),
    });
    this.root.append(
      section('Range', this.range, edit),
      this.clip,
      this.made,
      this.compare,
      element('details', { class: 'section', children: [element('summary', { children: [icon('chevron'), 'Keyboard'] }), keys] }),
    );
  }

  /** Shows the clips; rebuilt only when something in them changed. */
  show(main: ClipView, other: ClipView | undefined): void {
    const shown = JSON.stringify([main.name, main.facts, main.provenance, proxyNote(main), other?.name, other?.facts, other?.provenance]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.clip.replaceChildren(
      ...(main.facts
        ? [
            section(
              'Clip',
              rows([['File', main.name], ...factRows(main.facts)]),
              proxyNote(main) ? element('p', { class: 'dim', text: proxyNote(main) }) : undefined,
            ),
          ]
        : []),
    );
    this.made.replaceChildren(
      ...(main.provenance
        ? [
            section(
              'Made with Frameloom',
              rows(provenanceRows(main.provenance)),
              button('copy', 'Copy settings', () => this.requests.copySettings('main')),
            ),
          ]
        : []),
    );
    this.compare.replaceChildren(
      other
        ? this.compared(other)
        : section(
            'Compare',
            button('add', 'Compare with…', () => this.requests.chooseCompare()),
          ),
    );
  }

  /** Shows the in and out points. */
  showRange(clock: FrameClock, { first, last }: { readonly first: number; readonly last: number }): void {
    const frames = last - first + 1;
    const seconds = (last + 1 < clock.frames ? clock.timeOf(last + 1) : clock.duration) - clock.timeOf(first);
    const whole = frames === clock.frames;
    fill(this.range, [
      ['In', `${first + 1} · ${clockText(clock.timeOf(first))}`],
      ['Out', `${last + 1} · ${clockText(clock.timeOf(last))}`],
      ['Length', `${whole ? 'all ' : ''}${frames} ${frames === 1 ? 'frame' : 'frames'} · ${clockText(seconds)}`],
    ]);
  }

  private compared(other: ClipView): HTMLElement {
    const prompt: Row[] = other.provenance
      ? [
          ['Prompt', other.provenance.prompt],
          ['Seed', String(other.provenance.seed)],
        ]
      : [];
    return section(
      'Compared with',
      rows([['File', other.name], ...(other.facts ? factRows(other.facts) : []), ...prompt]),
      element('div', {
        class: 'buttons',
        children: [
          button('add', 'Another…', () => this.requests.chooseCompare()),
          button('clear', 'Stop comparing', () => this.requests.endCompare()),
          other.provenance ? button('copy', 'Copy settings', () => this.requests.copySettings('compare')) : undefined,
        ],
      }),
    );
  }
}

function proxyNote({ playback }: ClipView): string {
  return playback.kind === 'ready' && playback.proxy
    ? `You see a version made for playing: ${playback.why ?? 'VS Code cannot play the file'}. Edits use the file itself.`
    : '';
}

function section(title: string, ...children: (HTMLElement | undefined)[]): HTMLElement {
  return element('section', {
    class: 'section',
    attributes: { 'aria-label': title },
    children: [element('h2', { text: title }), ...children],
  });
}

function rows(list: readonly Row[]): HTMLElement {
  const made = element('dl', { class: 'rows' });
  fill(made, list);
  return made;
}

function fill(list: HTMLElement, all: readonly Row[]): void {
  list.replaceChildren(...all.flatMap(([key, value]) => [element('dt', { text: key }), element('dd', { text: value, title: value })]));
}

function button(drawing: IconName, text: string, act: () => void): HTMLButtonElement {
  const made = element('button', { class: 'text-button', attributes: { type: 'button' }, children: [icon(drawing), text] });
  made.addEventListener('click', act);
  return made;
}
