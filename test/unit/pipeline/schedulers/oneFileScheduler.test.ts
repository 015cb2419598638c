import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readProvenance } from '../../../../src/index.js';

const root = path.join(__dirname, '../../../..');

/** What a contributor writes, by what CONTRIBUTING says. */
const oneFile = `import { number, type OptionCheck, weightedSum } from '../core/index.js';
import type { NoiseScheduleConfig } from './config.js';
import { eulerStep, SigmaScheduler } from './families/sigmaScheduler.js';
import { originalSampleOfSigma } from './prediction.js';
import type { TimestepOptions } from './runOptions.js';
import type { StepInput, StepOutput } from './scheduler.js';

/** Settings of {@link PulledEulerScheduler}. */
export interface PulledEulerConfig extends NoiseScheduleConfig {
  /** How much of the predicted clean sample is taken at once, 0 … 1. */
  pull: number;
}

/**
 * Euler's method, each step pulled towards the clean sample as predicted.
 *
 * Nobody 2000, "Nothing".
 */
export class PulledEulerScheduler extends SigmaScheduler<PulledEulerConfig> {
  /** Name of the class. */
  static readonly className = 'PulledEulerScheduler';
  /** Every setting with its default. */
  static readonly defaults: PulledEulerConfig = {
    numTrainTimesteps: 1000,
    betaStart: 0.0001,
    betaEnd: 0.02,
    betaSchedule: 'linear',
    trainedBetas: null,
    predictionType: 'epsilon',
    timestepSpacing: 'linspace',
    stepsOffset: 0,
    pull: 0,
  };
  /** Ranges of its own settings. */
  static readonly settingChecks: Readonly<Record<string, OptionCheck>> = { pull: number(0, 1) };

  protected override arrange(numInferenceSteps: number, options: TimestepOptions): void {
    const { timesteps, sigmas } = this.interpolated(numInferenceSteps, options);
    this.sigmas = [...sigmas, 0];
    this.timesteps = timesteps;
  }

  protected override makeStep({ modelOutput, index, sample }: StepInput): StepOutput {
    const original = originalSampleOfSigma(this.config.predictionType, modelOutput, sample, this.sigmas![index]!);
    const next = eulerStep(sample, original, this.sigmas![index]!, this.sigmas![index + 1]!);
    return { prevSample: weightedSum([1 - this.config.pull, next], [this.config.pull, original]), predOriginalSample: original };
  }
}
`;

describe('a scheduler written as one file', () => {
  let copy: string;
  const run = (...args: string[]) => spawnSync(process.execPath, ['--import=tsx', ...args], { cwd: copy, encoding: 'utf8' });
  const generate = (scheduler: string, out: string) =>
    run(
      'src/cli/main.ts',
      'generate',
      'a big red car',
      '-o',
      out,
      '--scheduler',
      scheduler,
      '--steps',
      '2',
      '--num-frames',
      '1',
      '--seed',
      '1',
      '-q',
    );

  before(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'frameloom-scheduler-'));
    for (const name of ['src', 'docs', 'package.json', 'tsconfig.json', 'scripts'])
      cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
    for (const name of ['node_modules', 'models']) symlinkSync(path.join(root, name), path.join(copy, name));
    const folder = path.join(copy, 'src/pipeline/schedulers');
    const addLine = (file: string, after: string, line: string) => {
      const text = readFileSync(path.join(folder, file), 'utf8');
      assert.ok(text.includes(after), `${file} has the list`);
      writeFileSync(path.join(folder, file), text.replace(after, `${after}\n${line}`));
    };
    writeFileSync(path.join(folder, 'pulledEuler.ts'), oneFile);
    addLine('registry.ts', 'export const schedulerClasses = {', '  PulledEulerScheduler,');
    addLine('registry.ts', "import { DDIMScheduler } from './ddim.js';", "import { PulledEulerScheduler } from './pulledEuler.js';");
    addLine('schedulerNames.ts', 'export const shortNames = {', "  pulled_euler: { name: 'PulledEulerScheduler' },");
    const { status, stderr } = run('scripts/schedulers.mjs');
    assert.equal(status, 0, stderr);
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  it('stands on the page, with its settings and where it comes from', () => {
    const row = /^\| `PulledEulerScheduler` .*$/m.exec(readFileSync(path.join(copy, 'docs/schedulers.md'), 'utf8'))?.[0];
    assert.match(
      row ?? '',
      /`pulled_euler` \| Euler's method, each step pulled .* \| `pull` 0 \| .* \| 1 \| {2}\| Nobody 2000, "Nothing"\. \|$/,
    );
  });

  it('stands in --help', () => {
    assert.match(run('src/cli/main.ts', 'generate', '--help').stdout.replaceAll(/\s+/g, ' '), /\bpulled_euler\b/);
  });

  it('has its settings checked', () => {
    const { status, stderr } = generate('pulled_euler:pull=2', path.join(copy, 'refused.gif'));
    assert.deepEqual([status, /pull.*2.*0.*1/.test(stderr)], [2, true], stderr);
  });

  it('runs, and its settings are in the record of the result', async () => {
    const out = path.join(copy, 'out.gif');
    const { status, stderr } = generate('pulled_euler:pull=0.25', out);
    assert.equal(status, 0, stderr);
    const record = await readProvenance(out);
    assert.match(JSON.stringify(record!.settings), /PulledEulerScheduler/);
    assert.match(JSON.stringify(record!.settings), /"pull":0\.25/);
  });
});

it('the page of the schedulers says what their files say', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import=tsx', 'scripts/schedulers.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
});
