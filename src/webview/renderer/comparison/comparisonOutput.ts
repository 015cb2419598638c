import type { ComparisonPayload } from '../../../shared/outputs/index.js';
import type { PreviewPixels } from '../../../shared/rendererMessages.js';
import { element } from '../../dom.js';
import { framesIn } from '../frameGrid.js';
import type { HostWire } from '../hostWire.js';
import type { OutputView } from '../outputView.js';
import { Playhead } from '../run/playhead.js';
import { Scrubber } from '../run/scrubber.js';
import { Tabs } from '../run/tabs.js';
import { whileVisible } from '../visibility.js';
import { bestCells, byNumber, furtherAxes, inGrid, type Slot } from './arrangement.js';
import { CellBoard } from './cellBoard.js';
import { CellDetail } from './cellDetail.js';
import { type CellView, numbersBelow } from './cellView.js';
import { ComparisonHead } from './comparisonHead.js';
import { SaveRow } from './saveRow.js';
import { SheetShelf } from './sheetShelf.js';

/** So long after the last movement the cells stand still, and their clips run on. */
const STILL_MS = 120;
/** How long cells may be drawn between two pictures of the screen while they are scrolled. */
const DRAWING_MS = 6;
/** So many cells that have left the screen keep their pictures until the others stand still. */
const MOST_GONE = 150;

/** A comparison of settings: its cells as clips that run together, in a grid or sorted by a number; one of them large. */
export class ComparisonOutput implements OutputView<ComparisonPayload> {
  readonly root = element('div', { class: 'run-output comparison-output' });
  private readonly head: ComparisonHead;
  private readonly tools = element('div', { class: 'run-tools cmp-tools' });
  private readonly tabs = element('div', { class: 'cmp-tabs' });
  private readonly panel = element('div');
  private readonly note = element('p', { class: 'run-note', attributes: { role: 'status' } });
  private readonly order = element('select', { attributes: { 'aria-label': 'Order of the cells' } });
  private readonly shelf = new SheetShelf();
  private readonly saves: SaveRow;
  private readonly board: CellBoard;
  private playhead = new Playhead(1, 1, 1);
  private scrubber: Scrubber | undefined;
  private detail: CellDetail | undefined;
  private payload: ComparisonPayload;
  /** The value of each axis that is neither down nor across. */
  private chosen: number[] = [];
  private shape = '';
  private pace = '';
  private pending = 0;
  private moves: boolean;
  /** When the cells were last scrolled. */
  private scrolled = -Infinity;
  /** Cells that have left the screen since they last stood still. */
  private readonly gone = new Set<CellView>();
  private readonly stopWatching: () => void;
  private unwatch: () => void = () => undefined;
  private watched = '';

  constructor(
    payload: ComparisonPayload,
    private readonly wire: HostWire,
  ) {
    this.payload = payload;
    this.moves = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.head = new ComparisonHead(wire);
    this.board = new CellBoard(
      (slot) => this.open(slot),
      (gone) => this.sight(gone),
    );
    this.order.addEventListener('change', () => {
      this.arrange();
      this.board.root.scrollTop = 0;
    });
    this.note.hidden = true;
    this.shelf.onArrival = () => this.redraw();
    const say = (sentence: string): void => {
      this.note.hidden = sentence === '';
      this.note.textContent = sentence;
    };
    this.shelf.onFailure = say;
    this.saves = new SaveRow(wire, () => this.payload, say);
    this.root.append(this.head.root, this.tools, this.tabs, this.note, this.panel);
    this.panel.append(this.board.root);
    this.board.root.addEventListener('scroll', () => (this.scrolled = performance.now()), { passive: true });
    this.root.addEventListener('keydown', (event) => this.press(event));
    this.update(payload);
    this.stopWatching = whileVisible(
      this.root,
      () => {
        if (this.moves && !this.detail && this.playhead.playing === undefined && this.playhead.frames > 1) this.playhead.toggle('frame');
        this.redraw();
      },
      () => {
        this.moves = this.playhead.playing !== undefined;
        this.playhead.pause();
        this.shelf.empty();
      },
    );
  }

  update(payload: ComparisonPayload): void {
    this.payload = payload;
    this.head.show(payload);
    if (payload.runId !== this.watched) {
      this.unwatch();
      this.watched = payload.runId;
      this.unwatch = this.wire.watchRun(payload.runId, (pixels) => this.preview(pixels));
    }
    const shape = JSON.stringify([payload.axes, payload.rows, payload.columns]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.chosen = payload.axes.map(() => 0);
      this.showTabs();
    }
    this.showPace();
    this.showOrders();
    this.arrange();
  }

  dispose(): void {
    this.stopWatching();
    this.unwatch();
    cancelAnimationFrame(this.pending);
    this.playhead.onChange = () => undefined;
    this.playhead.pause();
    this.detail?.dispose();
    this.board.dispose();
    this.shelf.empty();
    this.root.replaceChildren();
  }

  /** A row of tabs for each further axis. */
  private showTabs(): void {
    const { axes } = this.payload;
    this.tabs.replaceChildren(
      ...furtherAxes(this.payload).map((axis) => {
        const { name, labels } = axes[axis]!;
        const tabs = new Tabs(
          labels,
          this.panel,
          (value) => {
            this.chosen[axis] = value;
            this.arrange();
          },
          name,
        );
        tabs.choose(0);
        return element('div', { class: 'cmp-axis', children: [element('span', { class: 'cmp-axis-name', text: name }), tabs.root] });
      }),
    );
  }

  /** One playhead for all clips: it goes round the longest. */
  private showPace(): void {
    const [longest] = [...this.payload.layouts].sort((a, b) => b.frames / b.fps - a.frames / a.fps);
    const { tiles, frames, fps } = longest ?? { tiles: 1, frames: 1, fps: 1 };
    const pace = `${tiles} ${frames} ${fps}`;
    if (pace === this.pace) return;
    this.pace = pace;
    const before = this.playhead;
    before.onChange = () => undefined;
    before.pause();
    this.playhead = new Playhead(1, tiles, (fps * tiles) / frames);
    this.playhead.onChange = () => this.redraw();
    this.scrubber = new Scrubber('frame', this.playhead, (index) => `${this.secondsAt(index).toFixed(2)} s`, 'Play all clips');
    this.tools.replaceChildren(this.scrubber.root, this.orderRow(), this.saves.root);
    if (this.moves && tiles > 1) this.playhead.toggle('frame');
  }

  private secondsAt(tile: number): number {
    const [tiles = 1, frames = 1, fps = 1] = this.pace.split(' ').map(Number);
    return (tile * frames) / tiles / fps;
  }

  private orderRow(): HTMLElement {
    return element('label', { class: 'cmp-order', children: [element('span', { text: 'Order' }), this.order] });
  }

  private showOrders(): void {
    const names = ['as compared', ...this.payload.numbers.map(({ name }) => `${name}, best first`)];
    if (this.order.options.length === names.length) return;
    const { value } = this.order;
    this.order.replaceChildren(
      ...names.map((text, index) =>
        element('option', { text, attributes: { value: index === 0 ? '' : this.payload.numbers[index - 1]!.key } }),
      ),
    );
    this.order.value = value;
  }

  private arrange(): void {
    const { payload } = this;
    const at = payload.numbers.findIndex(({ key }) => key === this.order.value);
    const sorted = at >= 0;
    this.tabs.hidden = sorted || this.detail !== undefined;
    const arrangement = sorted ? byNumber(payload, at) : inGrid(payload, this.chosen);
    const look = {
      payload,
      numbers: numbersBelow(payload, sorted ? at : undefined),
      best: bestCells(payload),
      captioned: sorted,
    };
    const [first] = payload.layouts;
    if (first) this.board.root.style.setProperty('--aspect', `${first.width} / ${first.height}`);
    this.board.show(arrangement, look, payload.state === 'running' ? payload.running?.join() : undefined);
    this.redraw();
  }

  /** Draws at the next picture of the screen, once, however much has changed until then. */
  private redraw(): void {
    this.pending ||= requestAnimationFrame((now) => {
      this.pending = 0;
      const { payload, playhead } = this;
      this.drawCells(now);
      this.scrubber?.show(!this.detail);
      Object.assign(this.root.dataset, {
        frame: playhead.frame,
        playing: playhead.playing ?? '',
        ready: this.shelf.settled,
        cells: payload.cells.length,
      });
    });
  }

  /** Draws the cells in sight. While they are scrolled only those that show nothing yet, as many as the time between two pictures of the screen allows. */
  private drawCells(now: number): void {
    const { payload, playhead } = this;
    const seconds = this.secondsAt(playhead.frame);
    const scrolls = now - this.scrolled < STILL_MS;
    for (const view of this.board.inSight) {
      const { cell } = view.slot;
      if (scrolls && view.shows) continue;
      view.draw(cell && this.shelf.picture(payload, cell), cell && payload.layouts[cell.layout], seconds, playhead.frame);
      if (scrolls && performance.now() - now > DRAWING_MS) break;
    }
    for (const view of this.gone) {
      if (scrolls && this.gone.size <= MOST_GONE) break;
      this.gone.delete(view);
      if (!view.visible) this.letGo(view);
    }
    if (scrolls) this.redraw();
  }

  private sight(gone: readonly CellView[]): void {
    for (const view of gone) this.gone.add(view);
    this.redraw();
  }

  private letGo(view: CellView): void {
    if (!view.slot.cell) return;
    this.shelf.drop(view.slot.cell);
    view.forget();
  }

  private preview(pixels: PreviewPixels): void {
    if (this.payload.state !== 'running') return;
    this.head.progress(pixels);
    if (pixels.place) this.board.viewOf(pixels.place)?.showLive(framesIn(pixels));
    this.redraw();
  }

  private open({ key, place, caption, cell }: Slot): void {
    if (!cell) return;
    this.close();
    this.moves = this.playhead.playing !== undefined;
    this.playhead.pause();
    const detail = (this.detail = new CellDetail(this.payload, { key, place, caption, cell }, this.wire, () => {
      this.close();
      this.board.focus(key);
      if (this.moves && this.playhead.frames > 1) this.playhead.toggle('frame');
    }));
    this.panel.replaceChildren(detail.root);
    this.tools.hidden = this.tabs.hidden = true;
    detail.open();
  }

  private close(): void {
    if (!this.detail) return;
    this.detail.dispose();
    this.detail = undefined;
    this.panel.replaceChildren(this.board.root);
    this.tools.hidden = false;
    this.arrange();
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.composedPath()[0];
    const used = target instanceof HTMLButtonElement || target instanceof HTMLSelectElement || target instanceof HTMLAnchorElement;
    if (event.key === ' ' && !used && !this.detail) {
      event.preventDefault();
      this.playhead.toggle('frame');
    }
    // Keys that mean something to a focused control here are no commands of the notebook.
    if (/^( |Enter|Escape|Arrow\w+|Home|End|Page\w+)$/.test(event.key)) event.stopPropagation();
  }
}
