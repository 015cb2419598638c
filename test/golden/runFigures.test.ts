import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LatentDiffusionModel, Video, type Run } from '../../src/index.js';
import type { RunView } from '../../src/shared/outputs/index.js';
import { runFigure } from '../../src/display/run/runFigure.js';
import { RunReader } from '../../src/display/run/runReader.js';
import type { Frame } from '../../src/pipeline/core/index.js';
import { assertLooksAsBefore, differenceFrom } from './goldenFigure.js';

const SCALE = 0.75;

/*
 * The figures of one fixed run. When they are meant to change, or the embedded model does: run with FRAMELOOM_UPDATE_GOLDEN=1,
 * and look at what comes out before committing it.
 */
describe('Figures of a run', () => {
  let run: Run;
  let scratch: string;
  before(async () => {
    scratch = mkdtempSync(path.join(tmpdir(), 'frameloom-figures-'));
    const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    const clip = await Video.open(path.join(__dirname, 'maskedClips/car.mp4'));
    const capture = { latents: true, x0: true, frames: 'linear', attention: ['car', 'blue'] } as const;
    run = (
      await model.editVideo(clip, 'a big green car moving right on a blue background', {
        method: 'sdedit',
        strength: 0.6,
        numInferenceSteps: 8,
        seed: 5,
        capture,
      })
    ).run!;
  });
  after(async () => {
    await run.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const draw = async (view: RunView, title?: string): Promise<Frame> =>
    (await runFigure(new RunReader(run, { base: scratch, folder: scratch }), { views: [view], title })).draw(SCALE, 'full').frame;

  for (const view of ['steps', 'latents', 'attention', 'schedule', 'stages'] as const) {
    it(`${view} look as they did`, async () => {
      await assertLooksAsBefore(view, await draw(view));
    });
  }

  it('would be told from a figure with another title', async () => {
    const { far } = await differenceFrom('schedule', await draw('schedule', 'Another title'));
    assert.ok(far >= 0.0003, String(far));
  });
});
