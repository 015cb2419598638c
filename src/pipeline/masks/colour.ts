import { ArgumentError } from '../core/index.js';

/** A colour: a name, `#rrggbb`, or red, green and blue in 0 … 255. */
export type Colour = string | readonly [red: number, green: number, blue: number];

/** The basic colours of CSS by name, and orange. */
const names: Readonly<Record<string, string>> = {
  black: '#000000',
  silver: '#c0c0c0',
  gray: '#808080',
  grey: '#808080',
  white: '#ffffff',
  maroon: '#800000',
  red: '#ff0000',
  purple: '#800080',
  fuchsia: '#ff00ff',
  magenta: '#ff00ff',
  green: '#008000',
  lime: '#00ff00',
  olive: '#808000',
  yellow: '#ffff00',
  orange: '#ffa500',
  navy: '#000080',
  blue: '#0000ff',
  teal: '#008080',
  aqua: '#00ffff',
  cyan: '#00ffff',
};

/** Red, green and blue, 0 … 255. @throws {ArgumentError} for a name that is not known. */
export function parseColour(colour: Colour): [number, number, number] {
  if (Array.isArray(colour) && colour.length === 3 && colour.every((value) => typeof value === 'number' && value >= 0 && value <= 255))
    return [colour[0] as number, colour[1] as number, colour[2] as number];
  const text = typeof colour === 'string' ? colour.trim().toLowerCase() : '';
  const hex = Object.hasOwn(names, text) ? names[text]! : text;
  if (!/^#[0-9a-f]{6}$/.test(hex))
    throw new ArgumentError('colour', colour, `#rrggbb, [red, green, blue] in 0 to 255, or one of ${Object.keys(names).join(', ')}`);
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
}

/** Linear light of each of the 256 levels of sRGB. */
const linear = Float64Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** Lightness, green to red, and blue to yellow, as eyes tell colours apart. Ottosson 2020, "A perceptual color space for image processing". */
export function oklab(red: number, green: number, blue: number): [lightness: number, a: number, b: number] {
  const [r, g, b] = [linear[Math.round(red)]!, linear[Math.round(green)]!, linear[Math.round(blue)]!];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
