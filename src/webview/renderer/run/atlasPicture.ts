import type { Atlas } from '../../../shared/outputs/index.js';
import { misfit } from './atlasFit.js';

/** The decoded picture of an {@link Atlas}; a tile of it costs no decoding. */
export class AtlasPicture {
  private greys: Uint8Array | undefined;
  private scratch: OffscreenCanvasRenderingContext2D | null = null;

  private constructor(
    readonly atlas: Atlas,
    private readonly bitmap: ImageBitmap,
  ) {}

  /**
   * Decodes a PNG, JPEG or WebP file, once its header has shown the size that the atlas announces: a small file can hold a picture
   * larger than memory.
   *
   * @throws Error that says what is wrong with the file.
   */
  static async decode(atlas: Atlas, file: Uint8Array): Promise<AtlasPicture> {
    const problem = misfit(atlas, file);
    if (problem) throw new Error(problem);
    const blob = new Blob([file as Uint8Array<ArrayBuffer>]);
    return new AtlasPicture(atlas, await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' }));
  }

  /** Draws a tile into a rectangle. */
  draw(
    pen: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
    row: number,
    frame: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void {
    const { tileWidth, tileHeight } = this.atlas;
    const { left, top } = this.placeOf(row, frame);
    pen.drawImage(this.bitmap, left, top, tileWidth, tileHeight, x, y, width, height);
  }

  /** The pixels of a tile, red, green, blue and alpha, at its own size or scaled to another. */
  pixels(row: number, frame: number, width = this.atlas.tileWidth, height = this.atlas.tileHeight): Uint8ClampedArray {
    this.scratch ??= new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!this.scratch) return new Uint8ClampedArray(width * height * 4);
    const { canvas } = this.scratch;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.scratch.imageSmoothingQuality = 'high';
    this.scratch.clearRect(0, 0, width, height);
    this.draw(this.scratch, row, frame, 0, 0, width, height);
    return this.scratch.getImageData(0, 0, width, height).data;
  }

  /** The values 0 … 255 of a tile of grey, row by row. All tiles are read at the first call; later ones copy nothing. */
  values(row: number, frame: number): Uint8Array {
    const { tileWidth, tileHeight, frames, rows } = this.atlas;
    this.greys ??= this.readGreys();
    const size = tileWidth * tileHeight;
    const tile = Math.min(rows.length - 1, row) * frames + Math.min(frames - 1, frame);
    return this.greys.subarray(tile * size, (tile + 1) * size);
  }

  /** Lets go of the pixels. */
  close(): void {
    this.bitmap.close();
  }

  private placeOf(row: number, frame: number): { left: number; top: number } {
    const { columns, frames, rows, tileWidth, tileHeight } = this.atlas;
    const tile = Math.min(rows.length - 1, row) * frames + Math.min(frames - 1, frame);
    return { left: (tile % columns) * tileWidth, top: Math.floor(tile / columns) * tileHeight };
  }

  private readGreys(): Uint8Array {
    const { atlas, bitmap } = this;
    const { tileWidth: w, tileHeight: h } = atlas;
    const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true });
    pen?.drawImage(bitmap, 0, 0);
    const whole = pen?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? new Uint8ClampedArray(bitmap.width * bitmap.height * 4);
    const greys = new Uint8Array(atlas.rows.length * atlas.frames * w * h);
    let to = 0;
    for (let row = 0; row < atlas.rows.length; row++) {
      for (let frame = 0; frame < atlas.frames; frame++) {
        const { left, top } = this.placeOf(row, frame);
        for (let y = top; y < top + h; y++) for (let x = left; x < left + w; x++) greys[to++] = whole[(y * bitmap.width + x) * 4] ?? 0;
      }
    }
    return greys;
  }
}
