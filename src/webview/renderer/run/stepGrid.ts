import { element } from '../../dom.js';
import type { Playhead } from './playhead.js';

const gap = 1;
const labels = { left: 34, top: 16 };
/** How high the grid may be, and the smallest and largest width of a cell; CSS pixels. */
const roomHeight = 560;
const cellWidths = { least: 18, most: 72 };

/** Draws one cell. */
export type CellPainter = (
  pen: CanvasRenderingContext2D,
  row: number,
  frame: number,
  x: number,
  y: number,
  width: number,
  height: number,
) => void;

/** Steps down, frames across, on one canvas. One cell is in focus: it follows the arrow keys and the pointer. */
export class StepGrid {
  readonly root: HTMLElement;
  /** Called when the size has changed and the cells must be painted again. */
  onResize: () => void = () => undefined;
  private readonly canvas = element('canvas', { class: 'run-cells', attributes: { 'aria-hidden': 'true' } });
  private readonly marker = element('div', { class: 'run-cell', attributes: { role: 'gridcell', id: 'cell', 'aria-selected': 'true' } });
  private readonly rowLabels = element('div', { class: 'run-row-labels', attributes: { 'aria-hidden': 'true' } });
  private readonly columnLabels = element('div', { class: 'run-column-labels', attributes: { 'aria-hidden': 'true' } });
  private readonly board: HTMLElement;
  private readonly observer = new ResizeObserver(() => this.layout());
  private cell = { width: 0, height: 0 };
  private painted = '';

  constructor(
    private readonly playhead: Playhead,
    private readonly aspect: number,
    private readonly stepNames: readonly string[],
  ) {
    const row = element('div', { attributes: { role: 'row' }, children: [this.marker] });
    this.board = element('div', {
      class: 'run-board',
      attributes: {
        role: 'grid',
        tabindex: '0',
        'aria-label': 'Steps down, frames across',
        'aria-rowcount': String(playhead.steps),
        'aria-colcount': String(playhead.frames),
        'aria-activedescendant': 'cell',
        'aria-keyshortcuts': 'ArrowUp ArrowDown ArrowLeft ArrowRight Home End Space',
      },
      children: [this.canvas, row],
    });
    this.root = element('div', { class: 'run-grid', children: [this.columnLabels, this.rowLabels, this.board] });
    this.observer.observe(this.root);
    this.listen();
  }

  /** Paints all cells, unless they already show what `key` names. */
  show(key: string, paint: CellPainter): void {
    const { steps, frames } = this.playhead;
    const { width, height } = this.cell;
    const wanted = `${key} ${width}x${height}`;
    if (width === 0 || wanted === this.painted) return;
    this.painted = wanted;
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(frames * (width + gap) * ratio);
    this.canvas.height = Math.round(steps * (height + gap) * ratio);
    const pen = this.canvas.getContext('2d', { willReadFrequently: true });
    if (!pen) return;
    pen.imageSmoothingQuality = 'medium';
    for (let row = 0; row < steps; row++) {
      for (let frame = 0; frame < frames; frame++) {
        const [x, y] = [Math.round(frame * (width + gap) * ratio), Math.round(row * (height + gap) * ratio)];
        paint(pen, row, frame, x, y, Math.round(width * ratio), Math.round(height * ratio));
      }
    }
  }

  /** Puts the focus where the playhead is. @param label what the cell shows. */
  focus(label: string): void {
    const { step, frame } = this.playhead;
    const { width, height } = this.cell;
    this.marker.style.transform = `translate(${frame * (width + gap)}px, ${step * (height + gap)}px)`;
    this.marker.setAttribute('aria-label', label);
    this.marker.setAttribute('aria-rowindex', String(step + 1));
    this.marker.setAttribute('aria-colindex', String(frame + 1));
    this.keepInSight(step * (height + gap), height);
  }

  dispose(): void {
    this.observer.disconnect();
  }

  private layout(): void {
    const { steps, frames } = this.playhead;
    const across = (this.root.clientWidth - labels.left) / frames - gap;
    const down = (roomHeight - labels.top) / steps - gap;
    if (across <= 0) return;
    // Cells as large as both sides allow; a long run scrolls inside rather than shrinking to specks.
    const width = Math.max(4, Math.floor(Math.min(across, cellWidths.most, Math.max(cellWidths.least, down * this.aspect))));
    const height = Math.max(4, Math.round(width / this.aspect));
    if (width === this.cell.width && height === this.cell.height) return;
    this.cell = { width, height };
    const size = { width: `${frames * (width + gap) - gap}px`, height: `${steps * (height + gap) - gap}px` };
    Object.assign(this.board.style, size);
    Object.assign(this.canvas.style, { width: `${frames * (width + gap)}px`, height: `${steps * (height + gap)}px` });
    Object.assign(this.marker.style, { width: `${width}px`, height: `${height}px` });
    this.rowLabels.replaceChildren(...spread(this.stepNames, height + gap, 13));
    this.columnLabels.replaceChildren(
      ...spread(
        Array.from({ length: frames }, (_, frame) => String(frame + 1)),
        width + gap,
        22,
      ),
    );
    this.onResize();
  }

  private keepInSight(top: number, height: number): void {
    const { scrollTop, clientHeight, scrollHeight } = this.root;
    if (scrollHeight <= clientHeight) return;
    const from = top + labels.top;
    if (from < scrollTop + labels.top) this.root.scrollTop = top;
    else if (from + height > scrollTop + clientHeight) this.root.scrollTop = from + height - clientHeight;
  }

  private listen(): void {
    const { playhead, board } = this;
    board.addEventListener('keydown', (event) => {
      const whole = event.ctrlKey || event.metaKey;
      const by = event.shiftKey ? 5 : 1;
      const moves: Record<string, { step?: number; frame?: number }> = {
        ArrowLeft: { frame: playhead.frame - by },
        ArrowRight: { frame: playhead.frame + by },
        ArrowUp: { step: playhead.step - by },
        ArrowDown: { step: playhead.step + by },
        Home: { frame: 0, ...(whole ? { step: 0 } : {}) },
        End: { frame: Infinity, ...(whole ? { step: Infinity } : {}) },
        PageUp: { step: playhead.step - 5 },
        PageDown: { step: playhead.step + 5 },
      };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      playhead.pause();
      playhead.moveTo(move);
    });
    const point = (event: PointerEvent): void => {
      const box = board.getBoundingClientRect();
      playhead.pause();
      playhead.moveTo({
        frame: Math.floor((event.clientX - box.left) / (this.cell.width + gap)),
        step: Math.floor((event.clientY - box.top) / (this.cell.height + gap)),
      });
    };
    board.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      board.setPointerCapture(event.pointerId);
      point(event);
    });
    board.addEventListener('pointermove', (event) => event.buttons & 1 && board.hasPointerCapture(event.pointerId) && point(event));
  }
}

/** Labels at even distances, as many as there is room for. */
function spread(names: readonly string[], distance: number, least: number): HTMLElement[] {
  const every = Math.max(1, Math.ceil(least / distance));
  return names.map((name, index) => {
    const label = element('span', { text: index % every === 0 ? name : '' });
    label.style.flexBasis = `${distance}px`;
    return label;
  });
}
