import { Tensor } from '../core/index.js';
import { distances } from '../masks/index.js';
import type { ChangeMaps } from './changeMask.js';

/** Log odds between what a map's two halves are on average: how far a map is believed before the pictures are looked at. */
const BELIEF = 6;

/** Power to which a map's clarity is its weight beside another map: of a clear and a blurred map the clear one decides. */
const CLARITY = 4;

/** Share of the picture's border that must be marked, mean of both maps, for the change to be one of the surroundings. */
const AROUND = 0.3;

/** Quantiles of attention in which, where the surroundings change, what does not change and what does are found. */
const SURROUNDED = { least: 0.02, usual: 0.5 };

/** Power that brings a map of changes of the surroundings, some of which change much more than others, nearer to two values. */
const FLATTENED = 0.25;

/** Log odds against a place outside an outline that is seen: right beside it, more by so much a width of the picture, and at most. */
const OUTSIDE = { beside: 4, across: 51, most: 12 };

/** Least probability, and most below 1, that an outline is taken for. */
const LEAST = 1e-4;

/** Levels among which a threshold is looked for. */
const LEVELS = 64;

/** Where a map is cut, and how well. */
interface Cut {
  readonly threshold: number;
  /** Difference of the means above and below. */
  readonly gap: number;
  /** Share of the map's variance that lies between the two halves, 0…1. */
  readonly clarity: number;
}

/**
 * Joins the maps of a comparison to what is believed of each place before the pictures are looked at.
 *
 * Each map is cut where its two halves are most apart (Otsu 1979, "A Threshold Selection Method from Gray-Level Histograms"), and the maps are
 * added, each by how clear the cut is. What marks most of the picture's border is the surroundings of something: then attention
 * decides, cut between the least of it, which the thing has, and the usual, which all around it has.
 *
 * @returns `[frames, 1, height, width]` of latents: log odds of a place being part of what changes.
 */
export function seedOfChange({ change, attention }: ChangeMaps): Tensor {
  const cuts = [change, ...(attention ? [attention] : [])].map((map) => ({ map, cut: otsu(map.data) }));
  const marked = cuts.reduce((sum, { map, cut }) => sum + borderShare(map, cut.threshold) / cuts.length, 0);
  if (marked <= AROUND) return joined(cuts);
  if (attention) return joined([{ map: attention, cut: surroundedCut(attention.data) }]);
  const flattened = change.map((value) => value ** FLATTENED);
  return joined([{ map: flattened, cut: otsu(flattened.data) }]);
}

/** Log odds of a map that is cut at a share of its maximum. */
export function seedOfThreshold(map: Tensor, share: number): Tensor {
  return joined([{ map, cut: cutAt(map.data, share * map.range().max) }]);
}

/** Log odds of a map that is cut where its two halves are most apart. */
export function seedOfCut(map: Tensor): Tensor {
  return joined([{ map, cut: otsu(map.data) }]);
}

/** Log odds of an outline that is seen already, 0…1 a place: the less likely, the further from it, so that things of the same colours elsewhere stay out. */
export function seedOfOutline(map: Tensor): Tensor {
  const [frames, , height, width] = map.dims as [number, number, number, number];
  const out = map.map((value) => Math.min(BELIEF, Math.log((value + LEAST) / (1 - value + LEAST))));
  for (let frame = 0; frame < frames; frame++) {
    const place = out.data.subarray(frame * height * width, (frame + 1) * height * width);
    const away = distances(place, width, height);
    for (let i = 0; i < place.length; i++)
      if (place[i]! <= 0) place[i] = -Math.min(OUTSIDE.most, OUTSIDE.beside + (OUTSIDE.across * away[i]!) / width);
  }
  return out;
}

function joined(maps: readonly { map: Tensor; cut: Cut }[]): Tensor {
  const weights = maps.map(({ cut: { clarity } }) => clarity ** CLARITY);
  const sum = weights.reduce((a, b) => a + b);
  const { dims } = maps[0]!.map;
  const out = Tensor.zeros(dims);
  for (const [index, { map, cut }] of maps.entries()) {
    const weight = sum > 0 ? weights[index]! / sum : 1 / maps.length;
    for (let i = 0; i < out.size; i++) out.data[i]! += weight * logOdds(map.data[i]!, cut);
  }
  return out;
}

/** A map without two halves has what reaches the threshold inside, and the rest outside. */
function logOdds(value: number, { threshold, gap }: Cut): number {
  return gap > 0 ? (BELIEF * (value - threshold)) / gap : value >= threshold && value > 0 ? BELIEF : -BELIEF;
}

/** The threshold at which two halves are most apart for their sizes. */
function otsu(values: Float32Array): Cut {
  const max = values.reduce((a, b) => Math.max(a, b), 0);
  const counts = new Float64Array(LEVELS);
  for (const value of values) counts[max > 0 ? Math.min(LEVELS - 1, Math.floor((value / max) * LEVELS)) : 0]!++;
  const total = counts.reduce((sum, count, level) => sum + count * level, 0);
  let [best, threshold, below, sum] = [0, max, 0, 0];
  for (let level = 0; level < LEVELS - 1; level++) {
    below += counts[level]!;
    sum += counts[level]! * level;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sum / below - (total - sum) / above) ** 2;
    if (between > best) [best, threshold] = [between, ((level + 1) / LEVELS) * max];
  }
  return cutAt(values, threshold);
}

function surroundedCut(values: Float32Array): Cut {
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;
  return cutAt(values, (at(SURROUNDED.least) + at(SURROUNDED.usual)) / 2);
}

function cutAt(values: Float32Array, threshold: number): Cut {
  const halves = { below: { sum: 0, count: 0 }, above: { sum: 0, count: 0 } };
  for (const value of values) {
    const half = value < threshold ? halves.below : halves.above;
    half.sum += value;
    half.count++;
  }
  const { below, above } = halves;
  if (below.count === 0 || above.count === 0) return { threshold, gap: 0, clarity: 0 };
  const mean = (below.sum + above.sum) / values.length;
  const gap = above.sum / above.count - below.sum / below.count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const between = (below.count * above.count * gap ** 2) / values.length ** 2;
  return { threshold, gap, clarity: variance > 0 ? between / variance : 0 };
}

/** Share of the places along the picture's four sides, over all frames, that are above a threshold. */
function borderShare({ data, dims }: Tensor, threshold: number): number {
  const [frames, , height, width] = dims as [number, number, number, number];
  let [marked, counted] = [0, 0];
  for (let i = 0; i < frames * height * width; i++) {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1) continue;
    counted++;
    if (data[i]! > threshold) marked++;
  }
  return marked / counted;
}
