import { element } from '../../dom.js';
import type { LatentChannelPayload } from '../../../shared/outputs/index.js';
import { Choice } from './choice.js';
import { ColourBar } from './colourBar.js';
import { diverging, viridis } from './colourMaps.js';
import { LinePlot } from './linePlot.js';
import { shortNumber } from '../../../shared/figures/ticks.js';
import { PictureStack } from './pictureStack.js';
import type { RunScene, RunView } from './runView.js';
import { path, shape } from './svgShapes.js';

/** One channel's map with its histogram on the colour bar. */
interface ChannelCard {
  readonly root: HTMLElement;
  readonly map: PictureStack;
  readonly bar: ColourBar;
  readonly histogram: SVGPathElement;
}

/** The latents: every channel as a map, or all together as the picture they stand for. */
export class LatentsView implements RunView {
  readonly root: HTMLElement;
  readonly follows = { step: true, frame: true };
  private readonly cards: readonly ChannelCard[];
  private readonly board: HTMLElement;
  private readonly pictures: HTMLElement;
  private readonly clean: PictureStack | undefined;
  private readonly noisy: PictureStack | undefined;
  private readonly mode: Choice<'maps' | 'pictures'>;
  private readonly colours: Choice<'viridis' | 'diverging'>;
  private readonly numbers = element('dl', { class: 'stats' });
  private readonly spread = new LinePlot(true);

  constructor(private readonly scene: RunScene) {
    const { payload, playhead } = scene;
    const { latents = [], x0, xt } = payload;
    this.cards = latents.map((channel, index) => cardOf(channel, index, latents.length));
    this.board = element('div', { class: 'run-channels', children: this.cards.map(({ root }) => root) });
    const framed = (stack: PictureStack | undefined, text: string): HTMLElement | undefined =>
      stack && element('figure', { children: [stack.root, element('figcaption', { class: 'run-caption', text })] });
    this.noisy = xt && new PictureStack(xt.tileWidth, xt.tileHeight, 384);
    this.clean = x0 && new PictureStack(x0.tileWidth, x0.tileHeight, 384);
    this.pictures = element('div', {
      class: 'run-pair',
      children: [framed(this.noisy, 'Noisy latents as a picture, xₜ'), framed(this.clean, 'Predicted result, x₀')],
    });
    const hasBoth = latents.length > 0 && (x0 ?? xt) !== undefined;
    this.mode = new Choice(
      'What to draw',
      hasBoth
        ? [
            ['maps', 'Channels'],
            ['pictures', 'As RGB'],
          ]
        : [],
      latents.length > 0 ? 'maps' : 'pictures',
      () => scene.redraw(),
    );
    this.colours = new Choice(
      'Colour map',
      [
        ['viridis', 'Low to high'],
        ['diverging', 'Around zero', 'Blue below zero, red above'],
      ],
      'viridis',
      () => scene.redraw(),
    );
    this.spread.onPick = (step) => playhead.moveTo({ step });
    this.root = element('div', {
      class: 'run-latents',
      children: [
        element('div', { class: 'run-tools', children: [this.mode.root, this.colours.root] }),
        this.board,
        this.pictures,
        element('div', { class: 'run-beside', children: [this.numbers, this.spread.root] }),
      ],
    });
    this.spread.root.hidden = !payload.steps.some(({ latents }) => latents);
  }

  draw(): void {
    const { payload, playhead } = this.scene;
    const { step, frame } = playhead;
    const maps = this.mode.value === 'maps';
    this.board.hidden = this.colours.root.hidden = !maps;
    this.pictures.hidden = maps;
    if (maps)
      this.cards.forEach((card, index) => this.drawChannel(card, payload.latents?.[index] as LatentChannelPayload, index, step, frame));
    else {
      for (const [atlas, stack, name] of [
        [payload.xt, this.noisy, 'Noisy latents'],
        [payload.x0, this.clean, 'Predicted result'],
      ] as const) {
        const picture = atlas && this.scene.picture(atlas);
        const pen = picture && stack?.pen(atlas.tileWidth, atlas.tileHeight);
        if (picture && pen) picture.draw(pen, step, frame, 0, 0, atlas.tileWidth, atlas.tileHeight);
        stack?.label(`${name} at step ${payload.steps[step]?.step ?? ''}, frame ${frame + 1}`);
      }
    }
    this.drawNumbers(step);
  }

  dispose(): void {
    this.spread.dispose();
  }

  private drawChannel(card: ChannelCard, { atlas, histograms }: LatentChannelPayload, index: number, step: number, frame: number): void {
    const { min = 0, max = 1 } = atlas.range ?? {};
    const around = this.colours.value === 'diverging';
    const reach = Math.max(Math.abs(min), Math.abs(max));
    const [low, high] = around ? [-reach, reach] : [min, max];
    // In grey values, where the ends of the colours lie; beyond 0 … 255 when zero must be in the middle.
    const grey = (value: number): number => ((value - min) / (max - min || 1)) * 255;
    const map = around ? diverging : viridis;
    card.bar.show(map, low, high);
    card.map.label(`Channel ${index + 1} of the latents at step ${this.scene.payload.steps[step]?.step ?? ''}, frame ${frame + 1}`);
    const picture = this.scene.picture(atlas);
    if (picture) card.map.showMap(picture.values(step, frame), atlas.tileWidth, atlas.tileHeight, map, grey(low), grey(high));
    const bins = histograms[step] ?? [];
    const most = bins.reduce((a, b) => Math.max(a, b), 1);
    const binWidth = (max - min) / Math.max(1, bins.length);
    const x = (bin: number): string => (((min + bin * binWidth - low) / (high - low || 1)) * 100).toFixed(2);
    card.histogram.setAttribute(
      'd',
      bins.map((count, bin) => `M${x(bin)} 40V${(40 - (count / most) * 38).toFixed(1)}H${x(bin + 1)}V40z`).join(''),
    );
  }

  private drawNumbers(step: number): void {
    const { steps } = this.scene.payload;
    const at = steps[step];
    const rows: [string, number | null | undefined][] = [
      ['mean', at?.latents?.mean],
      ['std', at?.latents?.std],
      ['min', at?.latents?.min],
      ['max', at?.latents?.max],
      ['change', at?.change],
      ['guidance', at?.guidance],
    ];
    this.numbers.replaceChildren(
      ...rows
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => element('div', { children: [element('dt', { text: name }), element('dd', { text: shortNumber(value) })] })),
    );
    if (this.spread.root.hidden) return;
    this.spread.show(
      {
        title: 'Standard deviation of the latents',
        xLabel: 'step',
        fromZero: true,
        places: steps.map(({ step }) => `step ${step}`),
        numbers: steps.map(({ step }) => step),
        lines: [{ name: 'std', values: steps.map(({ latents }) => latents?.std ?? null), style: 0, strong: true }],
      },
      step,
    );
  }
}

function cardOf({ atlas }: LatentChannelPayload, index: number, count: number): ChannelCard {
  const map = new PictureStack(atlas.tileWidth, atlas.tileHeight, count <= 4 ? 208 : 144);
  const bar = new ColourBar(`channel ${index + 1}`);
  const drawing = shape('svg', {
    class: 'run-histogram',
    viewBox: '0 0 100 40',
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `Histogram of channel ${index + 1} at this step`,
  });
  const histogram = path('', 'run-bins');
  drawing.append(histogram);
  const root = element('figure', { class: 'run-channel', children: [element('figcaption', { text: `Channel ${index + 1}` }), map.root] });
  root.append(drawing, bar.root);
  return { root, map, bar, histogram };
}
