import type { PlayerClip } from './clipSurface.js';
import { coarseToFine, nearest } from './thumbnailOrder.js';

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
  const surface = await clip.openForThumbnails?.(signal);
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
