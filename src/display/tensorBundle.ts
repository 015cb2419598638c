import { createFrame, type Tensor, type Frame } from '../pipeline/core/index.js';
import { encodePng } from '../pipeline/video/index.js';
import { heatColour } from './drawing/heatMap.js';
import { TENSOR_MIME } from '../shared/outputs/index.js';
import type { Bundle, NumberStats, TensorPayload } from '../shared/outputs/index.js';
import { pngUri } from './smallPicture.js';

const BINS = 32;
/** Tensors up to this many values carry them all. */
const FEW_VALUES = 512;
const MOST_CHANNELS = 64;
const PICTURE_CHARACTERS = 60_000;
/** Rows and columns of a grid of planes. */
const GRID = { rows: 8, columns: 8 };
const GRID_PIXELS = 512;

/** Statistics of the values that are finite, so that each of them is a number. */
type FiniteStats = { readonly [Name in keyof NumberStats]: number };

/** What a tensor is shown with. */
export interface TensorBundleOptions {
  title?: string | undefined;
}

/** A tensor as an output: shape, range, histogram and a picture of its planes. */
export async function tensorBundle(tensor: Tensor, { title }: TensorBundleOptions = {}): Promise<Bundle> {
  const { notFinite } = tensor.range();
  const all = statistics(tensor.data);
  const payload: TensorPayload = {
    type: 'tensor',
    title,
    elementType: 'float32',
    dims: [...tensor.dims],
    dimNames: tensor.dims.length === 4 ? ['frames', 'channels', 'height', 'width'] : undefined,
    stats: all,
    notFinite: notFinite || undefined,
    histogram: histogram(tensor.data, all),
    channels: channelStatistics(tensor),
    values: tensor.size <= FEW_VALUES ? [...tensor.data].map((value) => (Number.isFinite(value) ? value : 0)) : undefined,
  };
  const text = tensor.toString();
  const frame = drawPlanes(tensor, all);
  if (!frame) return { [TENSOR_MIME]: payload, 'text/plain': text };
  const picture = await pngUri(frame);
  const label = tensor.dims.length === 4 ? `planes: a row for each frame, a column for each channel` : 'values, low to high';
  const pictures = picture.length <= PICTURE_CHARACTERS ? [{ label, picture, width: frame.width, height: frame.height }] : undefined;
  return { [TENSOR_MIME]: { ...payload, pictures }, 'image/png': await encodePng(frame), 'text/plain': text };
}

/** Planes `[…, height, width]` as heat maps: frames below one another, channels beside one another. */
function drawPlanes({ data, dims }: Tensor, { min, max }: FiniteStats): Frame | undefined {
  const [height, width] = dims.slice(-2) as [number, number];
  if (dims.length < 2 || dims.length > 4 || height === 0 || width === 0 || !Number.isFinite(min)) return undefined;
  const channels = dims.length > 2 ? dims.at(-3)! : 1;
  const frames = dims.length > 3 ? dims[0]! : 1;
  const columns = Math.min(GRID.columns, channels);
  const rows = Math.min(GRID.rows, frames);
  const room = Math.floor(GRID_PIXELS / Math.max(columns, rows));
  // Small planes are drawn enlarged, large ones by every n-th value; a picture is for looking, the numbers stand beside it.
  const scale =
    Math.max(height, width) > room ? room / Math.max(height, width) : Math.max(1, Math.min(4, Math.floor(room / Math.max(height, width))));
  const cell = { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
  const picture = createFrame(columns * (cell.width + 1) - 1, rows * (cell.height + 1) - 1);
  const out = picture.data;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const plane = (row * channels + column) * height * width;
      for (let y = 0; y < cell.height; y++) {
        for (let x = 0; x < cell.width; x++) {
          const value = data[plane + Math.floor(y / scale) * width + Math.floor(x / scale)]!;
          out.set(
            heatColour((value - min) / (max - min || 1)),
            ((row * (cell.height + 1) + y) * picture.width + column * (cell.width + 1) + x) * 3,
          );
        }
      }
    }
  }
  return picture;
}

/** Of the second axis from `[frames, channels, …]`, of the first from `[channels, …]`. */
function channelStatistics({ data, dims }: Tensor): NumberStats[] | undefined {
  if (dims.length < 3 || dims.length > 4) return undefined;
  const channels = dims.at(-3)!;
  const plane = dims.at(-1)! * dims.at(-2)!;
  if (channels < 2 || channels > MOST_CHANNELS || plane === 0) return undefined;
  return Array.from({ length: channels }, (_, channel) => {
    const frames = data.length / (channels * plane);
    const values = new Float32Array(frames * plane);
    for (let frame = 0; frame < frames; frame++) {
      const from = (frame * channels + channel) * plane;
      values.set(data.subarray(from, from + plane), frame * plane);
    }
    return statistics(values);
  });
}

function statistics(values: Float32Array): FiniteStats {
  let [min, max, sum, squares, count] = [Infinity, -Infinity, 0, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    squares += value * value;
    count++;
  }
  // JSON has no NaN; a tensor without a finite number says so by `notFinite`.
  if (count === 0) return { min: 0, max: 0, mean: 0, std: 0 };
  const mean = sum / count;
  return { min, max, mean, std: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

function histogram(values: Float32Array, { min, max }: FiniteStats): number[] {
  const bins = new Array<number>(BINS).fill(0);
  if (max === min) return bins;
  for (const value of values) {
    if (Number.isFinite(value)) bins[Math.min(BINS - 1, Math.floor(((value - min) / (max - min)) * BINS))]!++;
  }
  return bins;
}
