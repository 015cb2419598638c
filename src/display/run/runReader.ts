import type { Run, RunStep } from '../../pipeline/capture/index.js';
import { FrameloomError, type Frame } from '../../pipeline/core/index.js';
import { placePicture, type Video, PictureScaler } from '../../pipeline/video/index.js';
import type { SideFolder } from '../sideFolder.js';
import { spread } from './figure.js';

/** Most frames of a clip that are shown, and most tiles and pixels of one atlas: long runs are shown in parts. */
const MOST = { frames: 48, tiles: 1200, pixels: 8e6 };
const LARGEST_TILE = 128;
/** Frames across a static figure. */
const FIGURE_FRAMES = 8;

/** Reads a run for showing: which frames and steps, and pictures at the size of tiles. */
export class RunReader {
  /** Frames of the clip that are shown, from 0. */
  readonly frames: readonly number[];
  /** Captured steps that are shown. */
  readonly steps: readonly RunStep[];
  /** Which of {@link frames} static figures show. */
  readonly figureFrames: readonly number[];
  /** The longest side of tiles, pixels. */
  private readonly tileSide: number;
  private clips: Promise<{ source?: Frame[] | undefined; result?: Frame[] | undefined }> | undefined;

  constructor(
    readonly run: Run,
    readonly side: SideFolder,
    readonly signal?: AbortSignal | undefined,
  ) {
    this.frames = spread(run.frames, MOST.frames);
    this.steps = spread(run.steps.length, Math.max(12, Math.floor(MOST.tiles / this.frames.length))).map((i) => run.steps[i]!);
    this.figureFrames = spread(this.frames.length, FIGURE_FRAMES);
    this.tileSide = Math.min(LARGEST_TILE, Math.floor(Math.sqrt(MOST.pixels / (this.frames.length * Math.max(1, this.steps.length)))));
  }

  /** Width of the clip over its height. */
  get aspect(): number {
    return this.run.width / this.run.height;
  }

  /** `step 12 of 25`, for each shown step. */
  get stepNames(): string[] {
    return this.steps.map(({ step }) => `step ${step} of ${this.run.stepCount}`);
  }

  /** The shown frames of a step, as tiles; undefined when they were not captured. */
  async pictures(step: number, of: 'x0' | 'latents'): Promise<Frame[] | undefined> {
    this.signal?.throwIfAborted();
    const all = await ifCaptured(() => this.run.pictures(step, { of }));
    return all && this.tiles(this.frames.map((frame) => all[frame]!));
  }

  /** The shown frames of source and result, as tiles. */
  sourceAndResult(): Promise<{ source?: Frame[] | undefined; result?: Frame[] | undefined }> {
    this.clips ??= (async () => ({ source: await this.framesOf(this.run.source), result: await this.framesOf(this.run.result) }))();
    return this.clips;
  }

  private async framesOf(video: Video | undefined): Promise<Frame[] | undefined> {
    if (!video) return undefined;
    // The source is seen as the run saw it: cut to the same shape.
    const fitting =
      video.width === this.run.width && video.height === this.run.height
        ? video
        : await video.resize({ width: this.run.width, height: this.run.height, fit: 'cover' });
    const wanted = new Set(this.frames);
    const found: Frame[] = [];
    let index = 0;
    for await (const frame of fitting.frames({ end: this.frames.at(-1)! + 1, signal: this.signal }))
      if (wanted.has(index++)) found.push(frame);
    return found.length > 0 ? this.tiles(found) : undefined;
  }

  /** Pictures at the size of tiles; smaller ones stay as they are. */
  private tiles(pictures: readonly Frame[]): Frame[] {
    const { width, height } = pictures[0]!;
    const scale = this.tileSide / Math.max(width, height);
    if (scale >= 1) return [...pictures];
    const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
    const scaler = new PictureScaler({ width, height }, placePicture({ width, height }, { ...size, fit: 'fill' }));
    return pictures.map((picture) => scaler.scale(picture));
  }
}

/** What was captured, or undefined when it was not. */
export async function ifCaptured<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FrameloomError && ['FL_CAPTURE_MISSING', 'FL_CAPTURE_STEP', 'FL_CAPTURE_MODEL'].includes(error.code))
      return undefined;
    throw error;
  }
}
