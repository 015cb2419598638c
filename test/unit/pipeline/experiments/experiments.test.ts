import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readHeldOut } from '../../../../eval/heldOut.js';
import { type Frame, setAmbient, Tensor } from '../../../../src/pipeline/core/index.js';
import { SharedWork } from '../../../../src/pipeline/diffusion/index.js';
import {
  type ComparisonProgress,
  compareSchedulers,
  SamplerTraces,
  schedulePaths,
  traceSampler,
} from '../../../../src/pipeline/experiments/index.js';
import '../../../../src/display/index.js';
import { framesOf } from '../../../../src/pipeline/metrics/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { DDIMScheduler, EulerDiscreteScheduler } from '../../../../src/pipeline/schedulers/index.js';
import { Video } from '../../../../src/pipeline/video/index.js';

const onNotice = (): void => undefined;

function assertSame(actual: readonly Frame[], expected: readonly Frame[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach(({ data }, index) => assert.ok(Buffer.from(data).equals(Buffer.from(expected[index]!.data)), `frame ${index}`));
}

describe('experiments', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  let folder: string;
  let caption: string;
  let prompt: string;
  before(async () => {
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    const { clips } = await readHeldOut();
    const [first] = clips;
    caption = first!.caption;
    prompt = first!.edits.find(({ changes }) => changes === 'background')!.caption;
    clip = await Video.fromFrames(first!.frames.slice(0, 2), { fps: 8 });
  });
  after(() => model.release());
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe('shared work', () => {
    it('is done once, and results are the same bit for bit', async () => {
      const shared = new SharedWork();
      const options = { method: 'diffedit', sourcePrompt: caption, numInferenceSteps: 3, seed: 4, onNotice } as const;
      const alone = await framesOf(await model.editVideo(clip, prompt, { ...options, guidanceScale: 5 }));
      await model.editVideo(clip, prompt, { ...options, guidanceScale: 2, shared });
      const made = shared.report;
      const together = await framesOf(await model.editVideo(clip, prompt, { ...options, guidanceScale: 5, shared }));
      assertSame(together, alone);
      const { text, encode, mask, invert } = shared.report;
      assert.deepEqual([text.made, encode.made, mask.made, invert.made], [made.text.made, 1, 1, 1]);
      assert.ok(text.reused > made.text.reused && encode.reused === 1 && mask.reused === 1 && invert.reused === 1);
      assert.ok(shared.byteLength > 0);
    });

    it('of another seed is made anew, first noise of the same seed is not', async () => {
      const shared = new SharedWork();
      const generate = (seed: number, more = {}) =>
        model.generateVideo(prompt, { seed, numFrames: 2, numInferenceSteps: 1, onNotice, shared, ...more });
      const first = await framesOf(await generate(1));
      await generate(2);
      assert.deepEqual(shared.report.noise, { made: 2, reused: 0 });
      assertSame(await framesOf(await generate(1)), first);
      assertSame(await framesOf(await generate(1, { shared: undefined })), first);
      assert.deepEqual(shared.report.noise, { made: 2, reused: 1 });
    });

    it('is kept up to its bound, the longest unused goes first, and what is handed out is a copy', async () => {
      const shared = new SharedWork(2 * 400 + 300);
      const make = (value: number) =>
        shared.once('text', shared, [value], async () => new Tensor(new Float32Array(100).fill(value), [100]));
      (await make(1)).data.fill(9);
      await make(2);
      assert.equal((await make(1)).data[0], 1);
      await make(3);
      await make(2);
      assert.deepEqual(shared.report.text, { made: 4, reused: 1 });
      assert.ok(shared.byteLength <= 1100);
      await assert.rejects(
        shared.once('text', shared, [7], () => Promise.reject(new Error('no'))),
        /no/,
      );
      assert.equal((await make(7)).data[0], 7, 'what failed is not kept');
    });
  });

  describe('a comparison', () => {
    const small = { numFrames: 2 } as const;
    const compare = (options: Parameters<typeof compareSchedulers>[3]) =>
      compareSchedulers(model, undefined, prompt, { options: small, onNotice, ...options });

    it('lets the options vary slowest whose change costs most, and gives what the same call gives', async () => {
      const comparison = compare({
        vary: { guidanceScale: [1, 3], negativePrompt: ['', 'blur'] },
        steps: [1, 2],
        schedulers: ['euler'],
        seeds: [1, 2],
      });
      assert.deepEqual(
        comparison.axes.map(({ option }) => option),
        ['seed', 'scheduler', 'numInferenceSteps', 'negativePrompt', 'guidanceScale'],
      );
      assert.equal(comparison.size, 16);
      const cells = [];
      for await (const cell of comparison) {
        cells.push(cell);
        if (cells.length === 3) break;
      }
      assert.deepEqual(
        cells.map(({ place }) => place),
        [
          [0, 0, 0, 0, 0],
          [0, 0, 0, 0, 1],
          [0, 0, 0, 1, 0],
        ],
      );
      const alone = await model.generateVideo(prompt, {
        ...small,
        seed: 1,
        scheduler: 'euler',
        numInferenceSteps: 1,
        guidanceScale: 3,
        negativePrompt: '',
      });
      assertSame(await framesOf(cells[1]!.video), await framesOf(alone));
      assert.match(cells[1]!.code, /await model\.generateVideo\(".*", \{\n {2}numFrames: 2,\n {2}seed: 1,\n {2}scheduler: "euler",/s);
    });

    it('interrupted, goes on where it stood: no cell is made twice and none lost', async () => {
      const options = { schedulers: ['euler', 'ddim'], steps: [1, 2], folder } as const;
      const controller = new AbortController();
      let done = 0;
      const onProgress = (progress: ComparisonProgress): void => {
        done = progress.done;
        if (progress.done === 2 && progress.run) controller.abort();
      };
      await assert.rejects(compare({ ...options, signal: controller.signal, onProgress }).finish(), { code: 'FL_ABORTED' });
      assert.equal(done, 2);
      assert.equal(readdirSync(folder).length, 2, 'what is done is kept, and nothing half');
      const again = await compare(options).finish();
      assert.deepEqual(
        again.cells.map(({ kept }) => kept),
        [true, true, false, false],
      );
      assert.equal(readdirSync(folder).length, 4);
      const last = await compare({ ...options, steps: [1, 2, 3] }).finish();
      assert.equal(last.cells.filter(({ kept }) => !kept).length, 2, 'cells of a smaller comparison are those of a larger one');
      assertSame(await framesOf(last.cells[4]!.video), await framesOf(again.cells[3]!.video));
      assert.deepEqual(last.cells[4]!.metrics, again.cells[3]!.metrics);
    });

    it('keeps its cells among the files of its host', async () => {
      const before = setAmbient({ files: { base: folder, folder: path.join(folder, 'story.frameloom') } });
      try {
        await compare({ steps: [1] }).finish();
      } finally {
        setAmbient(before);
      }
      assert.equal(readdirSync(path.join(folder, 'story.frameloom', 'cells')).length, 1);
    });

    it('makes a damaged cell again and says so, and follows no link', async () => {
      const notices: string[] = [];
      await compare({ steps: [1], folder }).finish();
      const [id] = readdirSync(folder);
      writeFileSync(path.join(folder, id!, 'cell.json'), '{"seconds": 1');
      const [cell] = (await compare({ steps: [1], folder, onNotice: (notice) => notices.push(notice) }).finish()).cells;
      assert.equal(cell!.kept, false);
      assert.match(notices.join('\n'), /is damaged .* and is made again/);
      assert.equal((await compare({ steps: [1], folder }).finish()).cells[0]!.kept, true);
      rmSync(path.join(folder, id!, 'cell.json'));
      notices.length = 0;
      const [cleaned] = (await compare({ steps: [1], folder, onNotice: (notice) => notices.push(notice) }).finish()).cells;
      assert.equal(cleaned!.kept, false);
      assert.deepEqual(notices, [], 'a cell that was cleaned away is not damaged');
      rmSync(path.join(folder, id!), { recursive: true });
      symlinkSync(tmpdir(), path.join(folder, id!), 'junction');
      await assert.rejects(compare({ steps: [1], folder }).finish(), { code: 'FL_EXPERIMENT_LINK' });
    });

    it('of edits measures nearness to the source and to a long run, and tells the time left', async () => {
      const reports: ComparisonProgress[] = [];
      const comparison = await compareSchedulers(model, clip, prompt, {
        steps: [2, 4],
        options: { method: 'sdedit', strength: 0.5, sourcePrompt: caption },
        mask: Tensor.zeros([1, 1, 8, 8]).map((_, i) => (i < 32 ? 1 : 0)),
        reference: { steps: 4 },
        onNotice,
        onProgress: (progress) => reports.push(progress),
      }).finish();
      const [short, long] = comparison.cells;
      assert.ok(short!.metrics.distance! > 0);
      assert.equal(long!.metrics.distance, 0, 'the run of as many steps is the reference itself');
      assert.ok(short!.metrics.psnr! > 5 && short!.metrics.psnrInside! !== short!.metrics.psnrOutside!);
      assert.deepEqual(comparison.sortedBy('distance'), [long, short]);
      assert.throws(() => comparison.sortedBy('nothing' as never), /seconds, /);
      const [head, first] = comparison.csv.split('\r\n');
      assert.match(head!, /^seed,numInferenceSteps,seconds,psnr,/);
      assert.match(first!, /^0,2,\d+\.\d{3},\d/);
      assert.ok(reports.every(({ fraction }) => fraction >= 0 && fraction <= 1));
      assert.equal(reports.at(-1)!.fraction, 1);
      assert.equal(reports.at(-1)!.secondsLeft, 0);
      assert.ok(reports.some(({ text }) => /^cell 2 of 2: /.test(text)));
    });

    it('refuses what cannot be compared before anything is made', () => {
      const throws = (options: object, message: RegExp) => assert.throws(() => compare(options), message);
      throws({ schedulers: ['ddimm'] }, /There is no scheduler "ddimm"/);
      throws({ steps: [] }, /steps is \[\], but it must be a list of at least one value/);
      throws({ steps: [0] }, /steps\[0\]/);
      throws({ step: [1] }, /compareSchedulers has no option "step"/);
      throws({ steps: [1, 1] }, /stands twice/);
      throws({ vary: { seed: [1] } }, /Say seed as seeds/);
      throws({ vary: { guidanceScale: [200] } }, /guidanceScale is 200/);
      throws({ vary: { strength: [0.5] } }, /generateVideo has no option "strength"/);
      throws({ vary: { numFrames: [2] } }, /numFrames stands both in vary and in options/);
      throws({ options: { onProgress: () => undefined } }, /cannot be an option of the cells/);
      throws({ schedulers: ['dpmpp_2m', 'euler:timesteps=[5,900]'] }, /./);
      throws({ options: { width: 65 } }, /width is 65/);
      const edit = (options: object, message: RegExp) => assert.throws(() => compareSchedulers(model, clip, prompt, options), message);
      edit({ steps: [2, 20], options: { strength: 0.1 } }, /strength is 0\.1, but it must be at least 0\.5 with 2 steps/);
      edit({ schedulers: ['ddim', 'euler_a'], options: { method: 'diffedit' } }, /EulerAncestralDiscreteScheduler/);
      assert.throws(() => compareSchedulers({} as never, undefined, prompt), /fromPretrained/);
    });
  });

  it('is saved as CSV, as a sheet and as one video of all clips', async () => {
    const comparison = compareSchedulers(model, undefined, prompt, { steps: [1, 2], options: { numFrames: 3 }, onNotice });
    await assert.rejects(comparison.save(path.join(folder, 'grid.csv')), /No cell of the comparison is done yet/);
    await comparison.finish();
    const save = (name: string) => comparison.save(path.join(folder, name));
    assert.equal(readFileSync(await save('grid.csv'), 'utf8'), comparison.csv);
    assert.equal(readFileSync(await save('grid.png')).toString('latin1', 1, 4), 'PNG');
    const video = await Video.open(await save('grid.mp4'));
    assert.equal(video.frameCount, 3);
    assert.ok(video.width > 2 * 96 && video.height > 96, `${video.width} × ${video.height}`);
    const [first, , last] = await framesOf(video);
    assert.ok(!Buffer.from(first!.data).equals(Buffer.from(last!.data)), 'the clips run');
    await assert.rejects(save('grid.txt'), { code: 'FL_VIDEO_OUTPUT_FORMAT' });
    assert.deepEqual(readdirSync(folder).sort(), ['grid.csv', 'grid.mp4', 'grid.png']);
  });

  describe('traces of samplers', () => {
    const options = { steps: 3, reference: { steps: 6 }, options: { numFrames: 1 }, onNotice } as const;

    it('end where the fine run ends when they are that run, and tell where two part', async () => {
      const traced = await traceSampler(model, undefined, prompt, {
        ...options,
        samplers: ['ddim', 'DPM++ 2M Karras', 'heun'],
        reference: { steps: 3, scheduler: 'ddim' },
      });
      const [ddim, karras, heun] = traced.traces;
      assert.equal(ddim!.endDistance, 0, 'the same run');
      assert.ok(karras!.endDistance > 0);
      assert.equal(ddim!.steps[0]!.change, undefined);
      for (const { steps, beliefs } of traced.traces) {
        assert.equal(steps.length, 3);
        assert.equal(beliefs.length, 3);
        steps.forEach(({ logSnr, change }, i) => assert.ok(i === 0 || (logSnr > steps[i - 1]!.logSnr && change! > 0)));
      }
      assert.equal(heun!.calls, 5, 'two calls a step but for the last');
      assert.deepEqual(
        traced.partings.map(({ samplers }) => samplers),
        [
          ['ddim', 'DPM++ 2M Karras'],
          ['ddim', 'heun'],
          ['DPM++ 2M Karras', 'heun'],
        ],
      );
      for (const { apart, at } of traced.partings)
        if (at !== undefined) assert.ok(apart.every(({ logSnr, distance }) => logSnr < at || distance > 0.1 * traced.reference.scale));
      // One counts in α, the other in σ, which is 25 here: that much larger is what float32 rounds off.
      assert.ok(traced.partings[1]!.apart[0]!.distance < 1e-3, 'ddim and heun begin at the same noise, with the same belief');
    });

    it('of one sampler with itself never part', async () => {
      const traced = await traceSampler(model, undefined, prompt, { ...options, samplers: ['ddim', new DDIMScheduler()] });
      assert.equal(traced.partings[0]!.at, undefined);
      assert.deepEqual(new SamplerTraces(traced.reference, []).partings, []);
    });

    it('refuse what cannot be traced before the first run', async () => {
      const refused = (more: object, why: RegExp) => assert.rejects(traceSampler(model, undefined, prompt, { ...options, ...more }), why);
      await refused({ samplers: [] }, /a list of samplers/);
      await refused({ samplers: ['ddimm'] }, /There is no scheduler "ddimm"/);
      await refused({ reference: { steps: 0 } }, /steps is 0/);
      await refused({ step: 2 }, /traceSampler has no option "step"/);
    });
  });

  it('paths of noise of several schedulers: timesteps, σ, log-SNR and the sizes of the steps', () => {
    const paths = schedulePaths(['ddim', 'DPM++ 2M Karras', new EulerDiscreteScheduler()], { steps: 5, model });
    assert.deepEqual(
      paths.map(({ label, scheduler }) => [label, scheduler]),
      [
        ['ddim', 'DDIMScheduler'],
        ['DPM++ 2M Karras', 'DPMSolverMultistepScheduler'],
        ['EulerDiscreteScheduler', 'EulerDiscreteScheduler'],
      ],
    );
    for (const { timesteps, sigmas, logSnr, stepSizes } of paths) {
      assert.equal(timesteps.length, 5);
      sigmas.forEach((sigma, i) => {
        assert.ok(i === 0 || sigma < sigmas[i - 1]!);
        assert.ok(Math.abs(logSnr[i]! + 2 * Math.log(sigma)) < 1e-12);
      });
      assert.equal(stepSizes.length, 4);
      assert.ok(Math.abs(stepSizes.reduce((sum, size) => sum + size, 0) - (logSnr.at(-1)! - logSnr[0]!)) < 1e-9);
    }
    assert.throws(() => schedulePaths([]), /a list of schedulers/);
    assert.throws(() => schedulePaths(['ddim'], { steps: 0 }), /steps is 0/);
  });
});
