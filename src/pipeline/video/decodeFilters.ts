import { ArgumentError } from '../core/index.js';
import type { DeepColour } from './deepColour.js';
import type { Placement } from './geometry.js';
import type { ColourInfo, VideoInfo } from './videoInfo.js';

/** Best quality that swscale offers for YUV to RGB: full chroma resolution, no rounding shortcuts. */
export const scalerFlags = 'bicubic+accurate_rnd+full_chroma_int+full_chroma_inp';

/** The colour behind transparent pixels, 0-255 each. */
export type Background = readonly [red: number, green: number, blue: number];

/** Reads `white`, `black` or `#rrggbb`. @throws ArgumentError for anything else. */
export function parseBackground(text: string): Background {
  if (text === 'white') return [255, 255, 255];
  if (text === 'black') return [0, 0, 0];
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (!hex) throw new ArgumentError('background', text, '"white", "black" or a colour such as "#3060ff"');
  return [parseInt(hex[1] ?? '', 16), parseInt(hex[2] ?? '', 16), parseInt(hex[3] ?? '', 16)];
}

/** Stored pictures to opaque RGB of the wanted size: matrix, range, depth, light and alpha; scaled, then cut or padded. */
export function pictureFilters(info: VideoInfo, place: Placement, background: Background, deepColour: DeepColour): string[] {
  return [...toRgb(info, place, background, deepColour), 'setsar=1', ...cutOrPad(place)];
}

function toRgb(info: VideoInfo, place: Placement, background: Background, deepColour: DeepColour): string[] {
  // Composited before scaling, so that the hidden colours of clear pixels cannot bleed in.
  if (info.hasAlpha) return [...alphaFilters(info.colour, background), scaleToRgb(place, rgbFull)];
  if (info.hdr) return hdrFilters(info, place, deepColour);
  if (info.bitDepth === 8) return [scaleToRgb(place, info.colour)];
  return deepColour === 'zimg'
    ? [zimgToRgb(place, `min=${zimgMatrix[info.colour.matrix]}:rin=${info.colour.range}`)]
    : // swscale dithers only from deep to 8-bit YUV, not to RGB, so it is made to go that way.
      [`scale=flags=${scalerFlags}:sws_dither=bayer,format=yuv444p`, scaleToRgb(place, info.colour)];
}

const rgbFull: ColourInfo = { matrix: 'rgb', range: 'full', assumed: false };

function scaleToRgb({ scaled }: Placement, colour: ColourInfo): string {
  // From YUV by way of planar RGB: the same numbers, for which swscale has faster code.
  const planar = colour.matrix === 'rgb' ? '' : ',format=gbrp';
  return `scale=${scaled.width}:${scaled.height}${inputColour(colour)}:out_range=pc:flags=${scalerFlags}${planar},format=rgb24`;
}

/** Error diffusion keeps the fine steps of deep pictures visible in 8 bits as mixtures of neighbours. */
function zimgToRgb({ scaled }: Placement, input: string): string {
  return `zscale=w=${scaled.width}:h=${scaled.height}:filter=bicubic:${input}:m=gbr:r=full:dither=error_diffusion,format=gbrp,format=rgb24`;
}

const zimgMatrix = { rgb: 'gbr', bt601: '170m', bt709: '709', bt2020: '2020_ncl', smpte240m: '240m', fcc: 'fcc' } as const;

function inputColour(colour: ColourInfo): string {
  const range = colour.range === 'full' ? 'pc' : 'tv';
  return colour.matrix === 'rgb' ? `:in_range=${range}` : `:in_color_matrix=${colour.matrix}:in_range=${range}`;
}

function alphaFilters(colour: ColourInfo, [red, green, blue]: Background): string[] {
  const rgba = `scale=flags=${scalerFlags}${inputColour(colour)}:out_range=pc,format=rgba`;
  return [`${rgba},split[picture][copy];[copy]lutrgb=r=${red}:g=${green}:b=${blue}:a=255[back];[back][picture]overlay=format=rgb`];
}

function cutOrPad({ size, scaled, x, y }: Placement): string[] {
  if (scaled.width > size.width || scaled.height > size.height) return [`crop=${size.width}:${size.height}:${-x}:${-y}`];
  if (scaled.width < size.width || scaled.height < size.height) return [`pad=${size.width}:${size.height}:${x}:${y}:color=black`];
  return [];
}

/**
 * HDR to SDR. Light is counted from reference white (203 nits, ITU-R BT.2408); highlights are
 * compressed, not clipped (the Möbius curve, which leaves shadows and mid-tones alone).
 */
function hdrFilters(info: VideoInfo, place: Placement, deepColour: DeepColour): string[] {
  const transfer = info.hdr === 'PQ' ? 'smpte2084' : 'arib-std-b67';
  if (deepColour === 'zimg') {
    return [
      `zscale=tin=${transfer}:min=2020_ncl:pin=2020:rin=${info.colour.range}:t=linear:npl=203`,
      'format=gbrpf32le',
      'zscale=p=709',
      'tonemap=tonemap=mobius:desat=0',
      zimgToRgb(place, 't=709'),
    ];
  }
  const light = info.hdr === 'PQ' ? pqLight : hlgLight;
  const curve = `'255*pow(min(1,1.25*(${light})/(1+(${light}))),0.45)'`;
  return [scaleToRgb(place, info.colour), `lutrgb=r=${curve}:g=${curve}:b=${curve}`];
}

// The way without zimg, on 8 bits: brightness comes out right, but the gamut stays as it is, so that
// colours look a little pale. Light relative to 203 nits; x / (1 + x), scaled so that four times
// reference white becomes white. Signal to light after ITU-R BT.2100.
const pqSignal = 'pow(clipval/255,0.012683)';
const pqLight = `49.26*pow(max(${pqSignal}-0.8359375,0)/(18.8515625-18.6875*${pqSignal}),6.277395)`;
const hlgLight = 'if(lte(clipval,127.5),pow(clipval/255,2)/3,(exp((clipval/255-0.55991073)/0.17883277)+0.28466892)/12)*4.926';
