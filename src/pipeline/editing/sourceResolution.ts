import { cropFrame, cropPlane, type Frame, type Rectangle, withPart } from '../core/index.js';
import type { Canvas, MaskPainter } from '../masks/index.js';
import { LanczosScaler, type Video } from '../video/index.js';
import { boxMean } from './boxMean.js';
import { composed } from './maskedPixels.js';

/** Frames that are put together at once: a mask's clip is read in pieces of so many. */
const TOGETHER = 4;

/** What decides which of the source's pixels are replaced. */
export interface Replaced {
  /** The mask on the source's own pixels, where it is known without the network. */
  readonly painter?: MaskPainter | undefined;
  /** Whether pixels that came back unchanged are to stay the source's; without it, and without a mask, all are replaced. */
  readonly onlyChanged: boolean;
}

/**
 * An edit at the source's own resolution: changed pixels are enlarged (Lanczos) and laid over the source's, which stay bit for bit where nothing has changed.
 *
 * @param edited the frames of the edit, at the size of `canvas`.
 * @param clip the source.
 * @param scaled the same as it was worked on.
 * @param canvas where the source lies on the edit's pixels.
 */
export async function* atSourceResolution(
  edited: AsyncIterable<Frame>,
  clip: Video,
  scaled: Video,
  canvas: Canvas,
  { painter, onlyChanged }: Replaced,
  signal?: AbortSignal,
): AsyncGenerator<Frame> {
  const part = seenPart(canvas);
  const axis = (at: 0 | 1, first: number) => ({ from: canvas.corner[at] + first * canvas.scale[at], step: canvas.scale[at] });
  const scaler = new LanczosScaler(canvas, part, axis(0, part.left), axis(1, part.top));
  const sources = clip.frames({ signal })[Symbol.asyncIterator]();
  const before = scaled.frames({ signal })[Symbol.asyncIterator]();
  let start = 0;
  let pieces: { source: Frame; edited: Frame; before: Frame | undefined }[] = [];

  async function* finish(): AsyncGenerator<Frame> {
    const span = { start, end: start + pieces.length };
    const masks = await painter?.paint(
      span,
      pieces.map(({ source }) => source),
      undefined,
      signal,
    );
    start = span.end;
    for (const [index, piece] of pieces.entries()) {
      const weight = masks
        ? cropPlane(masks.slice(index, index + 1).data, clip.width, part)
        : piece.before
          ? enlarged(changes(piece.before, piece.edited), canvas, part)
          : new Float32Array(part.width * part.height).fill(1);
      const below = cropFrame(piece.source, part);
      yield withPart(piece.source, composed(below, scaler.scale(piece.edited), weight), part);
    }
    pieces = [];
  }

  try {
    for await (const frame of edited) {
      const source = await sources.next();
      if (source.done) return;
      const old = onlyChanged && !painter ? await before.next() : undefined;
      pieces.push({ source: source.value, edited: frame, before: old?.done ? undefined : old?.value });
      if (pieces.length === TOGETHER) yield* finish();
    }
    yield* finish();
  } finally {
    await sources.return?.();
    await before.return?.();
  }
}

/** The part of the source of which at least the middles of its pixels lie on the canvas. */
function seenPart({ corner, scale, source, width, height }: Canvas): Rectangle {
  const first = (at: 0 | 1) => Math.max(0, Math.ceil(-corner[at] / scale[at] - 0.5 - 1e-6));
  const end = (at: 0 | 1, length: number, side: number) => Math.min(side, Math.floor((length - corner[at]) / scale[at] - 0.5 + 1e-6) + 1);
  const [left, top] = [first(0), first(1)];
  return { left, top, width: end(0, width, source.width) - left, height: end(1, height, source.height) - top };
}

/** 1 for pixels that have changed, with the edge softened over a pixel outwards and inwards. */
function changes(before: Frame, after: Frame): Float32Array {
  const changed = new Float32Array(before.width * before.height);
  for (let i = 0; i < before.data.length; i++) if (before.data[i] !== after.data[i]) changed[Math.floor(i / 3)] = 1;
  return boxMean(changed, before.width, before.height, 1);
}

/** A plane of the canvas on a part of the source, by linear interpolation. */
function enlarged(plane: Float32Array, { width, height, corner, scale }: Canvas, part: Rectangle): Float32Array {
  const out = new Float32Array(part.width * part.height);
  for (let y = 0, i = 0; y < part.height; y++) {
    const v = clamped(corner[1] + (part.top + y + 0.5) * scale[1] - 0.5, height);
    for (let x = 0; x < part.width; x++, i++) {
      const u = clamped(corner[0] + (part.left + x + 0.5) * scale[0] - 0.5, width);
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
      const above = plane[top * width + left]! * (1 - (u - left)) + plane[top * width + right]! * (u - left);
      const below = plane[bottom * width + left]! * (1 - (u - left)) + plane[bottom * width + right]! * (u - left);
      out[i] = above * (1 - (v - top)) + below * (v - top);
    }
  }
  return out;
}

function clamped(place: number, length: number): number {
  return Math.min(Math.max(place, 0), length - 1);
}
