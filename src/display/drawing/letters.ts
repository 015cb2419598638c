import { inflateRawSync } from 'node:zlib';
import { packedOutlines } from './letterOutlines.js';

/** A point of an outline in ems: x to the right from the letter's origin, y down from the baseline. */
export type Point = readonly [x: number, y: number];

/** A letter's shape: how far the next one stands, and its closed contours as polygons. All in ems. */
export interface Letter {
  readonly advance: number;
  readonly contours: readonly (readonly Point[])[];
}

/** Units of the packed outlines in an em. */
const EM = 512;
/** Straight pieces that one curve becomes; letters of a figure are small. */
const PIECES = 4;

let faces: { book: Map<number, Letter>; bold: Map<number, Letter> } | undefined;

/**
 * The letter of a code point. Bold has only ASCII and signs and borrows the rest; what neither has loses its accent
 * and, at last, becomes a question mark.
 */
export function letterOf(character: string, bold: boolean): Letter {
  faces ??= unpack();
  const code = character.codePointAt(0)!;
  const face = bold ? faces.bold : faces.book;
  return face.get(code) ?? faces.book.get(code) ?? face.get(character.normalize('NFKD').codePointAt(0)!) ?? face.get(63)!;
}

function unpack(): { book: Map<number, Letter>; bold: Map<number, Letter> } {
  const bytes = inflateRawSync(Buffer.from(packedOutlines, 'base64'));
  let at = 0;
  /** Seven bits a byte, the lowest first; the eighth says that more follow. */
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const signed = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
  const face = (): Map<number, Letter> => {
    const letters = new Map<number, Letter>();
    let code = 0;
    for (let left = number(); left > 0; left--) {
      code += number();
      const advance = number() / EM;
      let [x, y] = [0, 0];
      const contours = Array.from({ length: number() }, () =>
        Array.from({ length: number() }, () => {
          const first = number();
          x += signed(Math.floor(first / 2));
          y += signed(number());
          return { x: x / EM, y: -y / EM, onCurve: first % 2 === 1 };
        }),
      );
      letters.set(code, { advance, contours: contours.map(flattened) });
    }
    return letters;
  };
  return { book: face(), bold: face() };
}

interface OutlinePoint {
  readonly x: number;
  readonly y: number;
  readonly onCurve: boolean;
}

/** TrueType's contours (points on the curve, and control points of quadratic curves between them) as polygons. */
function flattened(contour: readonly OutlinePoint[]): Point[] {
  const points: Point[] = [];
  const middle = (a: OutlinePoint, b: OutlinePoint): OutlinePoint => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, onCurve: true });
  const at = (index: number): OutlinePoint => contour[(index + contour.length) % contour.length]!;
  for (let i = 0; i < contour.length; i++) {
    const control = at(i);
    if (control.onCurve) {
      points.push([control.x, control.y]);
      continue;
    }
    // Two control points in a row have a point of the curve in the middle between them.
    const from = at(i - 1).onCurve ? at(i - 1) : middle(at(i - 1), control);
    const to = at(i + 1).onCurve ? at(i + 1) : middle(control, at(i + 1));
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
      points.push([a * from.x + b * control.x + c * to.x, a * from.y + b * control.y + c * to.y]);
    }
  }
  return points;
}
