import { element } from '../../dom.js';
import { paint } from './pictureStack.js';
import { viridis } from './colourMaps.js';
import type { FrameMaps } from './wordMaps.js';

/** Maps of several layers or heads beside each other, each a button. */
export class MapStrip {
  readonly root = element('div', { class: 'run-strip', attributes: { role: 'group' } });
  private readonly pixels: (ImageData | undefined)[] = [];
  private names: readonly string[] = [];

  constructor(private readonly onChoose: (row: number) => void) {}

  /** Names the maps; nothing happens when they are the same ones. */
  name(what: string, names: readonly string[], aspect: number): void {
    this.root.setAttribute('aria-label', what);
    if (this.names.length === names.length && this.names.every((name, index) => name === names[index])) return;
    this.names = names;
    const short = withoutCommonEnd(names);
    this.root.replaceChildren(
      ...names.map((name, row) => {
        const canvas = element('canvas', { attributes: { 'aria-hidden': 'true' } });
        canvas.style.aspectRatio = String(aspect);
        const button = element('button', {
          class: 'run-thumb',
          title: name,
          attributes: { type: 'button' },
          children: [canvas, element('span', { text: short[row] ?? name })],
        });
        button.addEventListener('click', () => this.onChoose(row));
        return button;
      }),
    );
  }

  /** Draws the maps of a frame, each in its own range, and marks the chosen one. */
  show(mapsOf: (row: number) => FrameMaps, frame: number, width: number, height: number, chosen: number): void {
    [...this.root.children].forEach((button, row) => {
      button.setAttribute('aria-pressed', String(row === chosen));
      const canvas = button.querySelector('canvas');
      const { of, low, high } = mapsOf(row);
      if (canvas) this.pixels[row] = paint(canvas, this.pixels[row], of(frame), width, height, viridis, low, high);
    });
  }
}

/** Layers' ids are long and end alike: `up_blocks.1.transformer.attn2` is `up_blocks.1` among its like. */
function withoutCommonEnd(names: readonly string[]): string[] {
  const parts = names.map((name) => name.split('.'));
  while (parts.length > 1 && parts.every((each) => each.length > 1 && each.at(-1) === parts[0]?.at(-1)))
    for (const each of parts) each.pop();
  return parts.map((each) => each.join('.'));
}
