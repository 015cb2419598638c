/** A width and a height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** Pixels of a size, as a share of those that a model was trained on: with fewer or more it draws badly or takes too long. */
const AREA = { least: 0.5, most: 1.4 };

/** What twice or half as many pixels cost, in shares of the picture that might be cut off instead. */
const AREA_COST = 0.05;

/** The share of a picture that is cut off where it fills a size of another shape, 0 … 1. */
export function croppedShare(picture: Size, size: Size): number {
  const ratio = (picture.width * size.height) / (picture.height * size.width);
  return 1 - Math.min(ratio, 1 / ratio);
}

/**
 * The size on a grid that cuts off least of a picture which fills it, with about `area` pixels.
 *
 * @param multiple both sides are multiples of this many pixels.
 */
export function nearestShape(picture: Size, area: number, multiple: number): Size {
  const most = Math.max(1, Math.floor((AREA.most * area) / (multiple * multiple)));
  let best = { width: multiple, height: multiple };
  let lowest = Infinity;
  for (let columns = 1; columns <= most; columns++) {
    for (let rows = 1; rows * columns <= most; rows++) {
      const size = { width: columns * multiple, height: rows * multiple };
      const pixels = (size.width * size.height) / area;
      if (pixels < AREA.least && rows * columns > 1) continue;
      const cost = croppedShare(picture, size) + AREA_COST * Math.abs(Math.log2(pixels));
      if (cost < lowest) [lowest, best] = [cost, size];
    }
  }
  return best;
}
