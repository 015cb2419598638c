import type { PlayerClip } from './clipSurface.js';

/** Draws the picture of a frame into a slot of the timeline. */
export type DrawThumbnail = (slot: number, picture: CanvasImageSource, cut?: Cut) => void;

/** The part of a picture to draw, in its own pixels. */
export interface Cut {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Fills the slots of a timeline with pictures of the frames in `wanted`: from the strip that came
 * with the clip, or else by seeking a second view of it, slot by slot until `signal` says stop.
 */
export async function drawThumbnails(clip: PlayerClip, wanted: readonly number[], draw: DrawThumbnail, signal: AbortSignal): Promise<void> {
  if (clip.strip) {
    await fromStrip(clip, wanted, draw, signal);
    return;
  }
  const surface = await clip.openForThumbnails?.();
  if (!surface) return;
  try {
    for (const slot of coarseToFine(wanted.length)) {
      if (signal.aborted) return;
      await surface.show(wanted[slot] ?? 0);
      if (!signal.aborted) draw(slot, surface.picture);
    }
  } finally {
    surface.dispose();
  }
}

async function fromStrip(clip: PlayerClip, wanted: readonly number[], draw: DrawThumbnail, signal: AbortSignal): Promise<void> {
  const { strip } = clip;
  if (!strip || strip.frames.length === 0) return;
  const sheet = new Image();
  sheet.src = strip.picture;
  await sheet.decode();
  if (signal.aborted) return;
  wanted.forEach((frame, slot) => {
    const tile = nearest(strip.frames, frame);
    draw(slot, sheet, {
      x: (tile % strip.columns) * strip.tileWidth,
      y: Math.floor(tile / strip.columns) * strip.tileHeight,
      width: strip.tileWidth,
      height: strip.tileHeight,
    });
  });
}

/** Index of the entry nearest to `frame`. */
export function nearest(frames: readonly number[], frame: number): number {
  let best = 0;
  frames.forEach((candidate, index) => {
    if (Math.abs(candidate - frame) < Math.abs((frames[best] ?? 0) - frame)) best = index;
  });
  return best;
}

/** All indexes below `count`, spread first and dense later, so that a long timeline soon gives an idea of the whole. */
export function coarseToFine(count: number): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  for (let stride = 2 ** Math.ceil(Math.log2(Math.max(1, count))); stride >= 1; stride /= 2) {
    for (let index = 0; index < count; index += stride) {
      if (seen.has(index)) continue;
      seen.add(index);
      order.push(index);
    }
  }
  return order;
}
