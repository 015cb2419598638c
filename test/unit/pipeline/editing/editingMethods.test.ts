import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { choiceOption, defineMethod, LatentDiffusionModel, readProvenance, type Tensor, Video } from '../../../../src/index.js';
import { buildKernel } from '../../../kernel/startedKernel.js';

const root = path.join(__dirname, '../../../..');
const sample = path.join(root, 'media', 'samples', 'red-car.mp4');

/** What a contributor writes, by what CONTRIBUTING says. */
const oneFile = `import { defineMethod } from '../editingMethod.js';
import { flagOption, wholeNumberOption } from '../methodOption.js';
import { beginOf } from '../strength.js';

/** What Stillness can be told. */
export interface StillnessSettings {
  /** With \`stillness\`: the frame, counted from 0, that every other one begins as; 0 by default. */
  fromFrame: number;
  /** With \`stillness\`: leave the noise of each frame its own; true by default. */
  ownNoise: boolean;
}

/** Every frame of a window begins as one of them. */
export const stillness = defineMethod<StillnessSettings>({
  name: 'stillness',
  title: 'Stillness',
  about: 'begins every frame as one of them',
  suits: 'Tests.',
  paper: 'nobody 2000, "Nothing"',
  strength: 0.5,
  options: {
    fromFrame: wholeNumberOption('the frame that every other one begins as', 0, 15, 0),
    ownNoise: flagOption('leave the noise of each frame its own', true),
  },
  prepare(run, { strength, fromFrame }) {
    const begin = beginOf(run.newScheduler(strength), strength, run.numInferenceSteps);
    return {
      steps: run.numInferenceSteps - begin,
      async edit({ source, frames }) {
        const scheduler = run.newScheduler(strength);
        scheduler.setBeginIndex(begin);
        const size = source.size / source.dims[0]!;
        const still = source.map((_, i) => source.data[fromFrame * size + (i % size)]!);
        const latents = scheduler.addNoise(still, run.noise.forFrames(frames.start, source.dims), scheduler.timesteps[begin]!);
        return { latents: await run.denoise({ scheduler, beginIndex: begin, latents, frames }) };
      },
    };
  },
});
`;

describe('editing methods', () => {
  it('index and page say what the files of the methods say', () => {
    const { status, stderr } = spawnSync(process.execPath, ['--import=tsx', 'scripts/editing-methods.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });

  describe('one written as one file', () => {
    let copy: string;
    const run = (...args: string[]) => spawnSync(process.execPath, ['--import=tsx', ...args], { cwd: copy, encoding: 'utf8' });
    const frameloom = (...args: string[]) => run('src/cli/main.ts', ...args);

    before(() => {
      copy = mkdtempSync(path.join(tmpdir(), 'frameloom-method-'));
      for (const name of ['src', 'docs', 'package.json', 'tsconfig.json', '.prettierrc.json', 'scripts'])
        cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
      for (const name of ['node_modules', 'models']) symlinkSync(path.join(root, name), path.join(copy, name));
      writeFileSync(path.join(copy, 'src/pipeline/editing/methods/stillness.ts'), oneFile);
      const { status, stderr } = run('scripts/editing-methods.mjs');
      assert.equal(status, 0, stderr);
    });
    after(() => rmSync(copy, { recursive: true, force: true }));

    it('stands on the page, with its options', () => {
      const page = readFileSync(path.join(copy, 'docs/editing-methods.md'), 'utf8');
      assert.match(page, /\| `stillness` \| Stillness: begins every frame as one of them \|/);
      assert.match(page, /\| `fromFrame` \| `--from-frame <n>` \| a number \| `0` \|/);
      assert.match(page, /\| `ownNoise` \| `--no-own-noise` \|/);
    });

    it('stands in --help, with its options', () => {
      const help = frameloom('edit', '--help').stdout.replaceAll(/\s+/g, ' ');
      assert.match(help, /stillness begins every frame as one of them/);
      assert.match(help, /--from-frame <n> stillness: the frame that every other one begins as/);
      assert.match(help, /--no-own-noise stillness: do not leave/);
    });

    it('has its options checked', () => {
      const { status, stderr } = frameloom(
        'edit',
        sample,
        'a green car',
        '-o',
        path.join(copy, 'out.mp4'),
        '--method',
        'stillness',
        '--from-frame',
        '99',
      );
      assert.deepEqual(
        [status, /fromFrame is 99, but it must be a whole number from 0 to 15\. \(--from-frame/.test(stderr)],
        [2, true],
        stderr,
      );
    });

    it('edits, and its options are in the record of the result', async () => {
      const out = path.join(copy, 'out.mp4');
      const { status, stderr } = frameloom(
        'edit',
        sample,
        'a green car',
        '-o',
        out,
        '--method',
        'stillness',
        '--from-frame',
        '3',
        '--max-frames',
        '8',
        '--steps',
        '2',
        '--seed',
        '1',
        '-q',
      );
      assert.equal(status, 0, stderr);
      const { method, strength, fromFrame, ownNoise, maskGrow } = (await readProvenance(out))!.settings;
      assert.deepEqual([method, strength, fromFrame, ownNoise, maskGrow], ['stillness', 0.5, 3, true, undefined]);
    });
  });

  describe('one of the caller’s own', () => {
    let model: LatentDiffusionModel;
    let clip: Video;
    const nothing = defineMethod<{ how: 'well' | 'badly' }>({
      name: 'nothing',
      title: 'Nothing',
      about: 'changes nothing',
      suits: 'Tests.',
      paper: 'nobody 2000',
      strength: 0.5,
      ownLoop: true,
      options: { how: choiceOption('how', ['well', 'badly'], 'well') },
      prepare: () => ({ steps: 1, edit: ({ source }) => Promise.resolve({ latents: source }) }),
    });

    before(async () => {
      model = await LatentDiffusionModel.fromPretrained('motion-stickers');
      clip = await Video.open(sample, { maxFrames: 4, width: 64, height: 64 });
    });
    after(async () => {
      await clip.close();
      await model.release();
    });

    it('edits with its settings, which the record tells', async () => {
      const edited = await model.editVideo(clip, 'a car', { method: nothing, how: 'badly', seed: 1, numInferenceSteps: 2 });
      const { method, how } = edited.provenance!.settings;
      assert.deepEqual([method, how], ['nothing', 'badly']);
    });

    it('is refused settings that it does not have, a name that is taken, and a capture of a loop that is its own', async () => {
      const edit = (options: object) => model.editVideo(clip, 'a car', { method: nothing, numInferenceSteps: 2, ...options });
      await assert.rejects(edit({ hwo: 'well' }), /no option "hwo".*how/);
      await assert.rejects(edit({ how: 'somehow' }), /how is "somehow"/);
      await assert.rejects(edit({ method: { ...nothing, name: 'sdedit' } }), /a method whose name the library has not taken/);
      await assert.rejects(edit({ method: {} }), /"diffedit" or .*"sdedit"/);
      await assert.rejects(edit({ capture: true }), { code: 'FL_CAPTURE_LOOP' });
      assert.throws(() => defineMethod({ ...nothing, name: 'No Name' }), /small letters/);
      for (const taken of ['seed', 'method', 'strength', 'signal', 'windowFrames'])
        assert.throws(
          () => defineMethod<object>({ ...nothing, options: { [taken]: choiceOption('x', ['a', 'b'], 'a') } as never }),
          new RegExp(`cannot have an option of its own named "${taken}"`),
        );
      assert.throws(() => defineMethod({} as never), /name is undefined/);
      assert.throws(
        () => defineMethod({ ...nothing, options: { how: choiceOption<'well' | 'badly'>('how', ['well', 'badly'], 'so so' as never) } }),
        /default of how/,
      );
    });

    it('is told what it must give where it gives something else', async () => {
      const gives = (prepared: unknown) =>
        model.editVideo(clip, 'a car', { method: { ...nothing, prepare: () => prepared as never }, numInferenceSteps: 2 });
      const wrong: [prepared: unknown, message: RegExp][] = [
        [undefined, /prepare must return \{ steps, edit \}/],
        [{ steps: 1 }, /edit be a function/],
        [{ steps: 0.5, edit: () => undefined }, /steps are 0\.5/],
        [{ steps: 1, edit: () => 5 }, /edit must return \{ latents \}/],
        [{ steps: 1, edit: () => ({ latents: 5 }) }, /a Tensor/],
        [{ steps: 1, edit: ({ source }: { source: Tensor }) => ({ latents: source.slice(0, 1) }) }, /must be as the source's/],
      ];
      for (const [prepared, message] of wrong) await assert.rejects(gives(prepared), { code: 'FL_METHOD_RESULT', message });
    });
  });

  describe('the example of one with a loop of its own', () => {
    before(buildKernel);

    it('has the library’s types', () => {
      execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'examples/tsconfig.json'], { cwd: root });
    });

    it('edits', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-example-'));
      try {
        const out = path.join(folder, 'out.mp4');
        const said = execFileSync(
          process.execPath,
          [
            '--import=tsx',
            'examples/own-method.ts',
            path.join(root, 'test/golden/maskedClips/car.mp4'),
            'a big green car moving right on a blue background',
            out,
          ],
          { cwd: root, encoding: 'utf8' },
        );
        assert.match(said, /step 8 of 8/);
        const { method, cell } = (await readProvenance(out))!.settings;
        assert.deepEqual([method, cell], ['ilvr', 4]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
});
