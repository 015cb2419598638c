/** Cells along each of red, green and blue. */
const CELLS = 20;

/** Standard deviation, in cells, by which {@link ColourGrid.blurred} spreads what is known of a colour to those like it. */
const SPREAD = 0.8;

/**
 * Numbers by colour: sums over pixels, shared out among the cells of a cube of red, green and blue, and read back in between.
 *
 * The colour part of a bilateral grid (Chen, Paris & Durand 2007, "Real-time Edge-Aware Image Processing with the Bilateral Grid").
 */
export class ColourGrid {
  /** @param channels numbers that are kept for every colour. */
  constructor(readonly channels: number, private readonly cells = new Float32Array(CELLS ** 3 * channels)) {}

  /** Adds numbers to what is known of the colour of a pixel, whose three bytes stand at `pixel` of `data`. */
  add(data: Uint8Array, pixel: number, values: ArrayLike<number>): void {
    around(data, pixel, (cell, share) => {
      for (let channel = 0; channel < this.channels; channel++) this.cells[cell * this.channels + channel]! += share * values[channel]!;
    });
  }

  /** Reads what is known of a pixel's colour into `out`. */
  read(data: Uint8Array, pixel: number, out: Float32Array): void {
    out.fill(0);
    around(data, pixel, (cell, share) => {
      for (let channel = 0; channel < this.channels; channel++) out[channel]! += share * this.cells[cell * this.channels + channel]!;
    });
  }

  /** What every colour knows together with those like it. */
  blurred(): ColourGrid {
    const reach = Math.ceil(3 * SPREAD);
    const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / SPREAD) ** 2));
    const sum = kernel.reduce((a, b) => a + b);
    let from = this.cells;
    for (const step of [1, CELLS, CELLS * CELLS]) {
      const to = new Float32Array(from.length);
      for (let cell = 0; cell < CELLS ** 3; cell++) {
        const position = Math.floor(cell / step) % CELLS;
        for (let offset = -reach; offset <= reach; offset++) {
          if (position + offset < 0 || position + offset >= CELLS) continue;
          const weight = kernel[offset + reach]! / sum;
          for (let channel = 0; channel < this.channels; channel++) to[cell * this.channels + channel]! += weight * from[(cell + offset * step) * this.channels + channel]!;
        }
      }
      from = to;
    }
    return new ColourGrid(this.channels, from);
  }

  /** Another grid, with what `f` makes of each cell's numbers. */
  map(channels: number, f: (values: Float32Array) => ArrayLike<number>): ColourGrid {
    const out = new ColourGrid(channels);
    for (let cell = 0; cell < CELLS ** 3; cell++) out.cells.set(f(this.cells.subarray(cell * this.channels, (cell + 1) * this.channels)), cell * channels);
    return out;
  }
}

/** The eight cells between which a pixel's colour lies, and how much of it belongs to each. */
function around(data: Uint8Array, pixel: number, visit: (cell: number, share: number) => void): void {
  const [r, g, b] = [0, 1, 2].map((c) => (data[3 * pixel + c]! / 255) * (CELLS - 1)) as [number, number, number];
  const [r0, g0, b0] = [Math.min(Math.floor(r), CELLS - 2), Math.min(Math.floor(g), CELLS - 2), Math.min(Math.floor(b), CELLS - 2)];
  for (let corner = 0; corner < 8; corner++) {
    const [i, j, k] = [corner & 1, (corner >> 1) & 1, corner >> 2];
    const share = (i ? r - r0 : 1 - r + r0) * (j ? g - g0 : 1 - g + g0) * (k ? b - b0 : 1 - b + b0);
    if (share > 0) visit(((r0 + i) * CELLS + g0 + j) * CELLS + b0 + k, share);
  }
}
