import { element } from '../../dom.js';
import type { Atlas, WordAttentionPayload } from '../../../shared/outputs/index.js';
import { NamedBox, NamedSlider } from './attentionControls.js';
import type { AtlasPicture } from './atlasPicture.js';
import { Choice } from './choice.js';
import { ColourBar } from './colourBar.js';
import { viridis } from './colourMaps.js';
import { MapStrip } from './mapStrip.js';
import { MassPlots } from './massPlots.js';
import { outline } from './outline.js';
import { PictureStack } from './pictureStack.js';
import { PromptWords } from './promptWords.js';
import { frameName } from './runFacts.js';
import type { RunScene, RunView } from './runView.js';
import { atlasOf, maskGrey, valueOf, WordMaps } from './wordMaps.js';
import type { FrameMaps, MapKind } from './wordMaps.js';

/** Where the model put each word: the clip with a heat map over it, by step, layer and head, and how much each word drew. */
export class AttentionView implements RunView {
  readonly root: HTMLElement;
  private word = 0;
  private row = { layer: 0, head: 0 };
  private readonly words: readonly WordAttentionPayload[];
  private readonly maps = new WordMaps();
  private readonly prompt: PromptWords;
  private readonly stack: PictureStack;
  private readonly kind: Choice<MapKind>;
  private readonly ground: Choice<'result' | 'x0' | 'none'>;
  private readonly strip: MapStrip;
  private readonly opacity: NamedSlider;
  private readonly threshold: NamedSlider;
  private readonly masked: NamedBox;
  private readonly stretched: NamedBox;
  private readonly legend = new ColourBar('share of the attention');
  private readonly caption = element('figcaption', { class: 'run-caption' });
  private readonly plots: MassPlots;
  /** What the picture below was drawn from. */
  private drawn: readonly unknown[] = [];

  constructor(private readonly scene: RunScene) {
    const { payload } = scene;
    const redraw = (): void => scene.redraw();
    this.words = payload.attention?.words ?? [];
    const has = (kind: MapKind): boolean => this.words.some((word) => atlasOf(word, kind));
    this.prompt = new PromptWords(payload, (word) => {
      this.word = word;
      redraw();
    });
    this.stack = new PictureStack(payload.width, payload.height, 384);
    this.kind = new Choice<MapKind>(
      'Which attention',
      [
        ['step', 'This step', 'Mean over layers and heads, at the step above'],
        ['all', 'All steps', 'Mean over steps, layers and heads'],
        ...(has('layer') ? [['layer', 'By layer', 'Mean over steps and heads'] as const] : []),
        ...(has('head') ? [['head', 'By head', 'Mean over steps and layers'] as const] : []),
      ],
      'step',
      redraw,
    );
    this.ground = new Choice(
      'Picture below',
      [
        ...(payload.resultFrames ? [['result', 'Result'] as const] : []),
        ...(payload.x0 ? [['x0', 'At this step', 'The clean clip as predicted at this step'] as const] : []),
        ['none', 'Map only'] as const,
      ],
      payload.resultFrames ? 'result' : payload.x0 ? 'x0' : 'none',
      redraw,
    );
    this.strip = new MapStrip((row) => {
      this.row = { ...this.row, [this.kind.value]: row };
      redraw();
    });
    this.opacity = new NamedSlider('Heat map', 0.5, (value) => `${Math.round(value * 100)} %`, redraw);
    this.masked = new NamedBox(
      'Mask',
      false,
      'Outlines where the attention reaches the threshold, as run.attention(word).mask(threshold) does',
      redraw,
    );
    this.threshold = new NamedSlider('from', 0.5, (value) => `${Math.round(value * 100)} % of its top`, redraw);
    this.stretched = new NamedBox(
      'Colours for this map alone',
      true,
      'Off: one scale for all steps (or layers, or heads), so that they can be compared',
      redraw,
    );
    this.plots = new MassPlots(scene, this.words);
    this.root = element('div', {
      class: 'run-attention',
      children: [
        this.prompt.root,
        element('div', {
          class: 'run-columns',
          children: [
            element('figure', { class: 'run-large', children: [this.stack.root, this.caption, this.legend.root] }),
            element('div', {
              class: 'run-side',
              children: [
                this.kind.root,
                this.strip.root,
                this.ground.root,
                this.opacity.root,
                element('div', { class: 'run-mask', children: [this.masked.root, this.threshold.root] }),
                this.stretched.root,
              ],
            }),
          ],
        }),
        this.plots.root,
      ],
    });
  }

  get follows(): { step: boolean; frame: boolean } {
    return { step: this.kind.value === 'step' || this.ground.value === 'x0', frame: true };
  }

  draw(): void {
    const word = this.words[this.word];
    if (!word) return;
    const { payload, playhead } = this.scene;
    const kind = atlasOf(word, this.kind.value) ? this.kind.value : 'step';
    const atlas = atlasOf(word, kind) as Atlas;
    const picture = this.scene.picture(atlas);
    const row = kind === 'step' ? playhead.step : kind === 'all' ? 'all' : Math.min(this.row[kind], atlas.rows.length - 1);
    const which =
      kind === 'step'
        ? `at step ${payload.steps[playhead.step]?.step ?? ''}`
        : kind === 'all'
          ? 'over all steps'
          : `${kind === 'layer' ? 'in' : 'of'} ${atlas.rows[row as number] ?? ''}`;
    this.prompt.press(this.word);
    this.strip.root.hidden = kind !== 'layer' && kind !== 'head';
    this.threshold.root.classList.toggle('off', !this.masked.value);
    this.drawGround();
    const name = `Attention to “${word.text}” ${which}, frame ${frameName(payload, playhead.frame)}`;
    let share: number | undefined;
    if (picture) {
      const maps = this.maps.maps(picture, row);
      share = this.drawHeat(atlas, maps);
      if (!this.strip.root.hidden) this.drawStrip(picture, kind, row as number);
    }
    this.caption.textContent = share === undefined ? name : `${name}. The mask covers ${(share * 100).toFixed(1)} % of it`;
    this.stack.label(this.caption.textContent);
    this.plots.show(this.word, kind === 'step');
  }

  dispose(): void {
    this.plots.dispose();
  }

  private drawGround(): void {
    const { payload, playhead } = this.scene;
    const ground = this.ground.value;
    const atlas = ground === 'result' ? payload.resultFrames : ground === 'x0' ? payload.x0 : undefined;
    const picture = atlas && this.scene.picture(atlas);
    const row = ground === 'x0' ? playhead.step : 0;
    const drawn = [picture, row, playhead.frame, this.opacity.value] as const;
    if (drawn.every((part, index) => part === this.drawn[index])) return;
    this.drawn = drawn;
    const pen = this.stack.pen(atlas?.tileWidth ?? 1, atlas?.tileHeight ?? 1);
    if (!picture || !pen) return;
    // The picture gives its own colours up as far as the map covers it: what has colour then is the map.
    pen.filter = `grayscale(${Math.min(1, this.opacity.value * 1.5)})`;
    picture.draw(pen, row, playhead.frame, 0, 0, picture.atlas.tileWidth, picture.atlas.tileHeight);
  }

  /** @returns the share of the frame inside the mask, where it is drawn. */
  private drawHeat(atlas: Atlas, maps: FrameMaps): number | undefined {
    const values = maps.of(this.scene.playhead.frame);
    const [low, high] = this.stretched.value ? [maps.low, maps.high] : [0, 255];
    this.legend.show(viridis, valueOf(atlas, low) * 100, valueOf(atlas, high) * 100, '%');
    this.stack.showHeat(
      values,
      atlas.tileWidth,
      atlas.tileHeight,
      viridis,
      this.ground.value === 'none' ? 1 : this.opacity.value,
      low,
      high,
    );
    const mask = this.masked.value ? outline(values, atlas.tileWidth, maskGrey(atlas, maps.high, this.threshold.value)) : undefined;
    this.stack.showOutline(mask?.course ?? '', atlas.tileWidth, atlas.tileHeight);
    return mask?.share;
  }

  private drawStrip(picture: AtlasPicture, kind: MapKind, row: number): void {
    const { rows, tileWidth, tileHeight } = picture.atlas;
    this.strip.name(kind === 'layer' ? 'Layers' : 'Heads', rows, tileWidth / tileHeight);
    this.strip.show((each) => this.maps.maps(picture, each), this.scene.playhead.frame, tileWidth, tileHeight, row);
  }
}
