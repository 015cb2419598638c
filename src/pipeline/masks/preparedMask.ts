import { boundsOf, type Frame, grownBounds, type Rectangle, Tensor, throwIfAborted } from '../core/index.js';
import type { Fit, Video } from '../video/index.js';
import { type Canvas, canvasOf, sourceCanvas } from './canvas.js';
import { maskErrors } from './errors.js';
import { asMask, type Mask } from './mask.js';
import { type ClipForm, type FoundForm, formsWithin, type MaskForm } from './maskForm.js';
import { paintMask } from './paintMask.js';
import { type Track, trackRegion } from './trackRegion.js';

/** Frames that are looked at together for whether anything is marked. */
const LOOKED_AT = 16;

/** Longest side of the pictures in which the extent of a mask is looked for. */
const LOOKED_AT_SIDE = 256;

/** How a run sees the source: at which size, how fitted, and which part. */
export interface MaskView {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** How the source is fitted to them. */
  readonly fit: Fit;
  /** The part of the source that is seen; all of it where undefined. */
  readonly crop?: Rectangle | undefined;
}

/** Frames of a clip: `start` up to but not including `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the network found something in some frames, `[frames, 1, height, width]` on the canvas, 0 … 1. */
export type FoundMaps = ReadonlyMap<FoundForm, Tensor>;

/** A mask that fits a clip: its clips are as large and long, its regions are tracked. */
export class PreparedMask {
  /** What of it the network has to find. */
  readonly found: readonly FoundForm[];

  private constructor(
    /** As it was given. */
    readonly mask: Mask,
    private readonly clip: Video,
    private readonly tracks: ReadonlyMap<MaskForm, Track>,
  ) {
    this.found = [...formsWithin(mask.form)].filter((form) => form.kind === 'word' || form.kind === 'automatic');
  }

  /**
   * Fits a mask to a clip; tracked regions are followed through it, for which its frames are read once.
   *
   * @throws {FrameloomError} `FL_MASK_SIZE`, `FL_MASK_LENGTH`, `FL_MASK_TRACK`; what reading the clip throws.
   */
  static async create(given: Mask | Video, clip: Video, signal?: AbortSignal): Promise<PreparedMask> {
    const mask = asMask(given);
    const tracks = new Map<MaskForm, Track>();
    for (const form of formsWithin(mask.form)) if (form.kind === 'clip') requireFitting(form.clip, clip);
    for (const form of formsWithin(mask.form))
      if (form.kind === 'tracked') tracks.set(form, await trackRegion(form.of, form.from, clip, signal));
    return new PreparedMask(mask, clip, tracks);
  }

  /** What is drawn for a run that sees the source so. */
  async on({ width, height, fit, crop }: MaskView): Promise<MaskPainter> {
    const clips = new Map<ClipForm, Video>();
    for (const form of formsWithin(this.mask.form))
      if (form.kind === 'clip') clips.set(form, await (crop ? await form.clip.crop(crop) : form.clip).resize({ width, height, fit }));
    return new MaskPainter(this.mask.form, canvasOf(this.clip, { width, height }, fit, crop), clips, this.tracks);
  }

  /** What is drawn on the source's own pixels. */
  onSource(): MaskPainter {
    const clips = new Map<ClipForm, Video>();
    for (const form of formsWithin(this.mask.form)) if (form.kind === 'clip') clips.set(form, form.clip);
    return new MaskPainter(this.mask.form, sourceCanvas(this.clip), clips, this.tracks);
  }

  /**
   * The part of the source that holds all of the mask, over all frames, with room around it.
   *
   * @param room what is added on every side, as a share of the mask's.
   * @throws {FrameloomError} `FL_MASK_EMPTY`; `FL_MASK_FOUND_LATER` for what only the network finds.
   */
  async bounds(room: number, signal?: AbortSignal): Promise<Rectangle> {
    const {
      found: [later],
      clip,
    } = this;
    if (later) throw maskErrors.foundLater("crop is 'around' the mask", later.kind);
    const shrunk = Math.min(1, LOOKED_AT_SIDE / Math.max(clip.width, clip.height));
    const size = { width: Math.max(1, Math.round(clip.width * shrunk)), height: Math.max(1, Math.round(clip.height * shrunk)) };
    const painter = await this.on({ ...size, fit: 'fill' });
    const marked = new Float32Array(size.width * size.height);
    await this.look(painter, await clip.resize({ ...size, fit: 'fill' }), signal, ({ data }) => {
      for (let i = 0; i < data.length; i++) if (data[i]! > 0) marked[i % marked.length] = 1;
      return false;
    });
    const small = boundsOf(marked, size.width, 0);
    if (!small) throw maskErrors.empty(size);
    // A pixel of the small picture stands for several, of which another may be the mask's.
    const [left, top] = [Math.floor((small.left - 1) / shrunk), Math.floor((small.top - 1) / shrunk)];
    const right = Math.ceil((small.left + small.width + 1) / shrunk);
    const bottom = Math.ceil((small.top + small.height + 1) / shrunk);
    const by = Math.ceil(room * Math.max(right - left, bottom - top));
    const box = { left: Math.max(0, left), top: Math.max(0, top), width: 0, height: 0 };
    return grownBounds(
      { ...box, width: Math.min(clip.width, right) - box.left, height: Math.min(clip.height, bottom) - box.top },
      by,
      clip,
    );
  }

  /**
   * Looks, before anything is computed, whether the mask marks a pixel of those that are worked on.
   *
   * @param scaled the source as it is worked on.
   * @throws {FrameloomError} `FL_MASK_EMPTY`.
   */
  async requireSomething(painter: MaskPainter, scaled: Video, signal?: AbortSignal): Promise<void> {
    if (this.found.length > 0) return;
    if (!(await this.look(painter, scaled, signal, ({ data }) => data.some((value) => value > 0)))) throw maskErrors.empty(painter.canvas);
  }

  /** Paints frame after frame, only one where all are alike, until `see` has seen enough; says whether it has. */
  private async look(
    painter: MaskPainter,
    scaled: Video,
    signal: AbortSignal | undefined,
    see: (painted: Tensor) => boolean,
  ): Promise<boolean> {
    const kinds = new Set([...formsWithin(this.mask.form)].map(({ kind }) => kind));
    const still = !kinds.has('clip') && !kinds.has('colour') && !kinds.has('tracked');
    let start = 0;
    let pictures: Frame[] = [];
    const seen = async (): Promise<boolean> => {
      const painted = await painter.paint({ start, end: start + pictures.length }, pictures, undefined, signal);
      start += pictures.length;
      pictures = [];
      return see(painted);
    };
    for await (const picture of scaled.frames({ end: still ? 1 : undefined, signal })) {
      pictures.push(picture);
      if (pictures.length === LOOKED_AT && (await seen())) return true;
    }
    return pictures.length > 0 && (await seen());
  }
}

/** Draws a mask for the frames of a run. */
export class MaskPainter {
  /** @internal Made by {@link PreparedMask.on}. */
  constructor(
    private readonly form: MaskForm,
    /** What is drawn on. */
    readonly canvas: Canvas,
    private readonly clips: ReadonlyMap<ClipForm, Video>,
    private readonly tracks: ReadonlyMap<MaskForm, Track>,
  ) {}

  /**
   * The mask of some frames: `[frames, 1, height, width]`, 0 … 1.
   *
   * @param pictures the source's, on the canvas; of the frames, from the first.
   * @param found where the network found what it had to.
   * @throws what reading a mask's clip throws; AbortError.
   */
  async paint({ start, end }: Span, pictures: readonly Frame[], found?: FoundMaps, signal?: AbortSignal): Promise<Tensor> {
    const { width, height } = this.canvas;
    const out = Tensor.zeros([end - start, 1, height, width]);
    const shown = new Map<ClipForm, readonly Frame[]>();
    for (const [form, clip] of this.clips) shown.set(form, await framesOf(clip, start, end, signal));
    for (let index = start; index < end; index++) {
      throwIfAborted(signal, 'Drawing the mask');
      const at = index - start;
      const plane = paintMask(this.form, {
        canvas: this.canvas,
        picture: pictures[at],
        clip: (form) => shown.get(form)![Math.min(at, shown.get(form)!.length - 1)]!,
        found: found && ((form) => found.get(form)!.slice(at, at + 1).data),
        moved: (form) => this.tracks.get(form)!.at(index),
      });
      out.data.set(plane, at * width * height);
    }
    return out;
  }
}

/** @throws {FrameloomError} `FL_MASK_SIZE`, `FL_MASK_LENGTH` unless a mask's clip is as large as the source, and as long or a single picture. */
function requireFitting(mask: Video, source: Video): void {
  if (mask.width !== source.width || mask.height !== source.height) throw maskErrors.size(mask, source);
  if (mask.frameCount !== 1 && mask.frameCount !== source.frameCount) throw maskErrors.length(mask.frameCount, source.frameCount);
}

/** Frames of a mask's clip; a picture stands for all. */
async function framesOf(clip: Video, start: number, end: number, signal: AbortSignal | undefined): Promise<Frame[]> {
  const range = clip.frameCount === 1 ? { start: 0, end: 1 } : { start, end };
  const frames: Frame[] = [];
  for await (const frame of clip.frames({ ...range, signal })) frames.push(frame);
  if (frames.length === 0) throw maskErrors.length(clip.frameCount, undefined);
  return frames;
}
