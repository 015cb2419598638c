import { contourOf, type MapPoint } from '../../../shared/figures/contour.js';

/** Where a map reaches a threshold. */
export interface Outline {
  /** An SVG path in places of the map, whose corners are (0, 0) and (width, height); empty where nothing crosses. */
  readonly course: string;
  /** Share of places inside, 0 … 1. */
  readonly share: number;
}

/**
 * The line along which a map, enlarged smoothly, crosses a threshold: that is the border of the mask that the library makes from the map.
 *
 * @param values row by row, `width` to a row.
 */
export function outline(values: ArrayLike<number>, width: number, threshold: number): Outline {
  const height = Math.floor(values.length / width);
  const point = ([x, y]: MapPoint): string => `${x.toFixed(2)} ${y.toFixed(2)}`;
  const course = contourOf({ data: values, width, height }, threshold)
    .map(([from, to]) => `M${point(from)}L${point(to)}`)
    .join('');
  let inside = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) >= threshold) inside++;
  return { course, share: values.length > 0 ? inside / values.length : 0 };
}
