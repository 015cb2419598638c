import { growMask, Tensor, type Frame, resizeMaps } from '../core/index.js';
import { guidedFilter } from './guidedFilter.js';

/** What an edit may change, for latents and for pixels. */
export interface EditMask {
  /** `[frames, 1, height, width]` of latents: 1 where the edit may act, 0 where the source is kept. */
  latents: Tensor;
  /** `[frames, 1, height, width]` in pixels, 0…1 with soft edges. */
  pixels: Tensor;
}

/** How a mask is made of a map of changes. */
export interface EditMaskOptions {
  /** Latent places around the mask that the edit may take as well: room for a new outline. */
  grow: number;
  /** Edit what the map leaves out, and keep what it marks: for another background. */
  invert: boolean;
  /** Take the map's own outline for the pixels, also where whole latents around it are edited: nothing gets another shape. */
  outline?: boolean;
}

/** Rows and columns of latents. */
export interface LatentSize {
  rows: number;
  columns: number;
}

/** Share of a latent place that must be marked for it to be edited, or, inverted, to be kept. */
const COVERED = { edited: 0.35, kept: 0.5 };

/** Where the soft edge of a kept thing begins and ends. */
const EDGE = { from: 0.3, to: 0.6 };

/**
 * Turns a map of changes, at the size of latents or finer, into masks whose outlines are those of the pictures.
 *
 * The map is enlarged and drawn to the outlines by a guided filter; a latent place is inside where enough of its pixels are.
 * @param map as `findChangeMap` gives it: 0.5 and more is inside.
 * @param pictures the frames that the map is about.
 * @param latents the size of the latents.
 */
export function makeEditMask(map: Tensor, pictures: readonly Frame[], latents: LatentSize, options: EditMaskOptions): EditMask {
  const { rows, columns } = latents;
  const { width, height } = pictures[0]!;
  const marked = drawnToPictures(map, pictures);
  const covered = shares(marked, rows, columns);
  const outlined = () => softened(marked);
  if (options.invert)
    return { latents: covered.map((share) => (share < COVERED.kept ? 1 : 0)), pixels: outlined().map((value) => 1 - value) };
  const edited = growMask(
    covered.map((share) => (share > COVERED.edited ? 1 : 0)),
    options.grow,
  );
  if (options.outline) return { latents: edited, pixels: outlined() };
  return { latents: edited, pixels: resizeMaps(edited, width, height) };
}

/** Share of a given mask that may lie beside the subject, as colours and words mark its edge or a shadow. */
const BESIDE = 0.25;

/**
 * What of a given mask is the subject, for an edit of that alone: of a rectangle around a thing, or across it, not what lies around the thing. A mask that marks hardly
 * anything else stays as it is.
 *
 * @param map where the subject is, as {@link makeEditMask} takes it; undefined where none is seen: then the mask stays, too.
 */
export function ofSubject(given: EditMask, map: Tensor | undefined, pictures: readonly Frame[]): EditMask {
  if (!map) return given;
  const outline = outlineOf(map, pictures);
  const inside = given.pixels.map((share, i) => Math.min(share, outline.data[i]!));
  const sum = ({ data }: Tensor): number => data.reduce((total, share) => total + share, 0);
  if (sum(inside) >= (1 - BESIDE) * sum(given.pixels)) return given;
  const [, , rows, columns] = given.latents.dims as [number, number, number, number];
  const covered = shares(inside, rows, columns);
  return { latents: given.latents.map((share, i) => (covered.data[i]! > COVERED.edited ? share : 0)), pixels: inside };
}

/** The outline of what a map marks, in pixels, 0…1 with soft edges. @param map and @param pictures as {@link makeEditMask} takes them. */
export function outlineOf(map: Tensor, pictures: readonly Frame[]): Tensor {
  return softened(drawnToPictures(map, pictures));
}

/** A map at the pictures' size, drawn to their outlines. */
function drawnToPictures(map: Tensor, pictures: readonly Frame[]): Tensor {
  const [frames, , , mapColumns] = map.dims as [number, number, number, number];
  const { width, height } = pictures[0]!;
  const scale = Math.max(width / mapColumns, 2);
  const marked = Tensor.zeros([frames, 1, height, width]);
  for (let frame = 0; frame < frames; frame++) {
    const picture = pictures[Math.min(frame, pictures.length - 1)]!;
    marked.data.set(guidedFilter(resizeMaps(map.slice(frame, frame + 1), width, height).data, picture, scale), frame * width * height);
  }
  return marked;
}

function softened(marked: Tensor): Tensor {
  return marked.map((value) => smoothStep((value - EDGE.from) / (EDGE.to - EDGE.from)));
}

/** Mean of the pixels of every latent place. */
function shares(marked: Tensor, rows: number, columns: number): Tensor {
  const [frames, , height, width] = marked.dims as [number, number, number, number];
  const out = Tensor.zeros([frames, 1, rows, columns]);
  const pixelsEach = (height * width) / (rows * columns);
  for (let frame = 0, i = 0; frame < frames; frame++) {
    for (let y = 0; y < height; y++) {
      const start = (frame * rows + Math.floor(y * (rows / height))) * columns;
      for (let x = 0; x < width; x++) out.data[start + Math.floor(x * (columns / width))]! += marked.data[i++]! / pixelsEach;
    }
  }
  return out;
}

function smoothStep(value: number): number {
  const t = Math.min(Math.max(value, 0), 1);
  return t * t * (3 - 2 * t);
}
