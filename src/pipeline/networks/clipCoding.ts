import { TINY_CLIP_AUTOENCODER } from '../checkpoints/index.js';
import { concatenate, swapFramesAndChannels, type Tensor } from '../core/index.js';
import type { ChunkSizes } from './clipChunks.js';
import { codeTiled } from './tiledCoding.js';

/** A clip through an autoencoder of clips: `[1, channels, frames, height, width]` in and out. @param chunks of frames that go through one after the other; all at once without. */
type ClipCall = (clip: Tensor, chunks?: ChunkSizes) => Promise<Tensor>;

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
const PIXELS_PER_PASS = 17 * 256 * 256;

/** Frames whose memory the frames take that chunks of Wan's remember, those of the chunk before and their own. */
const REMEMBERED = 11;

/** Side of a tile and the way to the next, in pixels: diffusers' own. */
const TILE = { side: 256, stride: 192 };

/** What an autoencoder of clips can do at a time. */
export interface PassLimits {
  /** Pixels of all frames that go through at once. */
  readonly pixelsPerPass: number;
  /** Frames that each latent frame after the first stands for, where a clip can go through chunk by chunk; undefined where it cannot. */
  readonly chunkFactor?: number | undefined;
  /** Frames whose memory the frames take that chunks remember; 11 by default, as with Wan's. */
  readonly remembered?: number | undefined;
}

/**
 * How much goes through at once with a kind of autoencoder: what takes no more memory than {@link PIXELS_PER_PASS} do with Wan's. LTX-Video's works on squares of 4 × 4, with
 * an eighth of the memory for a pixel; TAEHV has fewer channels and layers (counted by `callNeeds`: 97 MB for a frame of 256 × 256, Wan's 219), and
 * remembers less; of the rest it leaves half, since as an autoencoder for previews it works beside a transformer.
 */
export function passLimits({ _class_name: kind }: Readonly<Record<string, unknown>>): PassLimits {
  if (kind === 'AutoencoderKLLTXVideo') return { pixelsPerPass: 8 * PIXELS_PER_PASS };
  return kind === TINY_CLIP_AUTOENCODER ? { pixelsPerPass: 1.25 * PIXELS_PER_PASS, remembered: 5 } : { pixelsPerPass: PIXELS_PER_PASS };
}

/** How a clip goes through an autoencoder of clips: all its frames at once, or chunk by chunk; all of the picture, or tile by tile. */
export interface ClipPass {
  /** Width of what goes through at once, in pixels. */
  readonly width: number;
  /** Height likewise. */
  readonly height: number;
  /** Tiles. */
  readonly tiles: number;
  /** Latent frames of each chunk after the first, which has one more; undefined where all go through at once. */
  readonly chunk?: number;
  /** Calls of the network in all. */
  readonly passes: number;
  /** How large a call is on average, as a share of the largest: tiles at the right and at the bottom are smaller. */
  readonly fill: number;
}

/**
 * How a clip of this size goes through: as a whole where it is small; in chunks of whole pictures where one latent frame's are small enough; else in overlapping tiles, in
 * chunks where a tile has too many frames. Chunks change no number, tiles do where they overlap; so which tiles there are depends on the size alone.
 */
export function clipPass(
  { frames, width, height }: { readonly frames: number; readonly width: number; readonly height: number },
  { pixelsPerPass, chunkFactor, remembered = REMEMBERED }: PassLimits,
): ClipPass {
  if (frames * height * width <= pixelsPerPass) return { width, height, tiles: 1, passes: 1, fill: 1 };
  const isWhole =
    (height <= TILE.side && width <= TILE.side) ||
    (chunkFactor !== undefined && (chunkFactor + remembered) * height * width <= pixelsPerPass);
  const along = (side: number) => (isWhole ? 1 : Math.ceil(side / TILE.stride));
  const tile = isWhole ? { width, height } : { width: Math.min(width, TILE.side), height: Math.min(height, TILE.side) };
  const tiles = along(width) * along(height);
  const most = pixelsPerPass / (tile.width * tile.height);
  const fill = (tiles === 1 ? width * height : covered(width) * covered(height)) / (tiles * tile.width * tile.height);
  if (chunkFactor === undefined || frames <= most) return { ...tile, tiles, passes: tiles, fill };
  const chunk = Math.max(1, Math.floor((most - remembered) / chunkFactor));
  const chunks = 1 + Math.max(0, Math.ceil(((frames - 1) / chunkFactor - chunk) / chunk));
  return { ...tile, tiles, chunk, passes: tiles * chunks, fill };
}

/** Places along a side that goes through in tiles, those where tiles overlap counted twice. */
function covered(side: number): number {
  let places = 0;
  for (let start = 0; start < side; start += TILE.stride) places += Math.min(TILE.side, side - start);
  return places;
}

/** Frames of each chunk. @param unit frames of a latent frame after the first: 1 where latents are decoded. */
export function chunkSizes(latentFrames: number, unit: number): ChunkSizes {
  return { first: 1 + latentFrames * unit, next: latentFrames * unit };
}

/** What goes through an autoencoder of clips. */
export interface ClipCoding extends PassLimits {
  /** Pixels that a latent place stands for, along each side. */
  readonly scaleFactor: number;
  /** Whether pixels are encoded, or latents decoded. */
  readonly direction: 'encode' | 'decode';
  /** Frames that the pixels have, or will have. */
  readonly frames: number;
}

/** Sends a clip `[frames, channels, height, width]` through as {@link clipPass} says. */
export async function codeClip(clip: Tensor, coding: ClipCoding, call: ClipCall): Promise<Tensor> {
  const { scaleFactor, direction, frames, chunkFactor = 1 } = coding;
  const [, , height, width] = clip.dims as [number, number, number, number];
  const [unit, scale] = direction === 'encode' ? [1, 1 / scaleFactor] : [scaleFactor, scaleFactor];
  const { tiles, chunk } = clipPass({ frames, width: width * unit, height: height * unit }, coding);
  const chunks = chunk === undefined ? undefined : chunkSizes(chunk, direction === 'encode' ? chunkFactor : 1);
  const whole = async (part: Tensor) => swapFramesAndChannels(await call(swapFramesAndChannels(part), chunks));
  return tiles === 1 ? whole(clip) : codeTiled(clip, { side: TILE.side / unit, stride: TILE.stride / unit, scale }, whole);
}
