import { drawPicture, encodeJpeg, encodePng, plainFrame } from '../../pipeline/video/index.js';
import type { Frame } from '../../pipeline/core/index.js';
import type { ValueMap, ValueRange } from '../drawing/heatMap.js';
import { encodeGreyPng } from '../drawing/palettePng.js';
import { writeBeside } from '../sideFolder.js';
import type { SideFolder } from '../sideFolder.js';
import type { Atlas } from '../../shared/outputs/index.js';

/** Tiles that are smaller bleed into each other as JPEG. */
const SMALLEST_JPEG_TILE = 48;
/** Pixels from which a picture of tiles is a JPEG file at once, and bytes of PNG from which it becomes one. */
const MOST_PNG = { pixels: 500_000, bytes: 300_000 };
/** Browsers draw no larger pictures everywhere. */
const LONGEST_SIDE = 8192;

/**
 * Puts rows of pictures of one size into one file.
 *
 * @param stem what the file is called.
 * @param names what each row shows.
 */
export async function pictureAtlas(
  stem: string,
  rows: readonly (readonly Frame[])[],
  names: readonly string[],
  side: SideFolder,
): Promise<Atlas> {
  const { width, height } = rows[0]![0]!;
  const tiles = rows.flat();
  const columns = columnsFor(tiles.length, width, height);
  const sheet = plainFrame(columns * width, Math.ceil(tiles.length / columns) * height, [0, 0, 0]);
  tiles.forEach((tile, i) => drawPicture(sheet, tile, (i % columns) * width, Math.floor(i / columns) * height));
  const path = await written(stem, await pictureFile(sheet, Math.min(width, height)), side);
  return { path, columns, tileWidth: width, tileHeight: height, frames: rows[0]!.length, rows: [...names] };
}

/** Puts rows of maps of one size into one grey file, `range` from black to white; what is not a number is black. */
export async function mapAtlas(
  stem: string,
  rows: readonly (readonly ValueMap[])[],
  { min, max }: ValueRange,
  names: readonly string[],
  side: SideFolder,
): Promise<Atlas> {
  const { width, height } = rows[0]![0]!;
  const tiles = rows.flat();
  const columns = columnsFor(tiles.length, width, height);
  const sheetWidth = columns * width;
  const sheet = new Uint8Array(sheetWidth * Math.ceil(tiles.length / columns) * height);
  const scale = 255 / (max - min || 1);
  tiles.forEach(({ data }, i) => {
    const corner = Math.floor(i / columns) * height * sheetWidth + (i % columns) * width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++)
        sheet[corner + y * sheetWidth + x] = Math.min(255, Math.max(0, Math.round((data[y * width + x]! - min) * scale)));
    }
  });
  const path = await written(stem, { bytes: await encodeGreyPng(sheet, sheetWidth, sheet.length / sheetWidth), extension: '.png' }, side);
  return {
    path,
    columns,
    tileWidth: width,
    tileHeight: height,
    frames: rows[0]!.length,
    rows: [...names],
    range: { min: shortened(min), max: shortened(max) },
  };
}

/** Seven digits are what float32 has. */
function shortened(value: number): number {
  return Number(value.toPrecision(7));
}

interface PictureFile {
  readonly bytes: Buffer;
  readonly extension: '.png' | '.jpg';
}

async function pictureFile(sheet: Frame, tileSide: number): Promise<PictureFile> {
  const mayBeJpeg = tileSide >= SMALLEST_JPEG_TILE;
  if (!mayBeJpeg || sheet.width * sheet.height <= MOST_PNG.pixels) {
    const bytes = await encodePng(sheet);
    if (!mayBeJpeg || bytes.length <= MOST_PNG.bytes) return { bytes, extension: '.png' };
  }
  return { bytes: await encodeJpeg(sheet), extension: '.jpg' };
}

function written(stem: string, { bytes, extension }: PictureFile, side: SideFolder): Promise<string> {
  return writeBeside(side, bytes, [stem, extension]);
}

/** About as wide as high. */
function columnsFor(tiles: number, width: number, height: number): number {
  return Math.max(1, Math.min(tiles, Math.floor(LONGEST_SIDE / width), Math.ceil(Math.sqrt((tiles * height) / width))));
}
