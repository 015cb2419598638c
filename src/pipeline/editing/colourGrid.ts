/** Cells along each of red, green and blue. */
const CELLS = 20;

/** Cells a level. */
const SCALE = (CELLS - 1) / 255;

/** Standard deviation, in cells, by which {@link ColourGrid.blurred} spreads what is known of a colour to those like it, unless told otherwise. */
const SPREAD = 0.8;

/**
 * Numbers by colour: sums over pixels, shared out among the cells of a cube of red, green and blue, and read back in between.
 *
 * The colour part of a bilateral grid (Chen, Paris & Durand 2007, "Real-time Edge-Aware Image Processing with the Bilateral Grid").
 */
export class ColourGrid {
  private readonly corners = new Int32Array(8);
  private readonly shares = new Float64Array(8);

  /** @param channels numbers that are kept for every colour. */
  constructor(
    readonly channels: number,
    private readonly cells = new Float32Array(CELLS ** 3 * channels),
  ) {}

  /**
   * Adds numbers to what is known of the colour of a pixel, whose three bytes stand at `pixel` of `data`.
   *
   * @param values for the channels from `channel` on.
   */
  add(data: Uint8Array, pixel: number, channel: number, values: Float32Array): void {
    const { cells, channels, corners, shares } = this;
    this.findCorners(data, pixel);
    for (let corner = 0; corner < 8; corner++) {
      const share = shares[corner]!;
      if (share === 0) continue;
      const first = corners[corner]! * channels + channel;
      for (let i = 0; i < values.length; i++) cells[first + i] = cells[first + i]! + share * values[i]!;
    }
  }

  /** Reads what is known of a pixel's colour into `out`, from `at` on. */
  read(data: Uint8Array, pixel: number, out: Float32Array, at: number): void {
    const { cells, channels, corners, shares } = this;
    this.findCorners(data, pixel);
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let corner = 0; corner < 8; corner++) sum += shares[corner]! * cells[corners[corner]! * channels + channel]!;
      out[at + channel] = sum;
    }
  }

  /** What every colour knows together with those like it. @param spread standard deviation in cells, each 13 levels wide. */
  blurred(spread = SPREAD): ColourGrid {
    const reach = Math.ceil(3 * spread);
    const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / spread) ** 2));
    const sum = kernel.reduce((a, b) => a + b);
    let from = this.cells;
    for (const step of [1, CELLS, CELLS * CELLS]) {
      const to = new Float32Array(from.length);
      for (let cell = 0; cell < CELLS ** 3; cell++) {
        const position = Math.floor(cell / step) % CELLS;
        for (let offset = -reach; offset <= reach; offset++) {
          if (position + offset < 0 || position + offset >= CELLS) continue;
          const weight = kernel[offset + reach]! / sum;
          for (let channel = 0; channel < this.channels; channel++)
            to[cell * this.channels + channel]! += weight * from[(cell + offset * step) * this.channels + channel]!;
        }
      }
      from = to;
    }
    return new ColourGrid(this.channels, from);
  }

  /** Another grid, with what `f` makes of the numbers of each cell, told by its index. */
  map(channels: number, f: (values: Float32Array, cell: number) => ArrayLike<number>): ColourGrid {
    const out = new ColourGrid(channels);
    for (let cell = 0; cell < CELLS ** 3; cell++) out.cells.set(f(this.at(cell), cell), cell * channels);
    return out;
  }

  /** The numbers of a cell. */
  at(cell: number): Float32Array {
    return this.cells.subarray(cell * this.channels, (cell + 1) * this.channels);
  }

  /** Finds the eight cells between which a pixel's colour lies, and how much of it belongs to each. */
  private findCorners(data: Uint8Array, pixel: number): void {
    const { corners, shares } = this;
    const r = data[3 * pixel]! * SCALE;
    const g = data[3 * pixel + 1]! * SCALE;
    const b = data[3 * pixel + 2]! * SCALE;
    const r0 = Math.min(Math.floor(r), CELLS - 2);
    const g0 = Math.min(Math.floor(g), CELLS - 2);
    const b0 = Math.min(Math.floor(b), CELLS - 2);
    const first = (r0 * CELLS + g0) * CELLS + b0;
    for (let corner = 0; corner < 8; corner++) {
      const [i, j, k] = [corner & 1, (corner >> 1) & 1, corner >> 2];
      corners[corner] = first + (i * CELLS + j) * CELLS + k;
      shares[corner] = Math.abs(1 - i - (r - r0)) * Math.abs(1 - j - (g - g0)) * Math.abs(1 - k - (b - b0));
    }
  }
}
