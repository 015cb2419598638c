import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  LatentDiffusionModel,
  Video,
  host,
  show,
  showAttention,
  showLatents,
  showSchedule,
  showSteps,
  type MadeVideo,
  type Run,
} from '../../../src/library.js';
import { runBundle } from '../../../src/display/run/runBundle.js';
import { maxPayloadBytes, RUN_MIME, VIDEO_MIME } from '../../../src/shared/outputs/index.js';
import type { Atlas, RunPayload } from '../../../src/shared/outputs/index.js';
import { checkPayload } from '../../../src/webview/renderer/checkPayload.js';

type Bundle = host.Bundle;

describe('Showing a run', () => {
  let folder: string;
  let model: LatentDiffusionModel;
  let edited: MadeVideo;
  let run: Run;
  const shown: Bundle[] = [];

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-run-'));
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    const clip = await Video.open(path.join(__dirname, '../../golden/maskedClips/car.mp4'));
    edited = await model.editVideo(clip, 'a big green car moving right on a blue background', {
      method: 'sdedit',
      strength: 0.5,
      numInferenceSteps: 6,
      seed: 5,
      capture: { latents: true, x0: true, frames: 'linear', attention: ['car', 'blue'], heads: 'each' },
    });
    run = edited.run!;
    host.setDisplaySink({
      display: (bundle) => shown.push(bundle),
      update: () => assert.fail('nothing is replaced'),
      sideFolder: { base: folder, folder: path.join(folder, 'notes.frameloom') },
    });
  });
  beforeEach(() => (shown.length = 0));
  after(async () => {
    host.setDisplaySink(undefined);
    await run.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives the renderer all views, every number in its range and every atlas in the side folder', async () => {
    await show(run);
    const payload = checked(shown[0]!);
    assert.deepEqual(payload.views, ['steps', 'attention', 'latents', 'schedule', 'stages']);
    assert.deepEqual(
      payload.steps.map(({ step }) => step),
      [1, 2, 3],
    );
    assert.equal(payload.stepCount, 3);
    assert.equal(payload.schedule!.beginIndex, 3);
    assert.equal(payload.latents!.length, (await run.latents(1)).dims[1]);
    const [car] = payload.attention!.words;
    assert.equal(payload.words!.find(({ text }) => text === 'car')!.attention, 0);
    assert.deepEqual(
      car!.mass,
      run
        .attention('car')
        .mass()
        .map((frames) => frames.map((share) => Number(share.toPrecision(4)))),
    );
    assert.deepEqual(
      car!.byLayers!.rows,
      run.sites.map(({ id }) => id),
    );
    assert.ok(car!.byHeads!.rows.length >= 2);
    assert.deepEqual(
      payload.stages!.map(({ name }) => name),
      ['Source', 'Latents', 'Text', 'Diffusion', 'Result'],
    );
    for (const atlas of atlasesOf(payload)) assert.ok(existsSync(path.join(folder, atlas.path!)), atlas.path);
    assert.ok(existsSync(path.join(folder, payload.result!.path!)));
    assert.deepEqual(
      readdirSync(path.join(folder, 'notes.frameloom')).filter((name) => name.endsWith('.part')),
      [],
    );
  });

  it('stores maps so that grey and range give the captured values back', async () => {
    await showAttention(run, ['car']);
    const { bySteps } = checked(shown[0]!).attention!.words[0]!;
    const sheet = await (await Video.open(path.join(folder, bySteps.path!))).frame(0);
    const [step, frame] = [1, 5];
    const expected = (await run.attention('car').maps({ step: step + 1 })).slice(frame, frame + 1).data;
    const tile = step * bySteps.frames + frame;
    const [left, top] = [(tile % bySteps.columns) * bySteps.tileWidth, Math.floor(tile / bySteps.columns) * bySteps.tileHeight];
    const { min, max } = bySteps.range!;
    for (let i = 0; i < expected.length; i++) {
      const grey = sheet.data[((top + Math.floor(i / bySteps.tileWidth)) * sheet.width + left + (i % bySteps.tileWidth)) * 3]!;
      assert.ok(Math.abs(min + (grey / 255) * (max - min) - expected[i]!) <= (max - min) / 250, `place ${i}`);
    }
  });

  it('counts every value of the latents in the histograms', async () => {
    await showLatents(run);
    const payload = checked(shown[0]!);
    assert.deepEqual(payload.views, ['latents']);
    for (const { histograms } of payload.latents!)
      for (const bins of histograms)
        assert.equal(
          bins.reduce((sum, count) => sum + count, 0),
          8 * 16 * 16,
        );
  });

  it('shows each part alone, the same files again, and everything within what an output may store', async () => {
    await showSteps(run, { title: 'Only the steps' });
    await showSchedule(run);
    await show(run.stages);
    assert.deepEqual(
      shown.map((bundle) => checked(bundle).views),
      [['steps'], ['schedule'], ['stages']],
    );
    assert.equal(checked(shown[0]!).title, 'Only the steps');
    const files = readdirSync(path.join(folder, 'notes.frameloom'));
    await showSteps(run);
    assert.deepEqual(readdirSync(path.join(folder, 'notes.frameloom')), files);
    for (const bundle of shown) {
      assert.ok(sizeOf(bundle) <= maxPayloadBytes, `${sizeOf(bundle)} characters`);
    }
    const [steps, schedule, stages] = shown;
    for (const bundle of [steps!, stages!])
      assert.match(
        String(bundle['text/html']),
        /^<figure[^>]*><img src="data:image\/(webp|png);base64,[^"]+" alt="[^"]*a big green car[^"]*"/,
      );
    assert.match(String(schedule!['image/svg+xml']), /^<svg role="img" aria-label="[^"]*a big green car[^"]*"/);
    assert.ok(schedule!['image/png'] && !schedule!['text/html'], 'a drawing alone is stored as one');
  });

  it('shows a clip that has a run as player and run, both within what a cell may store', async () => {
    await show(edited);
    assert.equal(shown.length, 2);
    assert.ok(shown[0]![VIDEO_MIME] && shown[1]![RUN_MIME]);
    assert.ok(sizeOf(shown[0]!) + sizeOf(shown[1]!) <= maxPayloadBytes, `${sizeOf(shown[0]!)} and ${sizeOf(shown[1]!)} characters`);
    assert.ok(shown[1]!['text/html'], 'the run keeps its figure');
  });

  it('says in words what its figure shows', async () => {
    await showAttention(run, ['car']);
    const [, alt] = /alt="([^"]*)"/.exec(String(shown[0]!['text/html']))!;
    const share = (frames: readonly number[]): number => (100 * frames.reduce((sum, mass) => sum + mass, 0)) / frames.length;
    const mass = run.attention('car').mass();
    const [, first, last] = /“car” drew ([\d.]+) % of all attention at the first step and ([\d.]+) % at the last/.exec(alt!)!;
    assert.ok(Math.abs(Number(first) - share(mass[0]!)) < 1 && Math.abs(Number(last) - share(mass.at(-1)!)) < 1, alt);
  });

  it('says what is missing, and shows the rest', async () => {
    await assert.rejects(showAttention(run, ['boat']), { code: 'FL_CAPTURE_WORD' });
    await assert.rejects(showAttention(run, ['green']), { code: 'FL_CAPTURE_MISSING' });
    await assert.rejects(showAttention(run, 'car' as unknown as string[]), { code: 'FL_ARGUMENT' });
    await assert.rejects(showSteps({} as Run), { code: 'FL_ARGUMENT' });
    const bare = (await model.generateVideo('a big red star', { numInferenceSteps: 2, seed: 1, capture: { latents: false } })).run!;
    await assert.rejects(showLatents(bare), { code: 'FL_CAPTURE_MISSING', message: /capture: \{ latents: true \}/ });
    await assert.rejects(showSteps(bare), { code: 'FL_CAPTURE_MISSING' });
    await show(bare);
    assert.deepEqual(checked(shown[0]!).views, ['schedule', 'stages']);
    await bare.close();
  });

  it('is a line of text in a terminal, and needs no folder for it', async () => {
    assert.equal(host.summaryOf(run).slice(0, 60), 'Run of 3 steps (edited: "a big green car moving right on a b');
    const bundle = await host.bundleOf(run, {}, { display: () => undefined, update: () => undefined });
    assert.deepEqual(Object.keys(bundle), ['text/plain']);
  });

  it('leaves the PNG out before it breaks the limit, when there is little room', async () => {
    const bundle = await runBundle(run, { sideFolder: { base: folder, folder }, room: 60_000, views: ['steps'] });
    assert.ok(sizeOf(bundle) <= 60_000, String(sizeOf(bundle)));
    assert.ok(bundle['text/html']);
  });
});

/** The payload as the renderer would read it, after it has checked it. */
function checked(bundle: Bundle): RunPayload {
  return checkPayload(RUN_MIME, JSON.parse(JSON.stringify(bundle[RUN_MIME])));
}

function atlasesOf({ x0, xt, sourceFrames, resultFrames, latents, attention }: RunPayload): Atlas[] {
  const ofWords = attention!.words.flatMap(({ bySteps, byLayers, byHeads }) => [bySteps, byLayers!, byHeads!]);
  return [x0!, xt!, sourceFrames!, resultFrames!, ...latents!.map(({ atlas }) => atlas), ...ofWords];
}

/** Characters in the notebook's file. */
function sizeOf(bundle: Bundle): number {
  return Object.values(bundle).reduce(
    (sum: number, value) => sum + (value instanceof Uint8Array ? Math.ceil(value.length / 3) * 4 : JSON.stringify(value).length),
    0,
  );
}
