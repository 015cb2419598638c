import { AbortError, type AmbientStep, Tensor, type Frame } from '../core/index.js';

/**
 * A linear guess of the picture from latents: each RGB value is a weighted sum of the latent channels at its place
 * plus a constant. Blurred and small, but it costs nothing, and for SD-like VAEs it is surprisingly right.
 */
export interface LatentPreviewMatrix {
  /** Latent channels. */
  readonly channels: number;
  /** `[3, channels + 1]`, row-major; the last of each row is the constant. Gives −1 … 1. */
  readonly weights: Float64Array;
}

/** What was learnt about each model's latents, for as long as the model is in use. */
const matrices = new WeakMap<object, Promise<LatentPreviewMatrix>>();
/** A fit on a part of the picture is as good; the decoder of a large model is slow. */
const PROBE_SIDE = 16;

/** Pulls weights that the samples say little about towards zero instead of letting them explode. */
const RIDGE = 1e-3;

/**
 * Fits the matrix by least squares.
 *
 * @param latents `[n, channels, h, w]`.
 * @param pictures what the VAE makes of them, `[n, 3, H, W]` in −1 … 1; H and W are multiples of h and w.
 */
export function fitLatentPreview(latents: Tensor, pictures: Tensor): LatentPreviewMatrix {
  const [n, channels, h, w] = latents.dims as [number, number, number, number];
  const [, , H, W] = pictures.dims as [number, number, number, number];
  const size = channels + 1;
  const gram = new Float64Array(size * size);
  const moments = new Float64Array(3 * size);
  const row = new Float64Array(size).fill(1);
  const colour = [0, 0, 0];
  for (let frame = 0; frame < n; frame++) {
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        for (let c = 0; c < channels; c++) row[c] = latents.data[((frame * channels + c) * h + y) * w + x]!;
        for (let c = 0; c < 3; c++) colour[c] = areaMean(pictures.data, (frame * 3 + c) * H * W, W, { x, y, across: W / w, down: H / h });
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) gram[i * size + j]! += row[i]! * row[j]!;
          for (let c = 0; c < 3; c++) moments[c * size + i]! += colour[c]! * row[i]!;
        }
      }
    }
  }
  for (let i = 0; i < channels; i++) gram[i * size + i]! += RIDGE * n * h * w;
  const weights = new Float64Array(3 * size);
  for (let c = 0; c < 3; c++) weights.set(solve(gram, moments.subarray(c * size, (c + 1) * size)), c * size);
  return { channels, weights };
}

/** Draws latents `[frames, channels, h, w]` as pictures of h × w. */
export function drawLatents({ channels, weights }: LatentPreviewMatrix, latents: Tensor): Frame[] {
  const [frames, , h, w] = latents.dims as [number, number, number, number];
  const plane = h * w;
  return Array.from({ length: frames }, (_, frame) => {
    const data = new Uint8Array(plane * 3);
    for (let at = 0; at < plane; at++) {
      for (let c = 0; c < 3; c++) {
        let value = weights[c * (channels + 1) + channels]!;
        for (let i = 0; i < channels; i++) value += weights[c * (channels + 1) + i]! * latents.data[(frame * channels + i) * plane + at]!;
        data[at * 3 + c] = Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)));
      }
    }
    return { data, width: w, height: h };
  });
}

/**
 * Latents to fit on: smooth fields of unit variance, so that every channel goes through its range with every other.
 * What a run holds at its first step is nearly grey and says little.
 */
export function probeLatents(frames: number, channels: number, h: number, w: number): Tensor {
  const out = Tensor.zeros([frames, channels, h, w]);
  const phase = (n: number): number => (n * 2.399963) % (2 * Math.PI); // the golden angle spreads them evenly
  for (let plane = 0; plane < frames * channels; plane++) {
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const across = Math.sin((2 * Math.PI * x * (1 + (plane % 3))) / w + phase(plane));
        const down = Math.sin((2 * Math.PI * y * (1 + (Math.floor(plane / 3) % 3))) / h + phase(plane + 0.5));
        out.data[plane * h * w + y * w + x] = across + down;
      }
    }
  }
  return out;
}

/** The linear guess that fits a model's latents; fitted once for each model. @param latents any of the shape at work. */
export function matrixFor({ model, latents, decode }: Pick<AmbientStep, 'model' | 'latents' | 'decode'>): Promise<LatentPreviewMatrix> {
  const known = matrices.get(model);
  if (known) return known;
  const learnt = learn(latents, decode);
  matrices.set(model, learnt);
  learnt.catch(() => matrices.delete(model));
  return learnt;
}

async function learn(latents: Tensor, decode: AmbientStep['decode']): Promise<LatentPreviewMatrix> {
  const [, channels, h, w] = latents.dims as [number, number, number, number];
  const small = probeLatents(4, channels, Math.min(PROBE_SIDE, h), Math.min(PROBE_SIDE, w));
  try {
    return fitLatentPreview(small, await decode(small));
  } catch (error) {
    if (error instanceof AbortError) throw error;
    // A decoder with a fixed size takes only that.
    const whole = probeLatents(2, channels, h, w);
    return fitLatentPreview(whole, await decode(whole));
  }
}

function areaMean(data: Float32Array, plane: number, width: number, cell: { x: number; y: number; across: number; down: number }): number {
  let sum = 0;
  for (let y = cell.y * cell.down; y < (cell.y + 1) * cell.down; y++) {
    for (let x = cell.x * cell.across; x < (cell.x + 1) * cell.across; x++) sum += data[plane + Math.floor(y) * width + Math.floor(x)]!;
  }
  return sum / (Math.ceil(cell.across) * Math.ceil(cell.down));
}

/** Gaussian elimination with pivoting; the matrix is symmetric and, thanks to the ridge, regular. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  const a = Array.from({ length: n }, (_, i) => [...matrix.subarray(i * n, (i + 1) * n), right[i]!]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++) if (Math.abs(a[i]![column]!) > Math.abs(a[pivot]![column]!)) pivot = i;
    [a[column], a[pivot]] = [a[pivot]!, a[column]!];
    const lead = a[column]![column] || 1e-12;
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = a[i]![column]! / lead;
      for (let j = column; j <= n; j++) a[i]![j]! -= factor * a[column]![j]!;
    }
  }
  return Float64Array.from(a, (row, i) => row[n]! / (row[i] || 1e-12));
}
