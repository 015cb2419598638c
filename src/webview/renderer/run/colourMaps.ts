import { colourAt, divergingAnchors, type Rgb, viridisAnchors } from '../../../shared/figures/colourMaps.js';

/** A colour map: the colours of 0 … 255 as the 32-bit words of an `ImageData`, opaque. */
export interface ColourMap {
  readonly words: Uint32Array;
  /** The map from its low to its high end, as a CSS background. */
  readonly gradient: string;
}

/** For quantities from little to much. */
export const viridis = colourMap(viridisAnchors);
/** For quantities on both sides of zero; 128 is zero. */
export const diverging = colourMap(divergingAnchors);

function colourMap(anchors: readonly Rgb[]): ColourMap {
  const bytes = new Uint8ClampedArray(256 * 4);
  for (let value = 0; value < 256; value++) bytes.set([...colourAt(anchors, value / 255), 255], value * 4);
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
