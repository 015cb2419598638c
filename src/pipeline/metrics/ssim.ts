import { ArgumentError, type Frame } from '../core/index.js';
import { requireSameShape } from './clips.js';
import { inRegion, type Region } from './region.js';

/** Standard deviation of the window in pixels. */
const SIGMA = 1.5;
/** Pixels from the window's middle to its edge: 11 × 11 in all. */
const REACH = 5;
/** Constants that steady the quotients: (K₁ L)² and (K₂ L)² with K₁ 0.01, K₂ 0.03 and L 255. */
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

const kernel = normalised(Array.from({ length: 2 * REACH + 1 }, (_, i) => Math.exp(-0.5 * ((i - REACH) / SIGMA) ** 2)));

/**
 * Structural similarity: Wang, Bovik, Sheikh & Simoncelli 2004, "Image quality assessment: from error visibility to structural
 * similarity", with their 11 × 11 Gaussian window (σ 1.5), K₁ 0.01 and K₂ 0.03. Mean of the windows that lie wholly in the picture
 * (and whose middle lies in the region), of red, green and blue, and of the frames. Higher is nearer.
 *
 * The same as scikit-image's `structural_similarity(…, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255,
 * channel_axis=-1)`, and for a region the mean of its full map there.
 * @returns −1 … 1, 1 for equal pixels; NaN where no window's middle lies in the region.
 * @throws {ArgumentError} for clips of different shapes, pictures below 11 × 11 pixels, or a region that does not fit.
 */
export function ssim(reference: readonly Frame[], frames: readonly Frame[], region?: Region): number {
  requireSameShape(reference, frames);
  const { width, height } = frames[0]!;
  const size = kernel.length;
  if (width < size || height < size)
    throw new ArgumentError('frames', `${width} × ${height} pixels`, `at least ${size} × ${size} pixels, the size of SSIM's window`);
  const counts = inRegion(region, frames);
  let sum = 0;
  let windows = 0;
  reference.forEach((before, index) => {
    for (let channel = 0; channel < 3; channel++) {
      const map = similarity(plane(before, channel), plane(frames[index]!, channel), width, height);
      map.forEach((value, window) => {
        const pixel = (Math.floor(window / (width - 2 * REACH)) + REACH) * width + (window % (width - 2 * REACH)) + REACH;
        if (!counts(index, pixel)) return;
        sum += value;
        windows++;
      });
    }
  });
  return sum / windows;
}

/** SSIM of each window that lies wholly in the picture, row-major. */
function similarity(x: Float64Array, y: Float64Array, width: number, height: number): Float64Array {
  const smooth = (values: Float64Array) => blurred(values, width, height);
  const [meanX, meanY] = [smooth(x), smooth(y)];
  const squareX = smooth(x.map((value) => value * value));
  const squareY = smooth(y.map((value) => value * value));
  const product = smooth(x.map((value, i) => value * y[i]!));
  return meanX.map((mx, i) => {
    const my = meanY[i]!;
    const [varianceX, varianceY, covariance] = [squareX[i]! - mx * mx, squareY[i]! - my * my, product[i]! - mx * my];
    return ((2 * mx * my + C1) * (2 * covariance + C2)) / ((mx * mx + my * my + C1) * (varianceX + varianceY + C2));
  });
}

/** The Gaussian means of all windows that lie wholly in the picture: along rows, then along columns. */
function blurred(values: Float64Array, width: number, height: number): Float64Array {
  const columns = width - 2 * REACH;
  const across = new Float64Array(columns * height);
  for (let i = 0; i < across.length; i++) {
    const from = Math.floor(i / columns) * width + (i % columns);
    for (let k = 0; k < kernel.length; k++) across[i]! += kernel[k]! * values[from + k]!;
  }
  const out = new Float64Array(columns * (height - 2 * REACH));
  for (let i = 0; i < out.length; i++) for (let k = 0; k < kernel.length; k++) out[i]! += kernel[k]! * across[i + k * columns]!;
  return out;
}

function plane({ data }: Frame, channel: number): Float64Array {
  return Float64Array.from({ length: data.length / 3 }, (_, pixel) => data[3 * pixel + channel]!);
}

function normalised(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
