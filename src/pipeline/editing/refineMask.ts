import { type Frame, resizeMaps, Tensor } from '../core/index.js';
import { boxMean } from './boxMean.js';
import { ColourGrid } from './colourGrid.js';
import { guidedFilter } from './guidedFilter.js';

/** How often the colours are learnt anew from the mask, and the mask found anew by the colours. */
const ROUNDS = 4;

/** Largest log odds that a colour says by itself, and what they count beside those of the place. */
const COLOUR = { most: 3, weight: 3 };

/** How often a colour must be seen for its odds to be believed, as a share of all pixels inside, or outside. */
const SEEN = 1e-5;

/** Pixels around each that have a say in it, on the way to the last round. */
const NEIGHBOURS = 1;

/**
 * Finds a thing's outline in the pictures from a rough map of where it is: pixels whose colours are found more inside the map than outside belong to
 * it, and from what belongs to it the colours are learnt anew.
 *
 * As in GrabCut (Rother, Kolmogorov & Blake 2004, "GrabCut: interactive foreground extraction using iterated graph cuts"), with histograms in the place
 * of mixtures of Gaussians, over all frames together, since a thing keeps its colours while it moves; and with a guided filter, which moves
 * the outline onto that of the picture, in the place of the cut.
 *
 * @param seed `[frames, 1, height, width]` of latents: log odds of a place being inside.
 * @param pictures as many frames, or fewer: the last one stands for the rest.
 * @returns `[frames, 1, height, width]` in pixels, 0…1: 0.5 and more is inside.
 */
export function refineMask(seed: Tensor, pictures: readonly Frame[]): Tensor {
  const [frames, , , columns] = seed.dims as [number, number, number, number];
  const { width, height } = pictures[0]!;
  const radius = Math.max(2, Math.round(width / columns));
  const places = pictures.map((_, index) => resizeMaps(seed.slice(index, index + 1), width, height).data);
  let inside: Float32Array[] = places.map((odds) => odds.map(sigmoid));
  for (let round = 1; round <= ROUNDS; round++) {
    const colours = learnColours(inside, pictures);
    if (!colours) break;
    inside = pictures.map((picture, index) => {
      const rough = byColour(places[index]!, colours, picture);
      return round < ROUNDS ? boxMean(rough, width, height, NEIGHBOURS) : guidedFilter(rough, picture, radius);
    });
  }
  const out = Tensor.zeros([frames, 1, height, width]);
  for (let frame = 0; frame < frames; frame++) out.data.set(inside[Math.min(frame, inside.length - 1)]!, frame * width * height);
  return out;
}

/** Log odds of being inside by colour; undefined where all is inside, or nothing. */
function learnColours(inside: readonly Float32Array[], pictures: readonly Frame[]): ColourGrid | undefined {
  const counts = new ColourGrid(2);
  const shares = new Float32Array(2);
  const all = [0, 0];
  for (const [index, { data }] of pictures.entries()) {
    const mask = inside[index]!;
    for (let pixel = 0; pixel < mask.length; pixel++) {
      shares[0] = mask[pixel]!;
      shares[1] = 1 - mask[pixel]!;
      all[0]! += shares[0];
      all[1]! += shares[1];
      counts.add(data, pixel, 0, shares);
    }
  }
  const [within, without] = all as [number, number];
  if (within < 1 || without < 1) return undefined;
  return counts.blurred().map(1, (cell) => {
    const odds = Math.log((cell[0]! / within + SEEN) / (cell[1]! / without + SEEN));
    return [Math.max(-COLOUR.most, Math.min(COLOUR.most, odds))];
  });
}

/** What place and colour say together, 0…1 a pixel. */
function byColour(places: Float32Array, colours: ColourGrid, { data }: Frame): Float32Array {
  const odds = new Float32Array(1);
  return places.map((place, pixel) => {
    colours.read(data, pixel, odds, 0);
    return sigmoid(place + COLOUR.weight * odds[0]!);
  });
}

function sigmoid(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}
