import { element } from '../../dom.js';
import type { Atlas } from '../../../shared/outputs/index.js';
import type { AtlasPicture } from './atlasPicture.js';
import { Choice } from './choice.js';
import { ColourBar } from './colourBar.js';
import { colour, diverging, viridis } from './colourMaps.js';
import { difference, differenceReach } from './difference.js';
import type { Comparison } from './difference.js';
import { PictureStack } from './pictureStack.js';
import type { RunScene, RunView } from './runView.js';
import { StepGrid } from './stepGrid.js';

/** Every step and every frame at once, and the chosen one large. */
export class StepsView implements RunView {
  readonly root: HTMLElement;
  readonly follows = { step: true, frame: true };
  private readonly grid: StepGrid;
  private readonly large: PictureStack;
  private readonly what: Choice<'x0' | 'xt'>;
  private readonly how: Choice<'picture' | Comparison>;
  private readonly legend = new ColourBar('difference from the source');
  private readonly caption = element('figcaption', { class: 'run-caption' });
  /** The source's frames at the size of what they are compared with. */
  private comparedWith: { picture?: AtlasPicture; source?: AtlasPicture; frames: Uint8ClampedArray[] } = { frames: [] };

  constructor(private readonly scene: RunScene) {
    const { payload, playhead } = scene;
    const { x0, xt, sourceFrames } = payload;
    const atlas = (x0 ?? xt) as Atlas;
    this.what = new Choice(
      'Which picture',
      [
        ...(x0 ? [['x0', 'Predicted result', 'x₀: the clean clip that the model expects at this step'] as const] : []),
        ...(xt ? [['xt', 'Noisy latents', 'xₜ: the clip as it is at this step, noise and all'] as const] : []),
      ],
      x0 ? 'x0' : 'xt',
      () => scene.redraw(),
    );
    this.how = new Choice<'picture' | Comparison>(
      'How to draw it',
      sourceFrames
        ? [
            ['picture', 'Picture'],
            ['brightness', 'Δ brightness', 'Brighter (red) or darker (blue) than the source'],
            ['colour', 'Δ colour', 'How far the colour is from the source’s'],
          ]
        : [['picture', 'Picture']],
      'picture',
      () => scene.redraw(),
    );
    this.grid = new StepGrid(
      playhead,
      atlas.tileWidth / atlas.tileHeight,
      payload.steps.map(({ step }) => String(step)),
    );
    this.grid.onResize = () => scene.redraw();
    this.large = new PictureStack(atlas.tileWidth, atlas.tileHeight, 384);
    this.root = element('div', {
      class: 'run-steps',
      children: [
        element('div', { class: 'run-tools', children: [this.what.root, this.how.root] }),
        element('div', {
          class: 'run-columns',
          children: [
            element('figure', { class: 'run-large', children: [this.large.root, this.caption, this.legend.root] }),
            this.grid.root,
          ],
        }),
      ],
    });
  }

  draw(): void {
    const { payload, playhead } = this.scene;
    const { step, frame } = playhead;
    const atlas = (this.what.value === 'x0' ? payload.x0 : payload.xt) as Atlas;
    const picture = this.scene.picture(atlas);
    const source = payload.sourceFrames && this.how.value !== 'picture' ? this.scene.picture(payload.sourceFrames) : undefined;
    const how = this.how.value;
    const name = `${this.what.value === 'x0' ? 'Predicted result' : 'Noisy latents'}, step ${payload.steps[step]?.step ?? step + 1}, frame ${frame + 1}`;
    this.legend.root.hidden = how === 'picture';
    if (how !== 'picture') {
      const reach = differenceReach * 100;
      this.legend.show(
        how === 'brightness' ? diverging : viridis,
        how === 'brightness' ? -reach : 0,
        reach,
        how === 'brightness' ? '% brighter' : '%',
      );
    }
    this.grid.focus(name);
    this.caption.textContent = how === 'picture' ? name : `${name}, less the source`;
    this.large.label(this.caption.textContent);
    if (!picture) return;
    if (how === 'picture') {
      const { tileWidth, tileHeight } = atlas;
      const pen = this.large.pen(tileWidth, tileHeight);
      if (pen) picture.draw(pen, step, frame, 0, 0, tileWidth, tileHeight);
      this.grid.show(this.what.value, (pen, row, each, ...place) => picture.draw(pen, row, each, ...place));
    } else if (source) {
      this.large.showMap(
        this.differ(picture, source, step, frame, how),
        atlas.tileWidth,
        atlas.tileHeight,
        how === 'brightness' ? diverging : viridis,
      );
      this.grid.show(`${this.what.value} ${how}`, this.differencePainter(picture, source, how));
    }
  }

  dispose(): void {
    this.grid.dispose();
  }

  /** At the size of the picture's tiles; those of the source may be larger. */
  private differ(picture: AtlasPicture, source: AtlasPicture, step: number, frame: number, how: Comparison): Uint8ClampedArray {
    const { tileWidth, tileHeight } = picture.atlas;
    if (this.comparedWith.picture !== picture || this.comparedWith.source !== source) this.comparedWith = { picture, source, frames: [] };
    const values = new Uint8ClampedArray(tileWidth * tileHeight);
    difference(
      picture.pixels(step, frame),
      (this.comparedWith.frames[frame] ??= source.pixels(0, frame, tileWidth, tileHeight)),
      how,
      values,
    );
    return values;
  }

  /** Cells are scaled first and compared then: a hundredth of the work, for the same small picture. */
  private differencePainter(picture: AtlasPicture, source: AtlasPicture, how: Comparison) {
    const map = how === 'brightness' ? diverging : viridis;
    return (pen: CanvasRenderingContext2D, row: number, frame: number, x: number, y: number, width: number, height: number): void => {
      const values = new Uint8ClampedArray(width * height);
      difference(picture.pixels(row, frame, width, height), source.pixels(0, frame, width, height), how, values);
      const cell = new ImageData(width, height);
      colour(values, map, new Uint32Array(cell.data.buffer));
      pen.putImageData(cell, x, y);
    };
  }
}
