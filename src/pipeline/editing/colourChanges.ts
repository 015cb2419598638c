import type { Frame } from '../core/index.js';
import { boxMean } from './boxMean.js';
import { ColourGrid } from './colourGrid.js';
import { colourOf, hueOf, luma } from './hues.js';
import { type Look, WholeLook } from './wholeLook.js';

/** Share of the change that nine in ten pixels stay below, from which on a pixel counts as decidedly changed. */
const DECIDED = 0.7;

/** Shares of a colour's pixels that have to be decidedly changed for the colour to change: not yet, and wholly. */
const CHANGES = { from: 0.2, to: 0.4 };

/** Shares of a colour's pixels that have to lie inside the edited area for it to belong to the thing: not yet, and wholly. */
const INSIDE = { from: 0.3, to: 0.6 };

/** How much a pixel around the area counts against one inside: more, since the area reaches beyond the thing. */
const AROUND = 2;

/** Pixels around the area whose mean colour is what bleeds into it. */
const RING = 10;

/** Pixels that must have been seen of a colour, for anything to be known of it. */
const SEEN = 0.02;

/** What is known of colours a little like one: how far, in cells of the grid, and what it counts where little is known of the colour itself. */
const ALIKE = { spread: 6, weight: 100 };

/** Levels by which what became of each colour has to be unlike a look of all, for each to go its own way: not yet, and wholly. */
const OWN_WAYS = { from: 24, to: 40 };

/** Every how manieth pixel is looked at for that: a number prime to the usual widths. */
const LOOKED_AT = 7;

/** Levels by which a colour's hue has to move for it to be another: not yet, and wholly. */
const ANOTHER_HUE = { from: 4, to: 16 };

/**
 * Numbers of a colour's cell: what became of the decidedly changed, the same of the others, and pixels of the area and around it. What became: hue after and
 * hue before (both by the VAE), change of luma, weight.
 */
const PARTS = { decided: 0, others: 6, inside: 12, around: 13, channels: 14 };

/** Where those numbers stand; hues are pairs. */
const BECAME = { after: 0, before: 2, luma: 4, weight: 5, count: 6 };

/** What is known of a colour: its hue after and before, how far it is another, its change of luma, how far it is the thing's, and whether it was seen. */
const KNOWN = { after: 0, before: 2, another: 4, luma: 5, belongs: 6, seen: 7, channels: 8 };

/** A frame's edited area with its surroundings. */
export interface EditedPart {
  /** As it was. */
  readonly source: Frame;
  /** As it becomes by the VAE alone. */
  readonly roundTrip: Frame;
  /** As the network made it. */
  readonly edited: Frame;
  /** One value in 0…1 a pixel: where the edit may change it. */
  readonly area: Float32Array;
  /** Pixels around the area that are counted as what it is set against. */
  readonly looked: number;
}

/** What an edit made of each colour, over all frames. */
export class ColourChanges {
  private readonly counts = new ColourGrid(PARTS.channels);
  private readonly look = new WholeLook();
  private whole = true;

  /** Learns from frames that belong together what became of each colour. */
  learn(parts: readonly EditedPart[]): void {
    const decided = DECIDED * quantile(changesInside(parts), 0.9);
    for (const part of parts) this.learnFrame(part, decided);
    this.whole &&= parts.every(({ area }) => area.every((value) => value > 0.5));
    if (this.whole) this.look.learn(parts);
  }

  /**
   * What is known so far, each colour together with those like it. A recoloured thing takes the hue that it was given, whatever its own was. A look of the whole picture
   * is found by all colours together, unless what became of them says that each of them has a way of its own.
   */
  known(pictures: readonly Frame[]): KnownColours {
    const alike = this.counts.blurred(ALIKE.spread);
    const grid = this.counts.blurred().map(KNOWN.channels, (counted, cell) => becomes(counted, alike.at(cell)));
    if (!this.whole) return new KnownColours(grid);
    const look = this.look.found();
    const apart = unlikeness(new KnownColours(grid, look), pictures, look);
    return new KnownColours(grid, look, smoothStep((apart - OWN_WAYS.from) / (OWN_WAYS.to - OWN_WAYS.from)));
  }

  /** @param decided mean change of the colours, in levels, above which a pixel counts as decidedly changed. */
  private learnFrame({ source, edited, roundTrip, area, looked }: EditedPart, decided: number): void {
    const unlike = unlikeAround(edited, roundTrip, area);
    const near = within(area, source.width, source.height, looked);
    const seen = new Float32Array(BECAME.count);
    const one = Float32Array.of(1);
    for (let pixel = 0; pixel < area.length; pixel++) {
      if (near[pixel] === 0) continue;
      if (area[pixel]! <= 0.5) {
        this.counts.add(source.data, pixel, PARTS.around, one);
        continue;
      }
      this.counts.add(source.data, pixel, PARTS.inside, one);
      const weight = unlike[pixel]!;
      const [bright, before] = [luma(edited.data, 3 * pixel), luma(roundTrip.data, 3 * pixel)];
      const [u, v] = hueOf(edited.data, 3 * pixel, bright);
      const [x, y] = hueOf(roundTrip.data, 3 * pixel, before);
      seen.set([u, v, x, y, bright - before, 1].map((number) => weight * number));
      this.counts.add(source.data, pixel, sizeOfChange(edited, roundTrip, pixel) > decided ? PARTS.decided : PARTS.others, seen);
    }
  }
}

/** What becomes of colours. */
export class KnownColours {
  private readonly read = new Float32Array(KNOWN.channels);

  /**
   * @param look what all colours together became, of a look of the whole picture.
   * @param ownWays how far each colour goes its own way rather than the look's, 0…1.
   */
  constructor(
    private readonly grid: ColourGrid,
    private readonly look?: Look,
    private readonly ownWays = 1,
  ) {}

  /** How far a pixel's colour is the thing's and not that of its surroundings, 0…1. */
  belongs(data: Uint8Array, pixel: number): number {
    this.grid.read(data, pixel, this.read, 0);
    return this.read[KNOWN.belongs]!;
  }

  /**
   * What becomes of a pixel: brightness changes by as much as that of its colour, so that shading stays; a hue that is another now is
   * what the edit made of those like it, and one that is not stays.
   * @param out red, green and blue, in levels, not clamped.
   */
  repaint(data: Uint8Array, pixel: number, out: Float32Array): void {
    this.grid.read(data, pixel, this.read, 0);
    const { read, look, ownWays } = this;
    const seen = read[KNOWN.seen]!;
    const i = 3 * pixel;
    if (seen <= 0) return void out.set(data.subarray(i, i + 3));
    const known = (at: number) => read[at]! / seen;
    const before = luma(data, i);
    const [x, y] = hueOf(data, i, before);
    const share = known(KNOWN.another);
    const slope = look?.hueSlope ?? 0;
    const hue = (own: number, i: number) => share * (known(KNOWN.after + i) + slope * (own - known(KNOWN.before + i))) + (1 - share) * own;
    colourOf(before + known(KNOWN.luma), [hue(x, 0), hue(y, 1)], out);
    if (!look || ownWays === 1) return;
    const own = Float32Array.from(out);
    look.apply(data, i, out);
    for (let c = 0; c < 3; c++) out[c] = ownWays * own[c]! + (1 - ownWays) * out[c]!;
  }
}

/** Root mean square difference, in levels, between what becomes of pictures colour by colour and by a look of all colours. */
function unlikeness(colours: KnownColours, pictures: readonly Frame[], look: Look): number {
  const [own, all] = [new Float32Array(3), new Float32Array(3)];
  let [squares, counted] = [0, 0];
  for (const { data } of pictures)
    for (let pixel = 0; pixel < data.length / 3; pixel += LOOKED_AT) {
      colours.repaint(data, pixel, own);
      look.apply(data, 3 * pixel, all);
      for (let c = 0; c < 3; c++) squares += (own[c]! - all[c]!) ** 2;
      counted += 3;
    }
  return Math.sqrt(squares / counted);
}

/** What becomes of a colour, by what was counted of it and of those a little like it. */
function becomes(counted: Float32Array, alike: Float32Array): number[] {
  const [inside, around] = [counted[PARTS.inside]!, counted[PARTS.around]!];
  const out = new Array<number>(KNOWN.channels).fill(0);
  if (inside < SEEN) return out;
  const [decided, others] = [counted[PARTS.decided + BECAME.weight]!, counted[PARTS.others + BECAME.weight]!];
  const changed = smoothStep((decided / (decided + others) - CHANGES.from) / (CHANGES.to - CHANGES.from));
  const mean = (at: number, i: number) => {
    const weight = counted[at + BECAME.weight]! + ALIKE.weight * alike[at + BECAME.weight]!;
    return weight > 0 ? (counted[at + i]! + ALIKE.weight * alike[at + i]!) / weight : 0;
  };
  for (let i = 0; i < BECAME.luma; i++) out[i] = changed * mean(PARTS.decided, i) + (1 - changed) * mean(PARTS.others, i);
  const [u, v, x, y] = out as [number, number, number, number];
  out[KNOWN.another] = smoothStep((Math.hypot(u - x, v - y) - ANOTHER_HUE.from) / (ANOTHER_HUE.to - ANOTHER_HUE.from));
  out[KNOWN.luma] = changed * mean(PARTS.decided, BECAME.luma) + (1 - changed) * mean(PARTS.others, BECAME.luma);
  out[KNOWN.belongs] = smoothStep((inside / (inside + AROUND * around) - INSIDE.from) / (INSIDE.to - INSIDE.from));
  out[KNOWN.seen] = 1;
  return out;
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

/** Mean of the colours' changes, in levels. */
function sizeOfChange(edited: Frame, roundTrip: Frame, pixel: number): number {
  let sum = 0;
  for (let i = 3 * pixel; i < 3 * pixel + 3; i++) sum += Math.abs(edited.data[i]! - roundTrip.data[i]!);
  return sum / 3;
}

/** How much each pixel of the areas has changed, in levels. */
function changesInside(parts: readonly EditedPart[]): Float32Array {
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

/** 1 for pixels of which one of the area is within `reach`, along rows and columns; else 0. */
export function within(area: Float32Array, width: number, height: number, reach: number): Float32Array {
  return above(boxMean(above(area, 0.5), width, height, reach), 1e-6);
}

/** 1 where a value is above the limit, else 0. */
export function above(values: Float32Array, limit: number): Float32Array {
  return values.map((value) => (value > limit ? 1 : 0));
}

/** 0 below 0, 1 above 1, and smooth in between. */
export function smoothStep(value: number): number {
  const t = Math.min(Math.max(value, 0), 1);
  return t * t * (3 - 2 * t);
}
