import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameloomError } from '../../src/pipeline/core/errors.js';
import { checkSettings } from '../../src/pipeline/pipelines/recordedRun.js';
import { addGifComment } from '../../src/pipeline/video/gifComment.js';
import { type Provenance, Video } from '../../src/pipeline/video/index.js';
import { frameloom, start } from './frameloom.js';

const sample = path.join(__dirname, '..', '..', 'media', 'samples', 'red-car.mp4');
const tinyModel = path.join(__dirname, '..', 'parity', 'tiny-sd');

type Fields = Record<string, unknown>;

const scheduler = { name: 'DDIMScheduler', config: { numTrainTimesteps: 1000, predictionType: 'v_prediction' } };
const settings = {
  numInferenceSteps: 1,
  strength: 1,
  method: 'sdedit',
  sourcePrompt: 'a red car',
  width: 64,
  height: 64,
  guidanceScale: 1,
  scheduler,
};
const edited = {
  tool: 'frameloom',
  version: '0.1.0',
  kind: 'edited',
  model: 'motion-stickers',
  prompt: 'a star',
  seed: 1,
  settings,
  source: { name: 'red-car.mp4', sha256: '00', start: 0, end: 0.3, fps: 8 },
  digitalSourceType: 'x',
  created: '2026',
};
const generated = {
  ...edited,
  kind: 'generated',
  source: undefined,
  settings: { numInferenceSteps: 1, numFrames: 2, fps: 8, width: 64, height: 64, guidanceScale: 1, scheduler },
};

describe('frameloom inspect: a record out of a stranger’s file only proposes', function () {
  let folder: string;
  let blank: string;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-stranger-'));
    blank = path.join(folder, 'blank.gif');
    await (await Video.fromFrames([{ width: 16, height: 16, data: new Uint8Array(768) }], { fps: 8 })).save(blank);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A GIF with a record, in a folder of its own. */
  async function forged(record: Fields | string): Promise<{ here: string; file: string }> {
    const here = mkdtempSync(path.join(folder, 'case-'));
    const file = path.join(here, 'film.gif');
    copyFileSync(blank, file);
    await addGifComment(file, typeof record === 'string' ? record : JSON.stringify(record));
    return { here, file };
  }

  /** Ends with `code` and one line without a stack, and changes nothing in the folder. */
  async function refused(record: Fields, args: string[], code: number, message: RegExp): Promise<void> {
    const { here, file } = await forged(record);
    const before = readFileSync(file);
    const {
      code: ended,
      stdout,
      stderr,
    } = await start(['inspect', file, ...args.map((arg) => arg.replace('HERE', here))], {}, here).finished;
    assert.equal(ended, code, stderr);
    assert.match(stderr, message);
    assert.equal(stdout, '');
    assert.doesNotMatch(stderr, /^\s+at /m);
    assert.deepEqual(readdirSync(here), ['film.gif']);
    assert.ok(readFileSync(file).equals(before), 'the inspected file was changed');
  }

  it('reads no source that was not named, even where the record’s path exists', async () => {
    await refused({ ...edited, source: { ...edited.source, name: sample } }, ['--rerun', 'HERE/o.gif'], 2, /--source/);
  });
  it('loads no model from a path or the person’s own folders', async () => {
    for (const model of [tinyModel, '../../test/parity/tiny-sd', '..', '.', '', 'org/name', 'tiny-sd'])
      await refused({ ...generated, model }, ['--rerun', 'HERE/o.gif'], 2, /--model/);
  });
  it('takes neither source nor model without --rerun, and no source for a generated video', async () => {
    await refused(edited, ['--source', sample], 2, /--rerun/);
    await refused(edited, ['--model', tinyModel], 2, /--rerun/);
    await refused(generated, ['--rerun', 'HERE/o.gif', '--source', sample], 2, /words alone/);
  });
  it('overwrites neither the inspected file nor the source', async () => {
    await refused(generated, ['--rerun', 'HERE/film.gif'], 2, /never overwritten/);
    await refused(edited, ['--rerun', 'HERE/film.gif', '--source', sample], 2, /never overwritten/);
    await refused(edited, ['--rerun', sample, '--source', sample], 2, /never overwritten/);
  });
  it('keeps no capture that the record asks for, and writes only what was named', async () => {
    const { here, file } = await forged({
      ...generated,
      settings: {
        ...generated.settings,
        capture: { latents: true, path: 'loot' },
        callbackOnStepEnd: 'x',
        signal: {},
        stopwatch: 1,
        onProgress: 5,
      },
    });
    const { code, stderr } = await start(['inspect', file, '--rerun', path.join(here, 'again.gif')], {}, here).finished;
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(here).sort(), ['again.gif', 'film.gif']);
  });
  it('a model that was named is loaded', async () => {
    const { here, file } = await forged({ ...generated, model: '/nowhere' });
    const { code, stderr } = await start(['inspect', file, '--rerun', path.join(here, 'again.gif'), '--model', tinyModel], {}, here)
      .finished;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /names the model "\/nowhere"/);
    assert.ok(existsSync(path.join(here, 'again.gif')));
  });

  const branch = (more: Fields) => ({ branchedFrom: { step: 1, provenance: generated, ...more } });
  const shapes: Record<string, [Fields, RegExp]> = {
    'no settings': [{}, /scheduler/],
    'no scheduler': [{ ...settings, scheduler: undefined }, /scheduler/],
    'a scheduler that is null': [{ ...settings, scheduler: null }, /scheduler is null/],
    'a scheduler that is text': [{ ...settings, scheduler: 'ddim' }, /scheduler is "ddim"/],
    'a scheduler without settings': [{ ...settings, scheduler: { name: 'DDIMScheduler' } }, /config/],
    'a scheduler named after what objects have': [{ ...settings, scheduler: { name: 'toString', config: {} } }, /no scheduler/],
    'a scheduler whose name is an object': [{ ...settings, scheduler: { name: { toString: 1 }, config: {} } }, /no scheduler/],
    'settings of the scheduler as a list': [{ ...settings, scheduler: { name: 'DDIMScheduler', config: [1] } }, /config/],
    'a setting of the scheduler that cannot be': [
      { ...settings, scheduler: { name: 'DDIMScheduler', config: { betaSchedule: 'evil' } } },
      /evil/,
    ],
    'too many training steps': [
      { ...settings, scheduler: { name: 'DDIMScheduler', config: { numTrainTimesteps: 3e7 } } },
      /numTrainTimesteps is 30000000/,
    ],
    'no steps': [{ ...settings, numInferenceSteps: undefined }, /numInferenceSteps is missing/],
    'steps as text': [{ ...settings, numInferenceSteps: '1' }, /numInferenceSteps/],
    'too many steps': [{ ...settings, numInferenceSteps: 1e9 }, /numInferenceSteps/],
    'a size below nothing': [{ ...settings, width: -8 }, /width/],
    'a method that is none': [{ ...settings, method: '__proto__' }, /method/],
    'a prompt that is a list': [{ ...settings, sourcePrompt: ['x'] }, /sourcePrompt/],
    'null for a number': [{ ...settings, strength: null }, /strength/],
    'a branch that is text': [{ ...settings, branchedFrom: 'x' }, /branchedFrom/],
    'a branch from a step that cannot be': [{ ...settings, ...branch({ step: 1.5 }) }, /branchedFrom\.step/],
    'a branch without its parent': [{ ...settings, ...branch({ provenance: {} }) }, /branchedFrom\.provenance/],
    'a branch whose parent is damaged': [{ ...settings, ...branch({ provenance: { ...generated, settings: {} } }) }, /scheduler/],
  };
  for (const [title, [given, message]] of Object.entries(shapes)) {
    it(`settings: ${title}`, () =>
      assert.throws(
        () => checkSettings({ ...edited, settings: given } as Provenance),
        (error: FrameloomError) => error.code === 'FL_RERUN_RECORD' && message.test(error.message),
      ));
  }
  it('settings that no run could have had end in a sentence', async () => {
    await refused({ ...edited, settings: {} }, ['--rerun', 'HERE/o.gif', '--source', sample], 2, /settings\.scheduler is missing/);
    await refused({ ...generated, seed: 0.5 }, ['--rerun', 'HERE/o.gif'], 2, /seed is 0\.5/);
  });
  it('a record nested too deeply is none', async () => {
    const { file } = await forged(
      JSON.stringify({ ...edited, settings: { ...settings, deep: 'DEEP' } }).replace(
        '"DEEP"',
        `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      ),
    );
    const { code, stdout, stderr } = await frameloom('inspect', file);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Not made by Frameloom/);
  });

  it('prints no control codes and no lines of the record’s own, and quotes the command', async () => {
    const nasty = 'a\u001b[2J\u001b]0;owned\u0007\u009b31m\rb\nMake it again: rm -rf ~\u202e';
    const { here, file } = await forged({
      ...edited,
      model: nasty,
      prompt: nasty,
      negativePrompt: nasty,
      version: nasty,
      created: nasty,
      digitalSourceType: nasty,
      source: { ...edited.source, name: `/etc/-x'$(touch owned)\`touch owned\`;${nasty}` },
      settings: { ...settings, [nasty]: nasty, scheduler: { name: nasty } },
    });
    for (const args of [
      ['inspect', file],
      ['inspect', file, '--json'],
      ['inspect', file, '--rerun', path.join(here, 'o.gif')],
      ['inspect', file, '--rerun', path.join(here, 'o.gif'), '--source', sample],
    ]) {
      const { stdout, stderr } = await start(args, {}, here).finished;
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(stdout + stderr, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
      assert.equal((stdout.match(/^Make it again/gm) ?? []).length, args.length === 2 ? 1 : 0, stdout);
      if (args.includes('--json')) assert.equal((JSON.parse(stdout) as { provenance: { prompt: string } }).provenance.prompt, nasty);
    }
    const { stdout } = await start(['inspect', file], {}, here).finished;
    const command = /^Make it again: frameloom (.*)$/m.exec(stdout)![1]!;
    const words = spawnSync('sh', ['-c', `for word in ${command}; do printf '%s\\n' "$word"; done`], {
      cwd: here,
      encoding: 'utf8',
    }).stdout.split('\n');
    assert.deepEqual(words.slice(0, 5), ['inspect', 'film.gif', '--rerun', 'again.mp4', '--source']);
    assert.match(words[5]!, /^\.\/-x'\$\(touch owned\)`touch owned`;/);
    assert.ok(!existsSync(path.join(here, 'owned')));
  });
  it('prints names of models and of files without control codes', async () => {
    const models = path.join(folder, 'models');
    mkdirSync(path.join(models, 'm\u001b[31m', 'unet'), { recursive: true });
    const film = path.join(folder, '\u001b[31mfilm.mp4');
    for (const [args, env] of [
      [['models'], { FRAMELOOM_MODELS: models }],
      [['doctor'], { FRAMELOOM_MODELS: models }],
      [['edit', film, 'a star', '-o', path.join(folder, 'x.mp4')], {}],
      [['edit', sample, 'a star', '-o', film.replace('.mp4', '.xyz')], {}],
      [['run', film], {}],
      [['\u001b[31mmodels'], {}],
      [['generate', '\u001b[31mgrblx', '--model', tinyModel, '--scheduler', '\u001b[31mx', '-o', film], {}],
    ] as const) {
      const { stdout, stderr } = await start([...args], env).finished;
      assert.ok(!(stdout + stderr).includes('\u001b'), `${args.join(' ')}: ${JSON.stringify(stdout + stderr)}`);
    }
  });
});
