import { concatenate, swapFramesAndChannels, type Tensor } from '../core/index.js';
import { codeTiled } from './tiledCoding.js';

/** One call of an autoencoder of clips: `[1, channels, frames, height, width]` in and out. */
type ClipCall = (clip: Tensor) => Promise<Tensor>;

/** How an autoencoder of clips makes frames latents: 4n + 1 frames n + 1 latent frames, where it has a `factor` of 4. */
export class TemporalCompression {
  /** @param factor frames that each latent frame after the first stands for; 1 where every frame has a latent frame of its own. */
  constructor(readonly factor: number) {}

  /** Latent frames of a clip; of one that is no whole number of them, those of a clip whose last frame stays. */
  latentFrames(frames: number): number {
    return Math.ceil((frames - 1) / this.factor) + 1;
  }

  /** Frames that latent frames become. */
  frames(latentFrames: number): number {
    return (latentFrames - 1) * this.factor + 1;
  }

  /** A clip `[frames, …]` whose last frame is repeated until it is a whole number of latent frames. */
  filled(clip: Tensor): Tensor {
    const frames = clip.dims[0]!;
    const missing = this.frames(this.latentFrames(frames)) - frames;
    return missing === 0 ? clip : concatenate([clip, ...Array<Tensor>(missing).fill(clip.slice(frames - 1))]);
  }
}

/** Pixels of all frames that go through an autoencoder of clips in one pass: seventeen frames of 256 × 256, which take two gigabytes with Wan's. */
export const PIXELS_PER_PASS = 17 * 256 * 256;

/** Side of a tile and the way to the next, in pixels: diffusers' own. */
const TILE = { side: 256, stride: 192 };

/** How a clip goes through an autoencoder of clips: all its frames at once, of all the picture or of a tile. */
export interface ClipPass {
  /** Width of what goes through at once, in pixels. */
  readonly width: number;
  /** Height likewise. */
  readonly height: number;
  /** How often something goes through. */
  readonly passes: number;
}

/** How a clip of this size goes through: as a whole where it is small, else in overlapping tiles. */
export function clipPass(
  { frames, width, height }: { readonly frames: number; readonly width: number; readonly height: number },
  pixelsPerPass: number,
): ClipPass {
  if (frames * height * width <= pixelsPerPass || (height <= TILE.side && width <= TILE.side)) return { width, height, passes: 1 };
  const tiles = (side: number) => Math.ceil(side / TILE.stride);
  return { width: Math.min(width, TILE.side), height: Math.min(height, TILE.side), passes: tiles(width) * tiles(height) };
}

/** What goes through an autoencoder of clips. */
export interface ClipCoding {
  /** Pixels that a latent place stands for, along each side. */
  readonly scaleFactor: number;
  /** Whether pixels are encoded, or latents decoded. */
  readonly direction: 'encode' | 'decode';
  /** Frames that the pixels have, or will have. */
  readonly frames: number;
  /** Pixels of all frames that go through at once. */
  readonly pixelsPerPass: number;
}

/** Sends a clip `[frames, channels, height, width]` through as {@link clipPass} says. */
export async function codeClip(
  clip: Tensor,
  { scaleFactor, direction, frames, pixelsPerPass }: ClipCoding,
  call: ClipCall,
): Promise<Tensor> {
  const whole = async (part: Tensor) => swapFramesAndChannels(await call(swapFramesAndChannels(part)));
  const [, , height, width] = clip.dims as [number, number, number, number];
  const [unit, scale] = direction === 'encode' ? [1, 1 / scaleFactor] : [scaleFactor, scaleFactor];
  if (clipPass({ frames, width: width * unit, height: height * unit }, pixelsPerPass).passes === 1) return whole(clip);
  return codeTiled(clip, { side: TILE.side / unit, stride: TILE.stride / unit, scale }, whole);
}
