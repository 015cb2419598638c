import assert from 'node:assert/strict';
import { distance, flicker, meanSquaredError, psnr, ssim, warpError } from '../../src/pipeline/metrics/index.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Index {
  source: Stored;
  edited: Stored;
  mask: Stored;
  psnr: number;
  mse: number;
  ssim: number;
  masked: Record<'inside' | 'outside', { psnr: number; ssim: number }>;
  flicker: number;
  warpError: number;
  warpErrorAlongSource: number;
}

/** Double precision on both sides; only the order of the sums differs. */
const TOLERANCE = 1e-9;

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected)), `${actual}, but the reference says ${expected}`);
}

describe('metrics agree with scikit-image and NumPy', () => {
  const file = new ReferenceFile<Index>('metrics');
  const { index } = file;
  const source = file.frames(index.source);
  const edited = file.frames(index.edited);
  const mask = file.tensor(index.mask);

  it('PSNR, mean squared error and distance of a clip', () => {
    assertNear(psnr(source, edited), index.psnr);
    assertNear(meanSquaredError(source, edited), index.mse);
    assertNear(distance(source, edited), Math.sqrt(index.mse) / 255);
  });

  it('SSIM of a clip', () => assertNear(ssim(source, edited), index.ssim));

  for (const side of ['inside', 'outside'] as const) {
    it(`PSNR and SSIM ${side} a mask`, () => {
      assertNear(psnr(source, edited, { mask, side }), index.masked[side].psnr);
      assertNear(ssim(source, edited, { mask, side }), index.masked[side].ssim);
    });
  }

  it('flicker', () => assertNear(flicker(edited), index.flicker));

  it('warp error along the motion of the clip itself and of its source', () => {
    assertNear(warpError(edited), index.warpError);
    assertNear(warpError(edited, { motionOf: source }), index.warpErrorAlongSource);
  });
});
