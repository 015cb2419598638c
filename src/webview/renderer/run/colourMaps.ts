/** A colour map: the colours of 0 … 255 as the 32-bit words of an `ImageData`, opaque. */
export interface ColourMap {
  readonly words: Uint32Array;
  /** The map from its low to its high end, as a CSS background. */
  readonly gradient: string;
}

type Colour = readonly [red: number, green: number, blue: number];

/** Anchors of viridis (Smith, van der Walt & Firing 2015), the same as in the pictures that the library writes. */
const viridisAnchors: readonly Colour[] = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];

/**
 * Blue, light grey, red: lightness falls evenly on both sides, L* = 93 − 55 |t|, at CIE hues 275° and 35° with as much
 * chroma as sRGB holds. Blue and red stay apart for the colour-blind.
 */
const divergingAnchors: readonly Colour[] = [
  [1, 92, 159], [5, 114, 196], [60, 137, 222], [117, 161, 228], [159, 185, 232], [197, 209, 236], [235, 235, 235],
  [237, 201, 194], [232, 168, 157], [223, 136, 121], [211, 103, 88], [196, 68, 56], [178, 20, 25],
];

/** For quantities from little to much. */
export const viridis = colourMap(viridisAnchors);
/** For quantities on both sides of zero; 128 is zero. */
export const diverging = colourMap(divergingAnchors);

/** The colour of a share 0 … 1 between anchors. */
function between(anchors: readonly Colour[], share: number): Colour {
  const at = Math.min(1, Math.max(0, share)) * (anchors.length - 1);
  const low = Math.min(anchors.length - 2, Math.floor(at));
  const [from, to] = [anchors[low] ?? [0, 0, 0], anchors[low + 1] ?? [0, 0, 0]] as const;
  return [0, 1, 2].map((i) => Math.round((from[i] ?? 0) + ((to[i] ?? 0) - (from[i] ?? 0)) * (at - low))) as unknown as Colour;
}

function colourMap(anchors: readonly Colour[]): ColourMap {
  const bytes = new Uint8ClampedArray(256 * 4);
  for (let value = 0; value < 256; value++) bytes.set([...between(anchors, value / 255), 255], value * 4);
  const stops = anchors.map(([red, green, blue]) => `rgb(${red} ${green} ${blue})`);
  return { words: new Uint32Array(bytes.buffer), gradient: `linear-gradient(to right, ${stops.join(', ')})` };
}

/** Grey values stretched so that `low` and `high` become the ends of the map; both in 0 … 255. */
export function colour(values: ArrayLike<number>, map: ColourMap, into: Uint32Array, low = 0, high = 255): void {
  const scale = high > low ? 255 / (high - low) : 0;
  for (let i = 0; i < into.length; i++) {
    const value = ((values[i] ?? 0) - low) * scale;
    into[i] = map.words[value <= 0 ? 0 : value >= 255 ? 255 : Math.round(value)] ?? 0;
  }
}
