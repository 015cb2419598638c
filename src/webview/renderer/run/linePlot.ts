import { element } from '../../dom.js';
import { logTicks, roundTicks, shortNumber } from '../../../shared/figures/ticks.js';
import { path, shape, textAt } from './svgShapes.js';

/** A line of a {@link LinePlot}. */
export interface PlotLine {
  readonly name: string;
  /** One value for each place of the x axis; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** Which of the palette's colours and dashes, from 0. */
  readonly style: number;
  /** Drawn stronger than the others. */
  readonly strong?: boolean;
}

/** What a {@link LinePlot} shows. */
export interface PlotContent {
  readonly title: string;
  readonly xLabel: string;
  /** What each place of the x axis is called, as "step 3". */
  readonly places: readonly string[];
  /** Numbers under the x axis, for each place. */
  readonly numbers: readonly number[];
  readonly lines: readonly PlotLine[];
  /** A logarithmic y axis, for values above zero. */
  readonly log?: boolean;
  /** The y axis begins at zero. */
  readonly fromZero?: boolean;
  /** The y axis reaches up to here at least: it then stands still while the lines move. */
  readonly reach?: number;
  /** A place to the left of which the ground is shaded, and why. */
  readonly start?: { readonly index: number; readonly text: string };
}

const height = 168;
const room = { left: 46, right: 12, top: 8, bottom: 34 };

/** A plot of a few lines: axes, ticks, the values under the pointer, and the place where the reader is. */
export class LinePlot {
  readonly root: HTMLElement;
  /** Called with a place that was clicked or chosen with the arrow keys. */
  onPick: ((index: number) => void) | undefined;
  private readonly drawing = shape('svg', { class: 'run-plot', height: String(height) });
  private readonly heading = element('span', { class: 'run-plot-title' });
  private readonly values = element('span', { class: 'run-plot-values' });
  private readonly observer = new ResizeObserver(() => this.layout());
  private content: PlotContent | undefined;
  private text = '';
  private at: number | undefined;
  private hovered: number | undefined;
  private width = 0;
  private range = { min: 0, max: 1 };
  private courses: readonly SVGPathElement[] = [];
  private marker = shape('line', { class: 'run-now' });
  private dots = shape('g');

  constructor(pickable: boolean) {
    this.drawing.setAttribute('role', pickable ? 'slider' : 'img');
    if (pickable) this.drawing.setAttribute('tabindex', '0');
    this.root = element('figure', {
      class: 'run-plot-figure',
      children: [element('figcaption', { children: [this.heading, this.values] })],
    });
    this.root.append(this.drawing);
    this.root.classList.toggle('pickable', pickable);
    this.observer.observe(this.root);
    this.listen();
  }

  /** Draws anew what differs, and marks the place where the reader is. */
  show(content: PlotContent, at: number | undefined): void {
    this.content = content;
    this.at = at;
    this.range = rangeOf(content);
    this.heading.textContent = content.title;
    const { lines } = content;
    // Axes are made of many elements: they are kept while only the lines move between them.
    const text = JSON.stringify([
      { ...content, lines: [], title: '' },
      this.range,
      lines.map(({ name, style, strong }) => [name, style, strong]),
    ]);
    if (text !== this.text) {
      this.text = text;
      this.layout(true);
    } else lines.forEach(({ values }, index) => this.courses[index]?.setAttribute('d', this.course(values)));
    this.mark();
  }

  dispose(): void {
    this.observer.disconnect();
  }

  private xOf(index: number): number {
    const count = this.content?.places.length ?? 1;
    return room.left + (count < 2 ? 0.5 : index / (count - 1)) * (this.width - room.left - room.right);
  }

  private yOf(value: number): number {
    const { min, max } = this.range;
    const share = this.content?.log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
    return height - room.bottom - share * (height - room.top - room.bottom);
  }

  private layout(force = false): void {
    const width = Math.floor(this.root.clientWidth);
    const { content } = this;
    if (!content || width < 80 || (width === this.width && !force)) return;
    this.width = width;
    this.drawing.setAttribute('width', String(width));
    this.drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const { min, max } = this.range;
    const floor = height - room.bottom;
    const parts: SVGElement[] = [];
    if (content.start && content.start.index > 0) {
      const x = this.xOf(content.start.index - 0.5);
      parts.push(
        shape('rect', { class: 'run-skipped', x: room.left, y: room.top, width: x - room.left, height: floor - room.top }),
        shape('line', { class: 'run-start', x1: x, x2: x, y1: room.top, y2: floor }),
      );
      const right = x < width * 0.55;
      parts.push(textAt(right ? x + 5 : x - 5, room.top + 11, content.start.text, 'run-start-text', right ? 'start' : 'end'));
    }
    for (const tick of content.log ? logTicks(min, max) : roundTicks(min, max, 3)) {
      const y = this.yOf(tick);
      parts.push(
        shape('line', { class: 'run-rule', x1: room.left, x2: width - room.right, y1: y, y2: y }),
        textAt(room.left - 6, y + 4, shortNumber(tick), 'run-tick', 'end'),
      );
    }
    parts.push(shape('line', { class: 'run-axis', x1: room.left, x2: width - room.right, y1: floor, y2: floor }));
    const last = content.numbers.length - 1;
    const spacing = Math.max(1, Math.ceil((last + 1) / Math.max(2, Math.floor((width - room.left) / 44))));
    for (let index = 0; index <= last; index++) {
      // The last place is always named; a neighbour too close to it gives way.
      if (index !== last && (index % spacing !== 0 || last - index < spacing * 0.7)) continue;
      const x = this.xOf(index);
      parts.push(
        shape('line', { class: 'run-axis', x1: x, x2: x, y1: floor, y2: floor + 4 }),
        textAt(x, floor + 16, shortNumber(content.numbers[index]), 'run-tick', 'middle'),
      );
    }
    parts.push(textAt((room.left + width - room.right) / 2, height - 4, content.xLabel, 'run-tick', 'middle'));
    this.courses = content.lines.map((line) =>
      path(this.course(line.values), `run-line style-${line.style % 6}${line.strong ? ' strong' : ''}`),
    );
    this.drawing.replaceChildren(...parts, ...this.courses, this.marker, this.dots);
    this.mark();
  }

  private course(values: readonly (number | null)[]): string {
    let pen = 'M';
    return values
      .map((value, index) => {
        if (value === null || !Number.isFinite(value) || (this.content?.log && value <= 0)) return ((pen = 'M'), '');
        const point = `${pen}${this.xOf(index).toFixed(1)} ${this.yOf(value).toFixed(1)}`;
        pen = 'L';
        return point;
      })
      .join('');
  }

  /** Moves the line of the current place, and says the values there. */
  private mark(): void {
    const { content } = this;
    const index = this.hovered ?? this.at;
    if (!content || this.width === 0) return;
    const seen = index !== undefined && index >= 0 && index < content.places.length;
    this.marker.style.display = this.dots.style.display = seen ? '' : 'none';
    const said = content.lines.map(({ name, values, style }) => ({ name, style, value: seen ? values[index] : undefined }));
    this.values.replaceChildren(
      ...(seen
        ? [
            `${content.places[index]}: `,
            ...said.flatMap(({ name, style, value }, at) => [
              at > 0 ? ', ' : '',
              ...(content.lines.length > 1
                ? [element('i', { class: `run-swatch style-${style % 6}`, attributes: { 'aria-hidden': 'true' } }), ` ${name} `]
                : []),
              element('b', { text: shortNumber(value) }),
            ]),
          ]
        : []),
    );
    if (!seen) return;
    const x = this.xOf(index).toFixed(1);
    for (const [name, value] of Object.entries({ x1: x, x2: x, y1: String(room.top), y2: String(height - room.bottom) }))
      this.marker.setAttribute(name, value);
    this.dots.replaceChildren(
      ...content.lines.flatMap(({ values, style }) => {
        const value = values[index];
        return value === null || value === undefined || (content.log && value <= 0)
          ? []
          : [shape('circle', { class: `run-dot style-${style % 6}`, cx: x, cy: this.yOf(value).toFixed(1), r: 3 })];
      }),
    );
    const sentence = `${content.title}. ${this.values.textContent ?? ''}`;
    this.drawing.setAttribute('aria-label', this.onPick ? content.title : sentence);
    if (!this.onPick) return;
    for (const [name, value] of Object.entries({
      valuemin: 0,
      valuemax: content.places.length - 1,
      valuenow: this.at ?? 0,
      valuetext: this.values.textContent ?? '',
    }))
      this.drawing.setAttribute(`aria-${name}`, String(value));
  }

  private listen(): void {
    const under = (event: PointerEvent): number => {
      const count = this.content?.places.length ?? 1;
      const share =
        (event.clientX - this.drawing.getBoundingClientRect().left - room.left) / Math.max(1, this.width - room.left - room.right);
      return Math.min(count - 1, Math.max(0, Math.round(share * (count - 1))));
    };
    const look = (index: number | undefined): void => {
      this.hovered = index;
      this.mark();
    };
    this.drawing.addEventListener('pointermove', (event) => {
      const index = under(event);
      look(index);
      if (event.buttons & 1) this.onPick?.(index);
    });
    this.drawing.addEventListener('pointerdown', (event) => event.button === 0 && this.onPick?.(under(event)));
    this.drawing.addEventListener('pointerleave', () => look(undefined));
    this.drawing.addEventListener('keydown', (event) => {
      const last = (this.content?.places.length ?? 1) - 1;
      const from = this.at ?? 0;
      const to = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, Home: 0, End: last }[event.key];
      if (to === undefined || !this.onPick) return;
      event.preventDefault();
      event.stopPropagation();
      this.onPick(Math.min(last, Math.max(0, to)));
    });
  }
}

/** From the lowest to the highest value; never nothing. */
function rangeOf({ lines, log, fromZero, reach }: PlotContent): { min: number; max: number } {
  let [min, max] = [Infinity, reach ?? -Infinity];
  for (const { values } of lines) {
    for (const value of values) {
      if (value === null || !Number.isFinite(value) || (log && value <= 0)) continue;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  if (fromZero) min = Math.min(0, min);
  if (max > min && Number.isFinite(min)) return { min, max };
  if (!Number.isFinite(max)) return { min: log ? 0.1 : 0, max: 1 };
  return log ? { min: max / 2, max: max * 2 } : { min: max - 1, max: max + 1 };
}
