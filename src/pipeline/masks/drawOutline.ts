import type { Canvas } from './canvas.js';
import { areShares, type Corner, type OutlineForm } from './maskForm.js';

/** An outline on a canvas: 1 for pixels whose middle lies inside, else 0. */
export function drawOutline(form: OutlineForm, canvas: Canvas): Float32Array {
  const { width, height } = canvas;
  const out = new Float32Array(width * height);
  const isInside = form.kind === 'polygon' ? insidePolygon(form.points, canvas) : insideBox(form, canvas);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) if (isInside(x + 0.5, y + 0.5)) out[i] = 1;
  return out;
}

type Inside = (x: number, y: number) => boolean;

function insideBox(form: Exclude<OutlineForm, { kind: 'polygon' }>, canvas: Canvas): Inside {
  const corners: Corner[] = [
    [form.x, form.y],
    [form.width, form.height],
  ];
  const [[x, y], [w, h]] = onSource(corners, canvas) as [Corner, Corner];
  const [left, top] = onCanvas([x, y], canvas);
  const [right, bottom] = onCanvas([x + w, y + h], canvas);
  if (form.kind === 'rectangle') return (px, py) => px >= left && px < right && py >= top && py < bottom;
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  return (px, py) => (2 * (px - middleX)) ** 2 / (right - left) ** 2 + (2 * (py - middleY)) ** 2 / (bottom - top) ** 2 <= 1;
}

/** By the even-odd rule: sides crossed on the way to the left. */
function insidePolygon(points: readonly Corner[], canvas: Canvas): Inside {
  const corners = onSource(points, canvas).map((corner) => onCanvas(corner, canvas));
  return (px, py) => {
    let inside = false;
    for (let i = 0, before = corners.length - 1; i < corners.length; before = i++) {
      const [[ax, ay], [bx, by]] = [corners[i]!, corners[before]!];
      if (ay > py !== by > py && px > ((bx - ax) * (py - ay)) / (by - ay) + ax) inside = !inside;
    }
    return inside;
  };
}

/** Shares of the sides as pixels of the source. */
function onSource(corners: readonly Corner[], { source }: Canvas): readonly Corner[] {
  return areShares(corners.flat()) ? corners.map(([x, y]) => [x * source.width, y * source.height] as const) : corners;
}

function onCanvas([x, y]: Corner, { corner, scale }: Canvas): Corner {
  return [corner[0] + x * scale[0], corner[1] + y * scale[1]];
}
