import { element } from '../../dom.js';
import type { Atlas } from '../../../shared/outputs/index.js';
import { NamedBox } from './attentionControls.js';
import { Choice } from './choice.js';
import { ColourBar } from './colourBar.js';
import { viridis } from './colourMaps.js';
import { MapStrip } from './mapStrip.js';
import { PictureStack } from './pictureStack.js';
import { frameName } from './runFacts.js';
import type { RunScene, RunView } from './runView.js';
import { atlasOf, valueOf, WordMaps } from './wordMaps.js';
import type { MapKind } from './wordMaps.js';

/** How much every frame looks at every other: a map of frames by frames, by step, layer and head, the playhead's frame outlined. */
export class FramesView implements RunView {
  readonly root: HTMLElement;
  private row = { layer: 0, head: 0 };
  private readonly maps = new WordMaps();
  private readonly stack = new PictureStack(1, 1, 320);
  private readonly kind: Choice<MapKind>;
  private readonly strip: MapStrip;
  private readonly stretched: NamedBox;
  private readonly legend = new ColourBar('share of the attention');
  private readonly caption = element('figcaption', { class: 'run-caption' });

  constructor(private readonly scene: RunScene) {
    const between = scene.payload.frameAttention;
    const redraw = (): void => scene.redraw();
    this.kind = new Choice<MapKind>(
      'Which attention',
      [
        ['step', 'This step', 'Mean over layers and heads, at the step above'],
        ['all', 'All steps', 'Mean over steps, layers and heads'],
        ...(between?.byLayers ? [['layer', 'By layer', 'Mean over steps and heads'] as const] : []),
        ...(between?.byHeads ? [['head', 'By head', 'Mean over steps and layers'] as const] : []),
      ],
      'all',
      redraw,
    );
    this.strip = new MapStrip((row) => {
      this.row = { ...this.row, [this.kind.value]: row };
      redraw();
    });
    this.stretched = new NamedBox(
      'Colours for this map alone',
      true,
      'Off: one scale for all steps (or layers, or heads), so that they can be compared',
      redraw,
    );
    this.root = element('div', {
      class: 'run-columns',
      children: [
        element('figure', { class: 'run-large', children: [this.stack.root, this.caption, this.legend.root] }),
        element('div', { class: 'run-side', children: [this.kind.root, this.strip.root, this.stretched.root] }),
      ],
    });
  }

  get follows(): { step: boolean; frame: boolean } {
    return { step: this.kind.value === 'step', frame: true };
  }

  draw(): void {
    const { payload, playhead } = this.scene;
    const between = payload.frameAttention;
    if (!between) return;
    const kind = this.kind.value;
    const atlas = atlasOf(between, kind) as Atlas;
    const count = atlas.tileWidth;
    const row = kind === 'step' ? playhead.step : kind === 'all' ? 'all' : Math.min(this.row[kind], atlas.rows.length - 1);
    this.strip.root.hidden = kind !== 'layer' && kind !== 'head';
    const picture = this.scene.picture(atlas);
    const line = between.lines[playhead.frame] ?? 0;
    const which = row === 'all' ? 'over all steps' : `${kind === 'step' ? 'at' : kind === 'layer' ? 'in' : 'of'} ${atlas.rows[row] ?? ''}`;
    const frames = `frame ${frameName(payload, playhead.frame)}`;
    let says = `What frames (down) look at (across), ${which}; outlined: ${frames}`;
    if (picture) {
      const { of, low, high } = this.maps.maps(picture, row);
      const [from, to] = this.stretched.value ? [low, high] : [0, 255];
      const values = of(0);
      this.stack.showMap(values, count, count, viridis, from, to);
      this.stack.showOutline(`M0 ${line}H${count}V${line + 1}H0z`, count, count);
      this.legend.show(viridis, valueOf(atlas, from) * 100, valueOf(atlas, to) * 100, '%');
      const self = valueOf(atlas, values[line * count + line] ?? 0);
      says += `, which gives ${(self * 100).toFixed(1)} % of its attention to itself`;
      if (!this.strip.root.hidden) {
        this.strip.name(kind === 'layer' ? 'Layers' : 'Heads', atlas.rows, 1);
        this.strip.show((each) => this.maps.maps(picture, each), 0, count, count, row as number);
      }
    }
    this.caption.textContent = says;
    this.stack.label(says);
  }

  dispose(): void {
    // Nothing is held beyond the page's own elements.
  }
}
