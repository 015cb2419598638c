import type { CellLayoutPayload, ComparisonCellPayload, ComparisonPayload } from '../../../shared/outputs/index.js';
import { element } from '../../dom.js';
import type { AtlasPicture } from '../run/atlasPicture.js';
import { numberText, type Slot } from './arrangement.js';

/** Numbers under a cell: more would be higher than the picture. All stand where the cell is large. */
const mostNumbers = 4;

/** What a cell shows besides its picture. */
export interface CellLook {
  readonly payload: ComparisonPayload;
  /** Which numbers stand below, the one that is sorted by first. */
  readonly numbers: readonly number[];
  readonly best: readonly (ComparisonCellPayload | undefined)[];
  /** Whether its values stand below: where cells are sorted, no heading says them. */
  readonly captioned: boolean;
}

/** The numbers that stand under each cell. */
export function numbersBelow({ numbers }: ComparisonPayload, sortedBy: number | undefined): number[] {
  const all = numbers.map((_, index) => index);
  return [...all.filter((index) => index === sortedBy), ...all.filter((index) => index !== sortedBy)].slice(0, mostNumbers);
}

/** One cell: its clip, small, with its numbers; a button that opens it. */
export class CellView {
  readonly root: HTMLElement;
  readonly button: HTMLButtonElement;
  /** Whether it is on the screen. */
  visible = false;
  slot: Slot;
  private readonly canvas = element('canvas', { class: 'cmp-picture', attributes: { 'aria-hidden': 'true' } });
  private readonly words = element('span', { class: 'cmp-words' });
  private live: readonly CanvasImageSource[] = [];
  private text = '';
  private drawn = '';

  constructor(slot: Slot, onOpen: (view: CellView) => void) {
    this.slot = slot;
    this.button = element('button', {
      class: 'cmp-cell',
      attributes: { type: 'button', tabindex: '-1' },
      children: [this.canvas, this.words],
    });
    this.button.addEventListener('click', () => onOpen(this));
    this.root = element('div', { class: 'cmp-slot', children: [this.button] });
  }

  /** Says what is known of it. */
  show(slot: Slot, look: CellLook, running: boolean): void {
    if (slot.cell?.sheet.path !== this.slot.cell?.sheet.path || (!running && !slot.cell)) this.forget();
    this.slot = slot;
    const state = slot.cell ? 'done' : running ? 'running' : 'waiting';
    const text = JSON.stringify([
      slot.cell?.numbers,
      slot.caption,
      look.numbers,
      look.captioned,
      state,
      look.best.map((cell) => cell === slot.cell),
    ]);
    if (text === this.text) return;
    this.text = text;
    this.root.dataset.state = state;
    this.button.disabled = !slot.cell;
    const numbers = slot.cell ? this.numbers(slot.cell, look) : [];
    this.words.replaceChildren(
      ...(look.captioned ? [element('span', { class: 'cmp-caption', text: slot.caption, title: slot.caption })] : []),
      ...(slot.cell ? numbers.map(({ line }) => line) : [element('span', { class: 'cmp-empty', text: running ? 'at work…' : 'not yet' })]),
    );
    this.button.setAttribute(
      'aria-label',
      [slot.caption, ...numbers.map(({ said }) => said), slot.cell ? '' : state === 'running' ? 'at work' : 'not made yet']
        .filter(Boolean)
        .join(', '),
    );
  }

  /** Frames of the run that makes it. */
  showLive(frames: readonly CanvasImageSource[]): void {
    this.live = frames;
    this.drawn = '';
  }

  /** Whether its picture is drawn. */
  get shows(): boolean {
    return this.drawn.endsWith('p');
  }

  /** Draws a frame. @param picture the sheet, where it is there. @param layout how the sheet is laid out. @param seconds since the clips began. */
  draw(picture: AtlasPicture | undefined, layout: CellLayoutPayload | undefined, seconds: number, frame: number): void {
    const tile = layout ? tileAt(layout, seconds) : 0;
    const source = this.live.length > 0 && !this.slot.cell ? frame % this.live.length : tile;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const text = `${source} ${width}x${height} ${picture ? 'p' : this.live.length > 0 ? 'l' : ''}`;
    if (text === this.drawn || width === 0) return;
    this.drawn = text;
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    const pen = this.canvas.getContext('2d');
    if (!pen) return;
    const live = this.slot.cell ? undefined : this.live[source];
    if (!picture && !live) return pen.clearRect(0, 0, w, h);
    pen.imageSmoothingEnabled = !live;
    pen.imageSmoothingQuality = 'medium';
    if (picture) picture.draw(pen, 0, tile, 0, 0, w, h);
    else if (live) pen.drawImage(live, 0, 0, w, h);
  }

  /** Lets go of its pixels. */
  forget(): void {
    this.live = [];
    this.drawn = '';
    Object.assign(this.canvas, { width: 1, height: 1 });
  }

  private numbers(cell: ComparisonCellPayload, { payload, numbers, best }: CellLook): { line: HTMLElement; said: string }[] {
    return numbers.map((index) => {
      const { name } = payload.numbers[index]!;
      const value = numberText(cell.numbers[index]);
      const isBest = best[index] === cell;
      return {
        said: `${name} ${value}${isBest ? ', the best' : ''}`,
        line: element('span', {
          class: isBest ? 'cmp-number best' : 'cmp-number',
          ...(isBest ? { title: `The best ${name}` } : {}),
          children: [element('span', { text: name }), element('b', { text: isBest ? `★ ${value}` : value })],
        }),
      };
    });
  }
}

/** The tile that shows a moment; a clip that has ended begins again. */
export function tileAt({ fps, frames, tiles }: CellLayoutPayload, seconds: number): number {
  const frame = Math.floor(seconds * fps + 1e-6) % frames;
  return Math.min(tiles - 1, Math.floor((frame * tiles) / frames));
}
