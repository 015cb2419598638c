import { ArgumentError } from '../errors.js';
import { rateText } from './frameRate.js';
import type { FrameRate } from './frameRate.js';
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

/**
 * Puts frames on an even grid: `shift` seconds are added to every timestamp, so that the moment of the
 * first frame wanted becomes 0. Slot k then holds the frame that is shown at `k / rate`; frames before
 * slot 0 only serve to fill it, gaps repeat the frame before them.
 *
 * @param slack by how much of a slot a frame may be late and still count for it. Clips that keep
 * their rate are given half a slot, because many containers round timestamps; others a sixteenth,
 * enough to let frames that fall exactly on a slot belong to it however their fraction was rounded.
 */
export function timingFilters(shift: number, rate: FrameRate, slack: number): string[] {
  const ticks = Math.round((shift - (slack * rate.den) / rate.num) * 1e6);
  return [
    'settb=1/1000000',
    `setpts=PTS${ticks < 0 ? '-' : '+'}${Math.abs(ticks)}`,
    `fps=fps=${rateText(rate)}:start_time=0:round=up`,
    'setpts=PTS-STARTPTS',
  ];
}

/** Stored pictures to opaque RGB of the wanted size: tone mapping, alpha, matrix and range, scale, cut or pad. */
export function pictureFilters(info: VideoInfo, place: Placement, background: Background, toneMapping: ToneMapping): string[] {
  return [
    ...(info.hdr ? toneFilters(info, toneMapping) : []),
    ...(info.hasAlpha ? alphaFilters(info.colour, background) : []),
    scaleFilter(info, place),
    'format=rgb24',
    'setsar=1',
    ...cutOrPad(place),
  ];
}

function scaleFilter(info: VideoInfo, place: Placement): string {
  const colour = info.hdr || info.hasAlpha ? rgbFull : info.colour;
  // Error diffusion keeps 10-bit gradients smooth in 8 bits; ordinary 8-bit video gains nothing from it.
  const dither = info.bitDepth > 8 || info.hdr ? ':sws_dither=ed' : '';
  return `scale=${place.scaled.width}:${place.scaled.height}${inputColour(colour)}:out_range=pc:flags=${scalerFlags}${dither}`;
}

const rgbFull: ColourInfo = { matrix: 'rgb', range: 'full', assumed: false };

function inputColour(colour: ColourInfo): string {
  const range = colour.range === 'full' ? 'pc' : 'tv';
  return colour.matrix === 'rgb' ? `:in_range=${range}` : `:in_color_matrix=${colour.matrix}:in_range=${range}`;
}

/** Composites over a plain colour before scaling, so that the hidden colours of clear pixels cannot bleed in. */
function alphaFilters(colour: ColourInfo, [red, green, blue]: Background): string[] {
  const toRgb = `scale=flags=${scalerFlags}${inputColour(colour)}:out_range=pc,format=rgba`;
  return [`${toRgb},split[picture][copy];[copy]lutrgb=r=${red}:g=${green}:b=${blue}:a=255[back];[back][picture]overlay=format=rgb`];
}

function cutOrPad({ size, scaled, x, y }: Placement): string[] {
  if (scaled.width > size.width || scaled.height > size.height) return [`crop=${size.width}:${size.height}:${-x}:${-y}`];
  if (scaled.width < size.width || scaled.height < size.height) return [`pad=${size.width}:${size.height}:${x}:${y}:color=black`];
  return [];
}

/** `zimg` maps light and gamut exactly; `curve` is for an ffmpeg built without zscale and tonemap. */
export type ToneMapping = 'zimg' | 'curve';

/**
 * HDR to SDR. Reference white (203 nits, BT.2408) becomes white's neighbourhood; highlights are
 * compressed, not clipped (Hable's curve).
 */
function toneFilters(info: VideoInfo, toneMapping: ToneMapping): string[] {
  const transfer = info.hdr === 'PQ' ? 'smpte2084' : 'arib-std-b67';
  const range = info.colour.range === 'full' ? 'full' : 'limited';
  if (toneMapping === 'zimg') {
    return [
      `zscale=tin=${transfer}:min=2020_ncl:pin=2020:rin=${range}:t=linear:npl=203`,
      'format=gbrpf32le',
      'zscale=p=709',
      'tonemap=tonemap=hable:desat=0',
      'zscale=t=709:m=gbr:r=full:dither=none',
      'format=gbrp10le',
    ];
  }
  return [`scale=flags=${scalerFlags}${inputColour(info.colour)}:out_range=pc`, 'format=rgb24', `lutrgb=r='${curve}':g='${curve}':b='${curve}'`.replaceAll('EOTF', info.hdr === 'PQ' ? pqLight : hlgLight)];
}

// Without zimg the gamut stays as it is (colours look a little pale); brightness is right.
// Light is relative to 203 nits; x/(1+x) scaled so that four times reference white becomes white.
const curve = '255*pow(min(1,1.25*(EOTF)/(1+(EOTF))),0.45)';
const pqSignal = 'pow(val/255,0.012683)';
const pqLight = `49.26*pow(max(${pqSignal}-0.8359375,0)/(18.8515625-18.6875*${pqSignal}),6.277395)`;
const hlgLight = 'if(lte(val/255,0.5),pow(val/255,2)/3,(exp((val/255-0.55991073)/0.17883277)+0.28466892)/12)*4.926';
