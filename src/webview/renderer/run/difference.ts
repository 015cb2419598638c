/** Differences of this share of the whole range, and larger ones, get the strongest colour. */
export const differenceReach = 0.5;

/** Two ways to compare two pictures. */
export type Comparison = 'brightness' | 'colour';

/**
 * How two pictures differ, place by place, as grey values for a colour map.
 *
 * `brightness` is signed: Rec. 709 luma of `seen` less that of `source`, 128 where they are equal. `colour` is the root
 * mean square over red, green and blue, 0 where they are equal. Both reach their ends at {@link differenceReach}.
 *
 * @param seen `source` too: RGBA, 4 bytes a place.
 * @param into one value a place.
 */
export function difference(seen: Uint8ClampedArray, source: Uint8ClampedArray, kind: Comparison, into: Uint8ClampedArray): void {
  for (let place = 0, at = 0; place < into.length; place++, at += 4) {
    const red = (seen[at] ?? 0) - (source[at] ?? 0);
    const green = (seen[at + 1] ?? 0) - (source[at + 1] ?? 0);
    const blue = (seen[at + 2] ?? 0) - (source[at + 2] ?? 0);
    // A clamped array rounds and keeps to 0 … 255 by itself.
    into[place] =
      kind === 'brightness'
        ? 128 + (0.2126 * red + 0.7152 * green + 0.0722 * blue) * (0.5 / differenceReach)
        : Math.sqrt((red * red + green * green + blue * blue) / 3) / differenceReach;
  }
}
