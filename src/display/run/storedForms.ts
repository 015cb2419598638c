import type { Page } from '../drawing/page.js';
import type { Bundle, PictureUri } from '../../shared/outputs/index.js';
import { encodeWebp } from '../../pipeline/video/index.js';
import { dataUri } from '../smallPicture.js';
import { figureWithin } from './figure.js';

/** How much of a figure is drawn: all that it has, or every other frame and step, larger for its bytes. */
export type Detail = 'full' | 'compact';

/** Share of what the JSON leaves that the HTML gets, which GitHub and Jupyter show; the PNG is for those who show no HTML. */
const HTML_SHARE = 0.6;
/** Below this a second picture says nothing. */
const LEAST_PNG = 14_000;
const WEBP = { qualities: [82, 62], scales: { most: 1.4, least: 0.8 } };

/**
 * The forms of a figure that need no renderer of ours, within the room that an output has: SVG where it is shapes and texts alone,
 * HTML with a WebP picture where it has pictures in it, which SVG would hold at several times the size; and a PNG file.
 *
 * @param draw draws the figure at a scale in pixels to the layout unit.
 * @param around.payload what is stored beside it.
 * @param around.text what it shows in words, for those who cannot see it.
 * @param around.room characters for everything together.
 */
export async function storedForms(
  draw: (scale: number, detail: Detail) => Page,
  { payload, text, room }: { payload: object; text: string; room: number },
): Promise<Bundle> {
  const left = room - JSON.stringify(payload).length - text.length * 4 - 300;
  const first = draw(WEBP.scales.most, 'full');
  const svg = first.isDrawing ? first.svg(text) : undefined;
  const small = bytes(left * (1 - HTML_SHARE));
  const withPng = small >= LEAST_PNG;
  const pngOf = (limit: number) => figureWithin(limit, (scale) => draw(scale, 'compact'), 1.1);
  // A figure that does not fit at its smallest is left out rather than pushing the others out of the cell.
  const besides = (png: Buffer | undefined): Bundle => (png && withPng && png.length <= small * 1.05 ? { 'image/png': png } : {});
  if (svg !== undefined && svg.length <= left * HTML_SHARE)
    return { 'image/svg+xml': svg, ...besides(withPng ? (await pngOf(small)).png : undefined) };
  const large = bytes(withPng ? left * HTML_SHARE : left);
  const webp = await webpWithin(large, draw, first);
  const png = !webp || withPng ? await pngOf(webp ? small : Math.min(small, large)) : undefined;
  const { uri, width } = webp ?? { uri: dataUri('png', png!.png), width: png!.page.width };
  return { 'text/html': html(uri, text, width), ...besides(png?.png) };
}

/** The whole figure as WebP, as good as fits; undefined where ffmpeg cannot write that. @param first the figure at the largest scale. */
async function webpWithin(
  limit: number,
  draw: (scale: number, detail: Detail) => Page,
  first: Page,
): Promise<{ uri: PictureUri; width: number } | undefined> {
  let page = first;
  for (let scale = WEBP.scales.most; ;) {
    let size = 0;
    for (const quality of WEBP.qualities) {
      const file = await encodeWebp(page.frame, quality);
      if (!file) return undefined;
      size = file.length;
      if (size <= limit || (scale <= WEBP.scales.least && quality === WEBP.qualities.at(-1)))
        return { uri: dataUri('webp', file), width: page.width };
    }
    // Bytes grow a little slower than the area does.
    scale = Math.max(WEBP.scales.least, scale * Math.min(0.92, (limit / size) ** 0.6));
    page = draw(scale, 'full');
  }
}

function bytes(characters: number): number {
  return Math.max(0, Math.floor((characters * 3) / 4));
}

function html(uri: PictureUri, text: string, width: number): string {
  const safe = text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
  return `<figure style="margin:0"><img src="${uri}" alt="${safe}" style="width:100%;max-width:${width}px;height:auto"></figure>`;
}
