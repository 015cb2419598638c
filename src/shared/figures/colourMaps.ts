/** Red, green, blue, 0 … 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * Viridis (Smith, van der Walt & Firing 2015), from little to much: even in lightness, readable by the colour-blind and in grey.
 * Colours between these are mixed in proportion.
 */
export const viridisAnchors: readonly Rgb[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/**
 * Blue, light grey, red, for quantities on both sides of zero: lightness falls evenly on both sides, L* = 93 − 55 |t|, at CIE
 * hues 275° and 35° with as much chroma as sRGB holds. Blue and red stay apart for the colour-blind.
 */
export const divergingAnchors: readonly Rgb[] = [
  [1, 92, 159],
  [5, 114, 196],
  [60, 137, 222],
  [117, 161, 228],
  [159, 185, 232],
  [197, 209, 236],
  [235, 235, 235],
  [237, 201, 194],
  [232, 168, 157],
  [223, 136, 121],
  [211, 103, 88],
  [196, 68, 56],
  [178, 20, 25],
];

/** The colour of a share 0 … 1 of the way through anchors; what is not a number is grey. */
export function colourAt(anchors: readonly Rgb[], share: number): Rgb {
  if (!Number.isFinite(share)) return [128, 128, 128];
  const at = Math.min(1, Math.max(0, share)) * (anchors.length - 1);
  const low = Math.min(anchors.length - 2, Math.floor(at));
  const [from, to] = [anchors[low]!, anchors[low + 1]!];
  const mixed = (channel: 0 | 1 | 2): number => Math.round(from[channel] + (to[channel] - from[channel]) * (at - low));
  return [mixed(0), mixed(1), mixed(2)];
}
