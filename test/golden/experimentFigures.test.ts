import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawComparison, stillsOf } from '../../src/display/experiments/comparisonFigure.js';
import { gridsOf, shownNumbers } from '../../src/display/experiments/grids.js';
import { drawSchedules } from '../../src/display/experiments/schedulesFigure.js';
import { drawTraces } from '../../src/display/experiments/tracesFigure.js';
import { setDisplaySink } from '../../src/display/sink.js';
import {
  type Comparison,
  compareSchedulers,
  comparisonSheet,
  LatentDiffusionModel,
  schedulePaths,
  show,
  showSchedules,
  traceSampler,
} from '../../src/index.js';
import type { Bundle } from '../../src/shared/outputs/index.js';
import { assertLooksAsBefore } from './goldenFigure.js';

const SCALE = 0.75;
const schedulers = ['ddim', 'DPM++ 2M Karras', { name: 'euler', schedule: 'exponential' }, 'unipc', 'lcm', 'heun', 'DPM++ 2M SDE'] as const;

/*
 * As those of runs: when they are meant to change, run with FRAMELOOM_UPDATE_GOLDEN=1, and look at what comes out before committing it.
 */
describe('Figures of experiments', () => {
  let model: LatentDiffusionModel;
  let comparison: Comparison;
  let scratch: string;
  let outputs: Bundle[];
  before(async () => {
    scratch = mkdtempSync(path.join(tmpdir(), 'frameloom-figures-'));
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    comparison = compareSchedulers(model, undefined, 'a big red car moving right on a blue background', {
      schedulers: ['ddim', 'euler'],
      steps: [1, 2],
      vary: { guidanceScale: [1, 2] },
      options: { numFrames: 1 },
      onNotice: () => undefined,
    });
    let done = 0;
    for await (const cell of comparison) if (cell && ++done === 7) break;
  });
  after(async () => {
    await model.release();
    rmSync(scratch, { recursive: true, force: true });
  });
  beforeEach(() => {
    outputs = [];
    setDisplaySink({
      display: (bundle) => void outputs.push(bundle),
      update: () => undefined,
      sideFolder: { base: scratch, folder: scratch },
    });
  });
  afterEach(() => setDisplaySink(undefined));

  it('schedules look as they did', async () => {
    await assertLooksAsBefore('schedules', drawSchedules(schedulePaths(schedulers, { steps: 12, model }), 'Schedules', SCALE).frame);
  });

  it('traces of samplers look as they did', async () => {
    const traced = await traceSampler(model, undefined, 'a big red car moving right on a blue background', {
      samplers: ['ddim', 'DPM++ 2M Karras', 'heun'],
      steps: 4,
      reference: { steps: 8 },
      options: { numFrames: 1 },
      onNotice: () => undefined,
    });
    await assertLooksAsBefore('traces', drawTraces(traced, 'Ways of samplers', SCALE).frame);
    await show(traced);
    assert.match(String(outputs[0]!['image/svg+xml']), /^<svg /);
    assert.match(String(outputs[0]!['text/plain']), /ddim and DPM\+\+ 2M Karras (part at log-SNR|end together)/);
  });

  it('a sheet of a comparison looks as it did, with cells that are not done left blank', async () => {
    const sheet = drawComparison(comparison, await stillsOf(comparison), ['promptAlignment'], undefined, SCALE);
    await assertLooksAsBefore('comparison', sheet.frame);
  });

  it('has schedulers down and steps across, and a grid for each value of the other axes', () => {
    const grids = gridsOf(comparison);
    assert.deepEqual(
      grids.map(({ heading, rows, columns }) => [heading, rows.option, columns.labels]),
      [
        ['guidanceScale 1', 'scheduler', ['1', '2']],
        ['guidanceScale 2', 'scheduler', ['1', '2']],
      ],
    );
    assert.deepEqual(grids[1]!.cellAt(0, 1)!.labels, { seed: '0', scheduler: 'euler', numInferenceSteps: '1', guidanceScale: '2' });
    assert.equal(grids[1]!.cellAt(1, 1), undefined);
  });

  it('are shown as pictures that need no renderer, and as text', async () => {
    await show(comparison);
    await showSchedules(schedulers, { steps: 5, model });
    assert.match(String(outputs[0]!['text/html']), /^<figure.*<img src="data:image/);
    assert.match(
      String(outputs[1]!['image/svg+xml']),
      /^<svg role="img" aria-label="Schedules\. ddim: 5 timesteps .*Noise level σ.*<\/svg>$/,
    );
    for (const bundle of outputs) assert.ok(bundle['image/png'], 'who shows neither finds a PNG file');
    assert.match(String(outputs[0]!['text/plain']), /^7 of 8 cells\nseed 0, scheduler ddim, steps 1, guidanceScale 1: seconds /);
    assert.match(String(outputs[1]!['text/plain']), /^ddim: 5 timesteps from /);
  });

  it('the sheet is a PNG file; numbers that there are not are refused by name', async () => {
    const png = await comparisonSheet(comparison, { numbers: ['seconds', 'promptAlignment'] });
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    assert.deepEqual(shownNumbers(comparison, ['psnr', 'seconds']), ['seconds'], 'what was not measured has no room');
    await assert.rejects(comparisonSheet(comparison, { numbers: ['psnrr' as never] }), /numbers is "psnrr"/);
    await assert.rejects(comparisonSheet({} as never), /a comparison: compareSchedulers/);
  });
});
