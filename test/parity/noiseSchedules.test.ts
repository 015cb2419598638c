import assert from 'node:assert/strict';
import { type AlphasConfig, alphasCumprodForSigmas } from '../../src/pipeline/schedulers/alphas.js';
import { sigmasOf } from '../../src/pipeline/schedulers/sigmas.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { camelCaseKeys } from './snakeCase.js';

interface NoiseSchedulesIndex {
  cases: { title: string; config: { rescale_betas_zero_snr: boolean }; alphas: Stored; sigmas: Stored }[];
}

/** Relative to each value: near t = 0, σ is √(1 − ᾱ) of an ᾱ near 1, where every digit counts. */
const TOLERANCE = 1e-6;

describe('noise schedules: every ᾱ and σ agrees with diffusers', () => {
  const reference = new ReferenceFile<NoiseSchedulesIndex>('noise_schedules');
  for (const { title, config, alphas, sigmas } of reference.index.cases) {
    it(`${title}${config.rescale_betas_zero_snr ? ', zero terminal SNR' : ''}`, () => {
      const own = alphasCumprodForSigmas(camelCaseKeys(config) as unknown as AlphasConfig);
      assertClose(own, reference.numbers(alphas), 'ᾱ');
      assertClose(sigmasOf(own), reference.numbers(sigmas), 'σ');
    });
  }
});

function assertClose(own: Float32Array, expected: readonly number[], what: string): void {
  assert.equal(own.length, expected.length);
  for (const [t, value] of expected.entries()) {
    const off = Math.abs(own[t]! - value) / value;
    assert.ok(off <= TOLERANCE, `${what} at timestep ${t} is ${own[t]} instead of ${value}, ${off.toExponential(1)} away`);
  }
}
