import type { Tensor, Frame } from '../core/index.js';
import { type AfterEdit, type HeldFrame, HeldFrames } from './heldFrames.js';
import { ColourGrid } from './colourGrid.js';
import { boxMean } from './guidedFilter.js';

/** Frames that are recoloured together; what was learnt from those before goes on counting. */
const TOGETHER = 24;

/** Share of the change that nine in ten pixels stay below, from which on a pixel counts as decidedly changed. */
const DECIDED = 0.7;

/** Shares of a colour's pixels that have to be decidedly changed for the colour to change: not yet, and wholly. */
const CHANGES = { from: 0.2, to: 0.4 };

/** Shares of a colour's pixels that have to lie inside the edited area for it to belong to the thing: not yet, and wholly. */
const INSIDE = { from: 0.3, to: 0.6 };

/** How much a pixel around the area counts against one inside: more, since the area reaches beyond the thing. */
const AROUND = 2;

/** Around the area: how far is looked for what it is set against, as a share of the picture's width, and how far it is painted, in pixels. */
const MARGIN = { looked: 1 / 8, painted: 4 };

/** Pixels from the area's edge within which a colour may be the background's, and that are looked at around one deeper inside. */
const EDGE = 2;

/** Shares of the pixels around one deep inside that have to be the thing's for it to be so: not yet, and wholly. */
const MOSTLY = { from: 0.4, to: 0.7 };

/** Pixels around the area whose mean colour is what bleeds into it. */
const RING = 10;

/** Pixels that must have been seen of a colour, for anything to be known of it. */
const SEEN = 0.02;

/** Numbers of a colour's cell: changes (RGB) and count of the decidedly changed, the same of the others, count around. */
const PARTS = { decided: 0, others: 4, around: 8, channels: 9 };

/**
 * Takes from an edit only what it made of each colour, and gives that to the source: its shapes, its shading and its sharpness stay.
 *
 * A colour is repainted by the network through a VAE: softly, in patches, with outlines of its own. What it made of the
 * colours is found by comparing the edited frames with what the source becomes by the VAE alone, colour by colour, over
 * all frames: if enough pixels of a colour changed decidedly, their mean change is that colour's; else that of the others is. A
 * colour that is found more around the edited area than in it belongs to the background and stays.
 *
 * After Chen et al. 2016, "Bilateral Guided Upsampling": an expensive picture-to-picture edit is fitted in a grid of
 * colours and applied to the sharp original. Here the grid has no place, since a recoloured thing moves.
 */
export class KeptShapes implements AfterEdit {
  private readonly held = new HeldFrames();
  private readonly known = new ColourGrid(PARTS.channels);

  /** As {@link AfterEdit.add}. */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor): void {
    this.held.add(start, source, roundTrip, area);
  }

  /** As {@link AfterEdit.finish}. */
  async *finish(frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
    let start = 0;
    let together: Frame[] = [];
    for await (const frame of frames) {
      together.push(frame);
      if (together.length < TOGETHER) continue;
      yield* this.recolour(start, together);
      start += together.length;
      together = [];
    }
    yield* this.recolour(start, together);
  }

  private recolour(start: number, edited: readonly Frame[]): Frame[] {
    const parts = edited.map((frame, index) => ({ edited: frame, ...this.held.take(start + index)! }));
    this.learn(parts);
    const known = this.known.blurred().map(4, changeOfColour);
    return parts.map(({ source, area }) => {
      const { width, height } = source;
      const deep = deepWithin(area, width, height);
      const soft = boxMean(within(area, width, height, MARGIN.painted), width, height, 2);
      const data = new Uint8Array(source.data);
      const changes = new Float32Array(4 * soft.length);
      const belongs = soft.map((weight, pixel) => {
        if (weight > 0) known.read(source.data, pixel, changes.subarray(4 * pixel, 4 * pixel + 4));
        return changes[4 * pixel + 3]!;
      });
      const mostly = boxMean(belongs, width, height, EDGE);
      soft.forEach((weight, pixel) => {
        if (weight <= 0) return;
        // Deep inside, a line of a colour that the background has too (where two of the thing's own meet) is the thing's.
        const share =
          weight * (deep[pixel] === 1 ? smoothStep((mostly[pixel]! - MOSTLY.from) / (MOSTLY.to - MOSTLY.from)) : belongs[pixel]!);
        for (let c = 0; c < 3; c++)
          data[3 * pixel + c] = Math.round(Math.min(255, Math.max(0, source.data[3 * pixel + c]! + share * changes[4 * pixel + c]!)));
      });
      return { data, width, height };
    });
  }

  /** Counts what became of each colour in these frames. */
  private learn(parts: readonly (HeldFrame & { edited: Frame })[]): void {
    const decided = DECIDED * quantile(changesInside(parts), 0.9);
    const values = new Float32Array(PARTS.channels);
    for (const { source, edited, roundTrip, area } of parts) {
      const unlike = unlikeAround(edited, roundTrip, area);
      const near = within(area, source.width, source.height, Math.round(MARGIN.looked * source.width));
      for (let pixel = 0; pixel < area.length; pixel++) {
        if (near[pixel] === 0) continue;
        values.fill(0);
        if (area[pixel]! > 0.5) {
          const at = sizeOfChange(edited, roundTrip, pixel) > decided ? PARTS.decided : PARTS.others;
          for (let c = 0, i = 3 * pixel; c < 3; c++, i++) values[at + c] = unlike[pixel]! * (edited.data[i]! - roundTrip.data[i]!);
          values[at + 3] = unlike[pixel]!;
        } else values[PARTS.around] = 1;
        this.known.add(source.data, pixel, values);
      }
    }
  }
}

/**
 * How unlike the colours around the area each pixel inside it has become, as a multiple of their mean: what surrounds a small
 * thing bleeds into it, and pixels that show it say the least of the thing's new colour.
 */
function unlikeAround(edited: Frame, roundTrip: Frame, area: Float32Array): Float32Array {
  const { width, height } = roundTrip;
  const ring = within(area, width, height, RING);
  const around = [0, 0, 0];
  let count = 0;
  for (let pixel = 0; pixel < area.length; pixel++) {
    if (ring[pixel] === 0 || area[pixel]! > 0.5) continue;
    count++;
    for (let c = 0; c < 3; c++) around[c]! += roundTrip.data[3 * pixel + c]!;
  }
  const unlike = new Float32Array(area.length).fill(1);
  if (count === 0) return unlike;
  let [sum, inside] = [0, 0];
  for (let pixel = 0; pixel < area.length; pixel++) {
    if (area[pixel]! <= 0.5) continue;
    const i = 3 * pixel;
    unlike[pixel] = Math.sqrt(
      (edited.data[i]! - around[0]! / count) ** 2 +
        (edited.data[i + 1]! - around[1]! / count) ** 2 +
        (edited.data[i + 2]! - around[2]! / count) ** 2,
    );
    sum += unlike[pixel]!;
    inside++;
  }
  return sum === 0 ? unlike.fill(1) : unlike.map((value) => (value * inside) / sum);
}

/** What becomes of a colour, by what is known of it: its change in levels of red, green and blue, and how far it is the thing's, 0…1. */
function changeOfColour(known: Float32Array): number[] {
  const [decided, others, around] = [known[PARTS.decided + 3]!, known[PARTS.others + 3]!, known[PARTS.around]!];
  const inside = decided + others;
  if (inside < SEEN) return [0, 0, 0, 0];
  const changed = smoothStep((decided / inside - CHANGES.from) / (CHANGES.to - CHANGES.from));
  const belongs = smoothStep((inside / (inside + AROUND * around) - INSIDE.from) / (INSIDE.to - INSIDE.from));
  const mean = (at: number, count: number, c: number) => (count > 0 ? known[at + c]! / count : 0);
  return [...[0, 1, 2].map((c) => changed * mean(PARTS.decided, decided, c) + (1 - changed) * mean(PARTS.others, others, c)), belongs];
}

/** Mean of the colours' changes, in levels. */
function sizeOfChange(edited: Frame, roundTrip: Frame, pixel: number): number {
  let sum = 0;
  for (let i = 3 * pixel; i < 3 * pixel + 3; i++) sum += Math.abs(edited.data[i]! - roundTrip.data[i]!);
  return sum / 3;
}

/** 1 for pixels of the area whose neighbours, {@link EDGE} pixels far, all belong to it; else 0. */
function deepWithin(area: Float32Array, width: number, height: number): Float32Array {
  return boxMean(
    area.map((value) => (value > 0.5 ? 1 : 0)),
    width,
    height,
    EDGE,
  ).map((share) => (share > 1 - 1e-6 ? 1 : 0));
}

/** 1 for pixels of which one of the area is within `reach`, along rows and columns; else 0. */
function within(area: Float32Array, width: number, height: number, reach: number): Float32Array {
  return boxMean(
    area.map((value) => (value > 0.5 ? 1 : 0)),
    width,
    height,
    reach,
  ).map((share) => (share > 1e-6 ? 1 : 0));
}

/** How much each pixel of the areas has changed, in levels. */
function changesInside(parts: readonly (HeldFrame & { edited: Frame })[]): Float32Array {
  const changes = new Float32Array(parts.reduce((sum, { area }) => sum + area.length, 0));
  let count = 0;
  for (const { edited, roundTrip, area } of parts) {
    for (let pixel = 0; pixel < area.length; pixel++) if (area[pixel]! > 0.5) changes[count++] = sizeOfChange(edited, roundTrip, pixel);
  }
  return changes.subarray(0, count);
}

function quantile(values: Float32Array, share: number): number {
  return values.slice().sort()[Math.floor(share * (values.length - 1))] ?? 0;
}

function smoothStep(value: number): number {
  const t = Math.min(Math.max(value, 0), 1);
  return t * t * (3 - 2 * t);
}
