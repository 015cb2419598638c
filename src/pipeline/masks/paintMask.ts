import { ArgumentError, type Frame } from '../core/index.js';
import { type Canvas, lengthOn, moved } from './canvas.js';
import { oklab } from './colour.js';
import { feathered, grown } from './distance.js';
import { drawOutline } from './drawOutline.js';
import type { ClipForm, ColourForm, FoundForm, MaskForm } from './maskForm.js';

/** What a frame's mask is painted from. */
export interface MaskFrame {
  /** What it is drawn on. */
  readonly canvas: Canvas;
  /** The source's picture on the canvas, for colours. */
  readonly picture?: Frame | undefined;
  /** The frame of a mask's clip on the canvas. */
  readonly clip?: (form: ClipForm) => Frame;
  /** Where the network found something, on the canvas, 0 … 1. */
  readonly found?: ((form: FoundForm) => Float32Array) | undefined;
  /** How far a tracked region has moved from where it was given: pixels of the source, to the right and down. */
  readonly moved?: (form: MaskForm) => readonly [number, number];
}

/** From this level of gray on (of 255) a place of a clip is marked, as in diffusers. */
const BRIGHT = 127.5;

/** A mask on the canvas of one frame: 0 … 1 for each pixel, row after row. */
export function paintMask(form: MaskForm, frame: MaskFrame): Float32Array {
  const { canvas } = frame;
  const { width, height } = canvas;
  const paint = (part: MaskForm): Float32Array => paintMask(part, frame);
  switch (form.kind) {
    case 'rectangle':
    case 'ellipse':
    case 'polygon':
      return drawOutline(form, canvas);
    case 'clip':
      return brightPlaces(given(frame.clip, form)(form));
    case 'colour':
      return nearColour(form, given(frame.picture, form));
    case 'word':
    case 'automatic':
      return given(frame.found, form)(form);
    case 'union':
      return form.of.map(paint).reduce((a, b) => a.map((value, i) => Math.max(value, b[i]!)));
    case 'intersection':
      return form.of.map(paint).reduce((a, b) => a.map((value, i) => Math.min(value, b[i]!)));
    case 'inverse':
      return paint(form.of).map((value) => 1 - value);
    case 'grown':
      return grown(paint(form.of), width, height, lengthOn(canvas, form.by));
    case 'feathered':
      return feathered(paint(form.of), width, height, lengthOn(canvas, form.by));
    case 'tracked':
      return paintMask(form.of, { ...frame, canvas: moved(canvas, given(frame.moved, form)(form)) });
  }
}

/** 1 where a picture is bright. Luma as Pillow weighs it (ITU-R 601). */
export function brightPlaces({ data }: Frame): Float32Array {
  return Float32Array.from({ length: data.length / 3 }, (_, i) =>
    (data[3 * i]! * 299 + data[3 * i + 1]! * 587 + data[3 * i + 2]! * 114) / 1000 >= BRIGHT ? 1 : 0,
  );
}

function nearColour({ colour, tolerance }: ColourForm, { data }: Frame): Float32Array {
  const wanted = oklab(...colour);
  // Clips have few colours for their many pixels.
  const known = new Map<number, number>();
  return Float32Array.from({ length: data.length / 3 }, (_, i) => {
    const [red, green, blue] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
    const key = (red << 16) | (green << 8) | blue;
    let near = known.get(key);
    if (near === undefined) {
      const [l, a, b] = oklab(red, green, blue);
      near = Math.hypot(l - wanted[0], a - wanted[1], b - wanted[2]) <= tolerance ? 1 : 0;
      known.set(key, near);
    }
    return near;
  });
}

function given<T>(part: T | undefined, { kind }: MaskForm): T {
  if (part === undefined) throw new ArgumentError('mask', kind, 'of another kind: nothing is known here that it could be painted from');
  return part;
}
