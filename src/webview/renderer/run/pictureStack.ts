import { element } from '../../dom.js';
import { fit } from '../../player/fitting.js';
import { colour } from './colourMaps.js';
import type { ColourMap } from './colourMaps.js';
import { path, shape } from './svgShapes.js';

/** A picture with a heat map over it and an outline over that. Its place on the page is taken before anything loads. */
export class PictureStack {
  readonly root: HTMLElement;
  private readonly base: HTMLCanvasElement;
  private readonly heat: HTMLCanvasElement;
  private readonly lines = shape('svg', { class: 'run-outline', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  private heatPixels: ImageData | undefined;

  /** @param aim the longer side on the screen, about, in CSS pixels. */
  constructor(width: number, height: number, aim: number) {
    const shown = fit({ width, height }, { width: aim, height: aim }, 'fit', devicePixelRatio);
    this.base = element('canvas', { class: 'run-layer', attributes: { 'aria-hidden': 'true' } });
    this.heat = element('canvas', { class: 'run-layer', attributes: { 'aria-hidden': 'true' } });
    this.root = element('div', { class: 'run-picture', attributes: { role: 'img' }, children: [this.base, this.heat] });
    this.root.append(this.lines);
    this.root.style.maxWidth = `${shown.width}px`;
    this.root.style.aspectRatio = `${width} / ${height}`;
    this.root.classList.toggle('crisp', shown.crisp);
  }

  /** Says what is seen. */
  label(text: string): void {
    if (this.root.getAttribute('aria-label') !== text) this.root.setAttribute('aria-label', text);
  }

  /** The pen for the picture below; the canvas has this many pixels and is clear. */
  pen(width: number, height: number): CanvasRenderingContext2D | null {
    resize(this.base, width, height);
    const pen = this.base.getContext('2d');
    pen?.clearRect(0, 0, width, height);
    return pen;
  }

  /** Draws values 0 … 255 in colours as the picture itself. */
  showMap(values: ArrayLike<number>, width: number, height: number, map: ColourMap, low?: number, high?: number): void {
    this.heatPixels = paint(this.base, this.heatPixels, values, width, height, map, low, high);
  }

  /** Lays values 0 … 255 in colours over the picture; undefined takes them away. */
  showHeat(
    values: ArrayLike<number> | undefined,
    width: number,
    height: number,
    map: ColourMap,
    opacity: number,
    low?: number,
    high?: number,
  ): void {
    this.heat.hidden = values === undefined;
    if (values === undefined) return;
    this.heat.style.opacity = String(opacity);
    this.heatPixels = paint(this.heat, this.heatPixels, values, width, height, map, low, high);
  }

  /** Draws an outline in places of a map of this size; empty takes it away. */
  showOutline(course: string, width: number, height: number): void {
    this.lines.toggleAttribute('hidden', course === '');
    if (course === '') return;
    this.lines.setAttribute('viewBox', `0 0 ${width} ${height}`);
    // A dark line below a light one is seen on every ground.
    this.lines.replaceChildren(path(course, 'under'), path(course, 'over'));
  }
}

/** Draws values in colours on a canvas of just as many pixels. @returns the pixels, to be handed in again. */
export function paint(
  canvas: HTMLCanvasElement,
  before: ImageData | undefined,
  values: ArrayLike<number>,
  width: number,
  height: number,
  map: ColourMap,
  low?: number,
  high?: number,
): ImageData {
  const pixels = before?.width === width && before.height === height ? before : new ImageData(width, height);
  colour(values, map, new Uint32Array(pixels.data.buffer), low, high);
  resize(canvas, width, height);
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  return pixels;
}

/** Setting a canvas's size clears it and costs time, so only when it differs. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width === width && canvas.height === height) return;
  canvas.width = width;
  canvas.height = height;
}
