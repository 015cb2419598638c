import { ArgumentError, Tensor } from '../core/index.js';
import type { DenoisingNetwork } from '../diffusion/index.js';
import { type Conditioning, gatherRows } from '../networks/index.js';

/**
 * A picture network that sees several frames as one picture, side by side and one above the other, so that its self-attention draws them alike.
 *
 * Kara et al. 2024, "RAVE: Randomized Noise Shuffling for Fast and Consistent Video Editing with Diffusion Models". Which frames share a picture is drawn anew by
 * {@link shuffle}.
 */
export class GridUNet implements DenoisingNetwork {
  private order: readonly number[] = [];

  /** @param unet a picture network. @param side frames in a row, and rows; 1 or more. */
  constructor(
    private readonly unet: DenoisingNetwork,
    private readonly side: number,
  ) {}

  /** Whether it sees a clip at once; no. */
  get hasMotion(): boolean {
    return this.unet.hasMotion;
  }

  /** Lays the frames into pictures in this order, up to the next call; those that are missing to fill the last one stand there again. */
  shuffle(order: readonly number[]): void {
    this.order = order;
  }

  /** As {@link UNet.predict}, of frames that stand together in larger pictures. */
  async predict(latents: Tensor, timestep: number, conditioning: Conditioning): Promise<Tensor> {
    const { order, side } = this;
    const cells = Math.ceil(order.length / side ** 2) * side ** 2;
    const frames = Array.from({ length: cells }, (_, cell) => order[cell % order.length]!);
    const { inputs } = conditioning;
    /** What ControlNets give for every frame by itself, laid out as the frames are. */
    const laid: Conditioning['inputs'] =
      inputs &&
      (async ({ frames: grids, ...call }) => {
        const shown = grids.flatMap((grid) => frames.slice(grid * side ** 2, (grid + 1) * side ** 2));
        const given = await inputs({ ...call, latents: gatherRows(latents, shown), frames: shown });
        return Object.fromEntries(Object.entries(given).map(([name, rows]) => [name, toGrids(rows, side)]));
      });
    const predicted = await this.unet.predict(toGrids(gatherRows(latents, frames), side), timestep, {
      ...conditioning,
      ...(laid && { inputs: laid }),
    });
    const apart = fromGrids(predicted, side);
    return gatherRows(
      apart,
      order.map((_, frame) => frames.indexOf(frame)),
    );
  }

  /** @throws {ArgumentError} since maps of pictures that hold several frames are none of a frame. */
  predictTapped(): never {
    throw new ArgumentError('capture', 'attention', 'left out where frames are predicted in grids');
  }
}

/** `[cells, channels, height, width]` to `[grids, channels, side·height, side·width]`, row by row. */
export function toGrids(cells: Tensor, side: number): Tensor {
  return moved(cells, side, true);
}

/** {@link toGrids} undone. */
export function fromGrids(grids: Tensor, side: number): Tensor {
  return moved(grids, side, false);
}

function moved(from: Tensor, side: number, together: boolean): Tensor {
  const [rows, channels, tall, wide] = from.dims as [number, number, number, number];
  const [height, width] = together ? [tall, wide] : [tall / side, wide / side];
  const cells = together ? rows : rows * side ** 2;
  const out = new Float32Array(from.size);
  for (let cell = 0; cell < cells; cell++) {
    const grid = Math.floor(cell / side ** 2);
    const [top, left] = [(Math.floor(cell / side) % side) * height, (cell % side) * width];
    for (let channel = 0; channel < channels; channel++)
      for (let y = 0; y < height; y++) {
        const inCell = ((cell * channels + channel) * height + y) * width;
        const inGrid = ((grid * channels + channel) * side * height + top + y) * side * width + left;
        const [read, write] = together ? [inCell, inGrid] : [inGrid, inCell];
        out.set(from.data.subarray(read, read + width), write);
      }
  }
  return new Tensor(out, together ? [cells / side ** 2, channels, side * height, side * width] : [cells, channels, height, width]);
}
