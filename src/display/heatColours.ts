/** Anchors of viridis (Smith, van der Walt & Firing 2015): even in lightness, readable by the colour-blind and in grey. */
const anchors = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

/** The colour (RGB, 0…255) of a value in 0…1; what is not a number is grey. */
export function heatColour(share: number): readonly [number, number, number] {
  if (!Number.isFinite(share)) return [128, 128, 128];
  const at = Math.min(1, Math.max(0, share)) * (anchors.length - 1);
  const low = anchors[Math.min(anchors.length - 2, Math.floor(at))]!;
  const high = anchors[Math.min(anchors.length - 1, Math.floor(at) + 1)]!;
  const part = at - Math.floor(Math.min(at, anchors.length - 2));
  return [0, 1, 2].map((i) => Math.round(low[i]! + (high[i]! - low[i]!) * Math.min(1, part))) as unknown as readonly [number, number, number];
}
