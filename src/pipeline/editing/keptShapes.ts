import { boundsOf, cropFrame, cropPlane, type Frame, grownBounds, type Rectangle, type Tensor, withPart } from '../core/index.js';
import { type AfterEdit, type HeldFrame, HeldFrames } from './heldFrames.js';
import { ColourGrid } from './colourGrid.js';
import { boxMean } from './boxMean.js';

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

/** Pixels over which the painted area's edge fades. */
const SOFT = 2;

/** Pixels around the area whose mean colour is what bleeds into it. */
const RING = 10;

/** Pixels that must have been seen of a colour, for anything to be known of it. */
const SEEN = 0.02;

/** The surroundings of a frame's edited area, and what is looked at there. */
interface Part extends HeldFrame {
  readonly edited: Frame;
  readonly bounds: Rectangle;
  /** Pixels around the area that are counted as what it is set against. */
  readonly looked: number;
}

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
  /** As {@link AfterEdit.comparesRoundTrip}. */
  readonly comparesRoundTrip = true;
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
    const held = edited.map((frame, index) => ({ edited: frame, ...this.held.take(start + index)! }));
    const parts = held.map(surroundings);
    this.learn(parts.filter((part) => part !== undefined));
    const known = this.known.blurred().map(4, changeOfColour);
    return held.map(({ source }, index) => {
      const part = parts[index];
      return part ? withPart(source, repainted(part, known), part.bounds) : source;
    });
  }

  /** Counts what became of each colour in these frames. */
  private learn(parts: readonly Part[]): void {
    const decided = DECIDED * quantile(changesInside(parts), 0.9);
    for (const part of parts) this.learnFrame(part, decided);
  }

  /** @param decided mean change of the colours, in levels, above which a pixel counts as decidedly changed. */
  private learnFrame({ source, edited, roundTrip, area, looked }: Part, decided: number): void {
    const unlike = unlikeAround(edited, roundTrip, area);
    const near = within(area, source.width, source.height, looked);
    const change = new Float32Array(4);
    const one = Float32Array.of(1);
    for (let pixel = 0; pixel < area.length; pixel++) {
      if (near[pixel] === 0) continue;
      if (area[pixel]! <= 0.5) {
        this.known.add(source.data, pixel, PARTS.around, one);
        continue;
      }
      for (let c = 0, i = 3 * pixel; c < 3; c++, i++) change[c] = unlike[pixel]! * (edited.data[i]! - roundTrip.data[i]!);
      change[3] = unlike[pixel]!;
      const channel = sizeOfChange(edited, roundTrip, pixel) > decided ? PARTS.decided : PARTS.others;
      this.known.add(source.data, pixel, channel, change);
    }
  }
}

/** What is around the edited area of a frame, and of all that is known of it; undefined where nothing was to change. */
function surroundings({ edited, source, roundTrip, area }: HeldFrame & { edited: Frame }): Part | undefined {
  const { width } = source;
  const inside = boundsOf(area, width, 0.5);
  if (!inside) return undefined;
  const looked = Math.round(MARGIN.looked * width);
  const bounds = grownBounds(inside, Math.max(looked, RING, MARGIN.painted + SOFT), source);
  const crop = (frame: Frame) => cropFrame(frame, bounds);
  return { bounds, looked, edited: crop(edited), source: crop(source), roundTrip: crop(roundTrip), area: cropPlane(area, width, bounds) };
}

/** The source with the colours that the edit gave to those it has. */
function repainted({ source, area }: Part, known: ColourGrid): Frame {
  const { width, height } = source;
  const deep = deepWithin(area, width, height);
  const soft = boxMean(within(area, width, height, MARGIN.painted), width, height, SOFT);
  const changes = new Float32Array(4 * soft.length);
  const belongs = new Float32Array(soft.length);
  for (let pixel = 0; pixel < soft.length; pixel++) {
    if (soft[pixel]! <= 0) continue;
    known.read(source.data, pixel, changes, 4 * pixel);
    belongs[pixel] = changes[4 * pixel + 3]!;
  }
  const mostly = boxMean(belongs, width, height, EDGE);
  const data = new Uint8Array(source.data);
  for (let pixel = 0; pixel < soft.length; pixel++) {
    if (soft[pixel]! <= 0) continue;
    // Deep inside, a line of a colour that the background has too (where two of the thing's own meet) is the thing's.
    const own = deep[pixel] === 1 ? smoothStep((mostly[pixel]! - MOSTLY.from) / (MOSTLY.to - MOSTLY.from)) : belongs[pixel]!;
    const share = soft[pixel]! * own;
    for (let c = 0; c < 3; c++)
      data[3 * pixel + c] = Math.round(Math.min(255, Math.max(0, source.data[3 * pixel + c]! + share * changes[4 * pixel + c]!)));
  }
  return { data, width, height };
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
  return above(boxMean(above(area, 0.5), width, height, EDGE), 1 - 1e-6);
}

/** 1 for pixels of which one of the area is within `reach`, along rows and columns; else 0. */
function within(area: Float32Array, width: number, height: number, reach: number): Float32Array {
  return above(boxMean(above(area, 0.5), width, height, reach), 1e-6);
}

/** 1 where a value is above the limit, else 0. */
function above(values: Float32Array, limit: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = values[i]! > limit ? 1 : 0;
  return out;
}

/** How much each pixel of the areas has changed, in levels. */
function changesInside(parts: readonly Part[]): Float32Array {
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
