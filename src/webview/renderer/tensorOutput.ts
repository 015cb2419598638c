import type { NumberStats, TensorPayload, TensorPicture } from '../../shared/outputs/index.js';
import { element } from '../dom.js';
import type { OutputView } from './outputView.js';

/** Width of a tensor's pictures on the screen, about. */
const pictureAim = 128;

/** A tensor: its shape in words, its range and spread, pictures of it, and each channel behind a click. */
export class TensorOutput implements OutputView<TensorPayload> {
  readonly root = element('div', { class: 'tensor-output' });

  constructor(payload: TensorPayload) {
    this.update(payload);
  }

  update(payload: TensorPayload): void {
    const { stats, channels, pictures, values, histogram } = payload;
    const parts: (HTMLElement | undefined)[] = [
      element('div', {
        class: 'tensor-head',
        children: [
          payload.title ? element('strong', { text: payload.title }) : undefined,
          element('code', { text: payload.elementType }),
          shapeOf(payload),
        ],
      }),
      element('div', {
        class: 'tensor-body',
        children: [histogram && histogram.length > 0 ? histogramOf(histogram, stats) : undefined, statsOf(stats, payload.notFinite ?? 0)],
      }),
      pictures && pictures.length > 0 ? element('div', { class: 'gallery', children: pictures.map(pictureOf) }) : undefined,
      values && values.length > 0 ? element('code', { class: 'values', text: `[${values.map(numberText).join(', ')}]` }) : undefined,
      channels && channels.length > 0 ? channelTable(channels) : undefined,
    ];
    this.root.replaceChildren(...parts.filter((part) => part !== undefined));
  }

  dispose(): void {
    this.root.replaceChildren();
  }
}

/** A number in four digits; JSON turns NaN and infinities into null. */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return 'NaN';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

function shapeOf({ dims, dimNames }: TensorPayload): HTMLElement {
  if (dims.length === 0) return element('span', { class: 'dims', text: 'scalar' });
  return element('span', {
    class: 'dims',
    children: dims.flatMap((size, index) => [
      index > 0 ? element('span', { class: 'times', text: '×' }) : undefined,
      element('span', {
        class: 'dim',
        children: [element('b', { text: String(size) }), dimNames?.[index] ? element('small', { text: dimNames[index] ?? '' }) : undefined],
      }),
    ]),
  });
}

function statsOf(stats: NumberStats, notFinite: number): HTMLElement {
  const cells = (['min', 'mean', 'max', 'std'] as const).map((key) =>
    element('div', { children: [element('dt', { text: key }), element('dd', { text: numberText(stats[key]) })] }),
  );
  const bad =
    notFinite > 0
      ? element('div', {
          class: 'bad',
          children: [element('dt', { text: 'NaN or ∞' }), element('dd', { text: notFinite.toLocaleString('en') })],
        })
      : undefined;
  return element('dl', { class: 'stats', children: [...cells, bad] });
}

function histogramOf(bins: readonly number[], stats: NumberStats): HTMLElement {
  const most = Math.max(1, ...bins);
  const chart = element('div', {
    class: 'histogram',
    attributes: { role: 'img', 'aria-label': `Histogram from ${numberText(stats.min)} to ${numberText(stats.max)}` },
  });
  for (const bin of bins.slice(0, 128)) {
    const bar = element('i', { title: bin.toLocaleString('en') });
    bar.style.height = `${(bin / most) * 100}%`;
    chart.append(bar);
  }
  return element('div', {
    class: 'chart',
    children: [
      chart,
      element('div', {
        class: 'axis',
        children: [element('span', { text: numberText(stats.min) }), element('span', { text: numberText(stats.max) })],
      }),
    ],
  });
}

function pictureOf({ label, picture, width, height }: TensorPicture): HTMLElement {
  // A thread of a picture is enlarged by its length.
  const scale = Math.max(1, Math.round(pictureAim / Math.max(width, height / 4)));
  const image = element('img', {
    attributes: { alt: label, loading: 'lazy', width: String(width * scale), height: String(height * scale) },
  });
  image.src = picture;
  const caption = element('figcaption', { text: label, title: label });
  caption.style.maxWidth = `${width * scale}px`;
  return element('figure', { children: [image, caption] });
}

function channelTable(channels: readonly NumberStats[]): HTMLElement {
  const keys = ['min', 'mean', 'max', 'std'] as const;
  const head = element('tr', { children: ['channel', ...keys].map((text) => element('th', { text, attributes: { scope: 'col' } })) });
  const rows = channels.map((stats, index) =>
    element('tr', {
      children: [
        element('th', { text: String(index), attributes: { scope: 'row' } }),
        ...keys.map((key) => element('td', { text: numberText(stats[key]) })),
      ],
    }),
  );
  return element('details', {
    children: [
      element('summary', { text: `${channels.length} ${channels.length === 1 ? 'channel' : 'channels'}` }),
      element('table', { children: [element('thead', { children: [head] }), element('tbody', { children: rows })] }),
    ],
  });
}
