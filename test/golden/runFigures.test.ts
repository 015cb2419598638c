import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LatentDiffusionModel, Video, findFfmpeg, type Run } from '../../src/index.js';
import { encodePalettePng } from '../../src/display/drawing/palettePng.js';
import type { RunView } from '../../src/shared/outputs/index.js';
import { runFigure } from '../../src/display/run/runFigure.js';
import { RunReader } from '../../src/display/run/runReader.js';
import type { Frame } from '../../src/pipeline/core/index.js';

const folder = path.join(__dirname, 'figures');
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
      const file = path.join(folder, `${view}.png`);
      const figure = await draw(view);
      if (process.env.FRAMELOOM_UPDATE_GOLDEN) writeFileSync(file, await encodePalettePng(figure));
      assert.ok(existsSync(file), `${file} is missing`);
      const { size, mean, far } = difference(await readPng(file), figure);
      assert.deepEqual(size, [figure.width, figure.height]);
      assert.ok(
        mean < 3 && far < 0.0003,
        `mean difference ${mean.toFixed(2)} of 255; ${(far * 100).toFixed(2)} % of the pixels are another colour`,
      );
    });
  }

  it('would be told from a figure with another title', async () => {
    const { far } = difference(await readPng(path.join(folder, 'schedule.png')), await draw('schedule', 'Another title'));
    assert.ok(far >= 0.0003, String(far));
  });
});

/** How far apart two pictures are: on average, and the share of pixels that anyone would call another colour. */
function difference(expected: Buffer, { data, width, height }: Frame): { size: number[]; mean: number; far: number } {
  const [w, h] = [expected.readUInt32BE(0), expected.readUInt32BE(4)];
  if (w !== width || h !== height) return { size: [w, h], mean: 255, far: 1 };
  let [sum, far] = [0, 0];
  for (let at = 0; at < data.length; at += 3) {
    const apart = [0, 1, 2].map((channel) => Math.abs(data[at + channel]! - expected[8 + at + channel]!));
    sum += apart[0]! + apart[1]! + apart[2]!;
    if (Math.max(...apart) > 60) far++;
  }
  return { size: [w, h], mean: sum / data.length, far: far / (width * height) };
}

/** Width and height as in the file's header, then RGB. */
async function readPng(file: string): Promise<Buffer> {
  const { ffmpeg } = await findFfmpeg();
  const pixels = execFileSync(ffmpeg, ['-v', 'error', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], { maxBuffer: 1 << 28 });
  const header = readFileSync(file).subarray(16, 24);
  return Buffer.concat([header, pixels]);
}
