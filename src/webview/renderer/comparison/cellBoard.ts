import { element } from '../../dom.js';
import type { Arrangement, Slot } from './arrangement.js';
import { type CellLook, CellView } from './cellView.js';

/** The cells, in a grid with names or sorted in a row that breaks. One of them can be reached by Tab; arrow keys go to the others. */
export class CellBoard {
  readonly root = element('div', { class: 'cmp-board' });
  private readonly views = new Map<string, CellView>();
  private readonly byRoot = new WeakMap<Element, CellView>();
  private readonly observer: IntersectionObserver;
  private rows: readonly (readonly CellView[])[] = [];
  private structure = '';
  private at = '';

  /**
   * @param onOpen called with a cell that is to be seen large.
   * @param onSight called when cells came into sight or left it.
   */
  constructor(
    private readonly onOpen: (slot: Slot) => void,
    private readonly onSight: (gone: readonly CellView[]) => void,
  ) {
    this.observer = new IntersectionObserver((entries) => this.see(entries), { root: this.root, rootMargin: '160px' });
    this.root.addEventListener('keydown', (event) => this.press(event));
    this.root.addEventListener('focusin', (event) => {
      const view = this.all.find(({ button }) => button === event.target);
      if (view) this.reach(view);
    });
  }

  /** The cells that are on the screen. */
  get inSight(): CellView[] {
    return this.all.filter(({ visible }) => visible);
  }

  /** The view of the cell at a place, where it is shown. */
  viewOf(place: readonly number[]): CellView | undefined {
    return this.views.get(place.join());
  }

  /** Shows cells. Views stay with their cells, so that nothing flickers. @param running the place of the cell that is being made. */
  show({ columns, rows }: Arrangement, look: CellLook, running: string | undefined): void {
    const structure = JSON.stringify([columns, rows.map(({ name, slots }) => [name, slots.map(({ key }) => key)])]);
    if (structure !== this.structure) {
      this.structure = structure;
      this.build({ columns, rows });
    }
    for (const slot of rows.flatMap(({ slots }) => slots)) this.views.get(slot.key)!.show(slot, look, slot.key === running);
    const reached = this.views.get(this.at);
    if (!reached || reached.button.disabled) this.reach(this.all.find(({ button }) => !button.disabled) ?? this.all[0]);
  }

  /** Moves the keyboard to a cell. */
  focus(key: string): void {
    const view = this.views.get(key);
    if (!view) return;
    this.reach(view);
    view.button.focus();
  }

  dispose(): void {
    this.observer.disconnect();
    for (const view of this.views.values()) view.forget();
  }

  private get all(): readonly CellView[] {
    return this.rows.flat();
  }

  private build({ columns, rows }: Arrangement): void {
    const focused = this.all.find(({ button }) => button.matches(':focus'));
    const keep = new Set(rows.flatMap(({ slots }) => slots.map(({ key }) => key)));
    for (const [key, view] of this.views) {
      if (keep.has(key)) continue;
      this.observer.unobserve(view.root);
      view.visible = false;
      view.forget();
      this.views.delete(key);
    }
    this.rows = rows.map(({ slots }) => slots.map((slot) => this.views.get(slot.key) ?? this.make(slot)));
    this.root.dataset.order = columns ? 'grid' : 'sorted';
    this.root.setAttribute('role', columns ? 'grid' : 'list');
    this.root.setAttribute('aria-label', columns ? 'Cells of the comparison' : 'Cells of the comparison, the best first');
    this.root.style.setProperty('--columns', String(columns?.length ?? 1));
    for (const view of this.all) view.root.setAttribute('role', columns ? 'gridcell' : 'listitem');
    if (!columns)
      return this.fill(
        this.all.map(({ root }) => root),
        focused,
      );
    const head = element('div', {
      class: 'cmp-row cmp-head',
      attributes: { role: 'row' },
      children: [
        element('span', { class: 'cmp-row-name', attributes: { role: 'columnheader' } }),
        ...columns.map((text) => element('span', { class: 'cmp-column-name', text, title: text, attributes: { role: 'columnheader' } })),
      ],
    });
    const lines = rows.map(({ name }, index) =>
      element('div', {
        class: 'cmp-row',
        attributes: { role: 'row' },
        children: [
          element('span', { class: 'cmp-row-name', text: name, title: name, attributes: { role: 'rowheader' } }),
          ...this.rows[index]!.map(({ root }) => root),
        ],
      }),
    );
    this.root.toggleAttribute('data-nameless', rows.length === 1 && rows[0]!.name === '');
    this.fill(columns.some(Boolean) ? [head, ...lines] : lines, focused);
  }

  private fill(parts: readonly HTMLElement[], focused: CellView | undefined): void {
    this.root.replaceChildren(...parts);
    // What is moved in the document loses the focus.
    if (focused && this.all.includes(focused)) focused.button.focus({ preventScroll: true });
  }

  private make(slot: Slot): CellView {
    const view = new CellView(slot, ({ slot: opened }) => this.onOpen(opened));
    this.views.set(slot.key, view);
    this.byRoot.set(view.root, view);
    this.observer.observe(view.root);
    return view;
  }

  private see(entries: readonly IntersectionObserverEntry[]): void {
    const gone: CellView[] = [];
    for (const { target, isIntersecting } of entries) {
      const view = this.byRoot.get(target);
      if (!view) continue;
      view.visible = isIntersecting;
      if (!isIntersecting) gone.push(view);
    }
    this.onSight(gone);
  }

  private reach(view: CellView | undefined): void {
    const before = this.views.get(this.at);
    if (before) before.button.tabIndex = -1;
    if (!view) return;
    this.at = view.slot.key;
    view.button.tabIndex = 0;
  }

  private press(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey) return;
    const from = this.views.get(this.at);
    const rows = this.root.dataset.order === 'grid' ? this.rows : brokenInto(this.all);
    const y = rows.findIndex((row) => from && row.includes(from));
    if (!from || y < 0) return;
    const x = rows[y]!.indexOf(from);
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    let to: CellView | undefined;
    if (step) {
      // Over cells that are not made yet to the next one that is.
      for (let [nx, ny] = [x + step[0]!, y + step[1]!]; rows[ny]?.[nx]; nx += step[0]!, ny += step[1]!)
        if (!rows[ny]![nx]!.button.disabled) {
          to = rows[ny]![nx];
          break;
        }
    } else if (event.key === 'Home' || event.key === 'End') {
      const among = (event.ctrlKey ? this.all : rows[y]!).filter(({ button }) => !button.disabled);
      to = event.key === 'Home' ? among[0] : among.at(-1);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    if (!to) return;
    this.reach(to);
    to.button.focus();
  }
}

/** The rows that a line of cells is broken into on the screen. */
function brokenInto(views: readonly CellView[]): CellView[][] {
  const rows: CellView[][] = [];
  let top: number | undefined;
  for (const view of views) {
    if (view.root.offsetTop !== top) rows.push([]);
    top = view.root.offsetTop;
    rows.at(-1)!.push(view);
  }
  return rows;
}
