import type { AmbientPreparation, Tensor, Frame } from '../pipeline/core/index.js';
import { placePicture, PictureScaler } from '../pipeline/video/index.js';

/** Width of a frame on the screen, about (the renderer's `tileAim`); pictures are whole fractions of it. */
const SCREEN_WIDTH = 112;
/** Bytes of all pictures: they go to the renderer several times a second. */
const MOST_BYTES = 310_000;
/** What is to be changed is tinted, what stays is dimmed. */
const TINT = [255, 150, 40] as const;
const TINTED = 0.3;
const DIMMED = 0.4;

/** The source's frames, small, as an edit looks at them: plain, or with what it is going to change marked on them. */
export class PreparationPictures {
  private small = new WeakMap<Frame, Frame>();
  private width = 0;
  private scaler: PictureScaler | undefined;

  /** Draws what is known of the source. @returns as many pictures as there are frames, of one size. */
  draw({ pictures, of, map, stage }: Pick<AmbientPreparation, 'pictures' | 'of' | 'map' | 'stage'>): Frame[] {
    const count = Math.max(pictures.length, stage === 'frames' ? Math.min(of ?? 0, 4 * pictures.length) : 0);
    const shown = pictures.map((picture) => this.shrunk(picture, count));
    return map ? shown.map((picture, i) => marked(picture, map, i)) : shown;
  }

  private shrunk(picture: Frame, count: number): Frame {
    const width = fittingWidth(picture, count);
    if (width !== this.width || !this.scaler) {
      this.small = new WeakMap();
      this.width = width;
      const height = Math.max(1, Math.round((picture.height * width) / picture.width));
      this.scaler = new PictureScaler(picture, placePicture(picture, { width, height, fit: 'fill' }));
    }
    const known = this.small.get(picture) ?? this.scaler.scale(picture);
    this.small.set(picture, known);
    return known;
  }
}

/** The largest whole fraction of the width on the screen at which all pictures together stay small. */
function fittingWidth({ width, height }: Frame, count: number): number {
  for (let fraction = 1; ; fraction++) {
    const shown = Math.floor(SCREEN_WIDTH / fraction);
    if (shown <= 16 || (shown * shown * height * 3 * count) / width <= MOST_BYTES) return Math.min(shown, width);
  }
}

/** A picture with the places tinted that the map's frame marks, and the others dimmed. */
function marked(picture: Frame, map: Tensor, frame: number): Frame {
  const { width, height } = picture;
  const [, , rows, columns] = map.dims as [number, number, number, number];
  const data = new Uint8Array(picture.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const weight = map.data[(frame * rows + Math.floor((y * rows) / height)) * columns + Math.floor((x * columns) / width)]!;
      const at = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) {
        const value = picture.data[at + c]! * (DIMMED + (1 - DIMMED) * weight);
        data[at + c] = value + (TINT[c]! - value) * TINTED * weight;
      }
    }
  }
  return { data, width, height };
}
