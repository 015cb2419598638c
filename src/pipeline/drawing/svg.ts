import type { Resvg } from '@resvg/resvg-js';
import { isOwn, plainFont } from './fonts.js';
import { runsOf } from './text.js';

/** Red, green, blue, 0-255. */
export type Colour = readonly [number, number, number];

/** RGBA, 8 bits, `[height, width, 4]`; colours are not multiplied by alpha. */
export interface RgbaPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** How a line of text is written. */
export interface TextLine {
  readonly x: number;
  /** The baseline. */
  readonly y: number;
  /** An em, in the drawing's units. */
  readonly size: number;
  readonly bold?: boolean;
  readonly colour: Colour;
}

/** A drawing under way: SVG elements in the order in which they cover each other, and the font files that its texts need. */
export class Drawing {
  private readonly elements: string[] = [];
  private readonly files = new Set<string>([plainFont().file]);

  /** @param width in units of its own. @param height in the same. */
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  /** Adds an element; `attributes` are numbers or words that are safe in SVG. */
  add(name: string, attributes: Readonly<Record<string, string | number>>): void {
    const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : value}"`);
    this.elements.push(`<${name}${written.join('')}/>`);
  }

  /** Writes one line of text. @returns the width that it takes. */
  text(text: string, { x, y, size, bold = false, colour }: TextLine): number {
    let left = x;
    // Each run has an element and a place of its own: shaping across fonts would lose glyphs.
    for (const run of runsOf(text, bold)) {
      this.files.add(run.font.file);
      const weight = bold ? ' font-weight="700"' : '';
      // A page has other letters than ours, but places them in the room that these take.
      const room = isOwn(run.font) ? ` textLength="${short(run.width * size)}" lengthAdjust="spacingAndGlyphs"` : '';
      this.elements.push(
        `<text x="${short(left)}" y="${short(y)}" font-family="${escaped(run.font.face.family)}, sans-serif" font-size="${short(size)}"${weight}${room} fill="${paint(colour)}" xml:space="preserve">${escaped(run.text)}</text>`,
      );
      left += run.width * size;
    }
    return left - x;
  }

  /** The drawing as an SVG file. @param scale pixels to the unit. */
  svg(scale = 1): string {
    const [width, height] = [Math.round(this.width * scale), Math.round(this.height * scale)];
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${short(width / scale)} ${short(height / scale)}">${this.elements.join('')}</svg>`;
  }

  /** The drawing as a picture for a page, as wide as it is laid out or as the page has room. @param words what it shows, for those who cannot see it. */
  figure(words: string): string {
    return this.svg().replace(
      '<svg ',
      `<svg role="img" aria-label="${escaped(words.replaceAll('\n', '. '))}" style="max-width:100%;height:auto" `,
    );
  }

  /** The drawing as pixels. @param scale pixels to the unit. */
  rasterise(scale = 1): RgbaPicture {
    const image = new (resvg())(this.svg(scale), {
      font: { loadSystemFonts: false, fontFiles: [...this.files], defaultFontFamily: plainFont().face.family },
      logLevel: 'off',
    }).render();
    return { data: straight(image.pixels), width: image.width, height: image.height };
  }
}

/** A colour as SVG writes it. */
export function paint([red, green, blue]: Colour): string {
  return `rgb(${red},${green},${blue})`;
}

/** Numbers of a drawing to a thousandth. */
export function short(value: number): string {
  return String(Number(value.toFixed(3)));
}

let loaded: typeof Resvg | undefined;

/** Loaded when first needed: most runs draw nothing. */
function resvg(): typeof Resvg {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import at the top would load the native module with the library
  loaded ??= (require('@resvg/resvg-js') as { Resvg: typeof Resvg }).Resvg;
  return loaded;
}

/** resvg multiplies colours by alpha; where all is opaque there is nothing to undo. */
function straight(pixels: Uint8Array): Uint8Array {
  const data = Uint8Array.from(pixels);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3]!;
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = 0; channel < 3; channel++) data[at + channel] = Math.min(255, Math.round((data[at + channel]! * 255) / alpha));
  }
  return data;
}

/** Text as XML takes it: without control characters, which no font has either. */
function escaped(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, '')
      .replace(/[\ud800-\udfff]/gu, '')
      .replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
  );
}
