import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { frameloom, start } from './frameloom.js';

const sample = path.join(__dirname, '..', '..', 'media', 'samples', 'red-car.mp4');

/** The words of the model that ships, as its tokenizer lists them. */
function knownWords(): string[] {
  const file = path.join(__dirname, '..', '..', 'models', 'motion-stickers', 'tokenizer', 'tokenizer.json');
  const { model } = JSON.parse(readFileSync(file, 'utf8')) as { model: { vocab: Record<string, number> } };
  return Object.keys(model.vocab).filter((word) => /^[a-z]+$/.test(word));
}

describe('frameloom: what goes wrong is said in a sentence, with its exit code', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-cli-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => path.join(folder, name);

  const fails = (title: string, args: () => string[], code: number, message: RegExp) =>
    it(title, async () => {
      const before = readdirSync(folder);
      const finished = await frameloom(...args());
      assert.equal(finished.code, code, finished.stderr);
      assert.match(finished.stderr, message);
      assert.equal(finished.stdout, '');
      assert.doesNotMatch(finished.stderr, /^\s+at /m, 'a stack trace is no message');
      assert.deepEqual(readdirSync(folder), before, 'something was left behind');
    });

  fails('no output named', () => ['edit', sample, 'a star'], 2, /--output/);
  fails('an option that does not exist', () => ['edit', sample, 'a star', '-o', at('x.mp4'), '--stregth', '1'], 2, /--strength/);
  fails(
    'a method that is misspelt',
    () => ['edit', sample, 'a star', '-o', at('x.mp4'), '--method', 'difedit'],
    2,
    /Did you mean diffedit/,
  );
  fails('an option of another command', () => ['edit', sample, 'a star', '-o', at('x.mp4'), '--deflicker', '0'], 2, /option of generate/);
  fails('a prompt without quotes', () => ['edit', sample, 'a', 'star', '-o', at('x.mp4')], 2, /one argument in quotes/);
  fails('a value that is no number', () => ['generate', 'a star', '-o', at('x.mp4'), '--steps', 'many'], 2, /--steps.*number/s);
  fails('a value out of range', () => ['generate', 'a star', '-o', at('x.mp4'), '--guidance-rescale', '7'], 2, /guidanceRescale.*0 to 1/s);
  fails(
    'a strength that runs no step',
    () => ['edit', sample, 'a star', '-o', at('x.mp4'), '--strength', '0.01', '--steps', '10'],
    2,
    /strength/,
  );
  const masked = (...flags: string[]) => ['edit', sample, 'a star', '-o', at('x.mp4'), ...flags];
  fails('a region that is no four numbers', () => masked('--region', '1,2,3'), 2, /--region.*x,y,width,height/s);
  fails('a region of pixels and shares', () => masked('--region', '0.5,10,20,20'), 2, /all pixels, or all shares/);
  fails('a colour without a name', () => masked('--mask-colour', 'reddish'), 2, /--mask-colour.*#rrggbb/s);
  fails('a soft edge of nothing', () => masked('--feather', '3'), 2, /--feather.*--region/);
  fails('a soft edge below 0', () => masked('--region', '0,0,20,20', '--feather', '-3'), 2, /-3.*--feather/);
  fails('a frame that cannot be', () => masked('--region', '0,0,20,20', '--track-region', '0.5'), 2, /0\.5.*--track-region/);
  fails(
    'a schedule of prompts without frames',
    () => ['generate', 'a star', '-o', at('x.mp4'), '--prompt-travel', 'day; night'],
    2,
    /--prompt-travel.*0:by day; 48:by night/s,
  );
  fails('a formula that cannot be read', () => masked('--strength', '0: 0.3, 8: max(0.2, foo)'), 2, /frame 8.*column 10, at "foo"/s);
  fails('numbers by frames with a gap', () => masked('--guidance-scale', '4: 3, 8: 9'), 2, /what holds before frame 4 is missing/);
  fails('numbers by frames out of range', () => masked('--method', 'sdedit', '--strength', '0.2 + t/8'), 2, /at frame 7 it is 1\.07/);
  fails(
    'windows of a step without a schedule',
    () => ['generate', 'a star', '-o', at('x.mp4'), '--context-frames', '8'],
    2,
    /contextFrames.*contextSchedule/s,
  );
  fails('a crop around nothing', () => masked('--crop', 'around'), 2, /crop.*no mask/);
  fails('a region outside of the picture', () => masked('--region', '900,0,20,20'), 2, /mask is empty/);
  fails('an unknown scheduler', () => ['generate', 'a star', '-o', at('x.mp4'), '--scheduler', 'magic'], 2, /magic.*dpmpp_2m/s);
  fails('an input that is not there', () => ['edit', at('none.mp4'), 'a star', '-o', at('x.mp4')], 3, /none\.mp4/);
  fails('the output is the input', () => ['edit', sample, 'a star', '-o', sample], 2, /never overwritten/);
  fails('a model that is not there', () => ['generate', 'a star', '-o', at('x.mp4'), '--model', 'sd-9'], 4, /sd-9.*motion-stickers/s);
  fails('a kind of file nobody knows', () => ['generate', 'a star', '-o', at('x.docx'), '--steps', '1'], 5, /\.docx/);
  fails('inspect of a file without a record, made again', () => ['inspect', sample, '--rerun', at('x.mp4')], 2, /no record/);

  it('words the model does not know are named, with the nearest known ones', async () => {
    const word = knownWords().sort((a, b) => b.length - a.length)[0]!;
    const misspelt = word.slice(0, 3) + word.slice(2);
    const { code, stderr } = await frameloom('generate', `a big ${misspelt}`, '-o', at('h.mp4'), '--steps', '1');
    assert.equal(code, 0, stderr);
    assert.ok(stderr.includes(`does not know "${misspelt}" (nearest: ${word}`), stderr);
  });

  fails(
    'an option of another method',
    () => ['edit', sample, 'a star', '-o', at('x.mp4'), '--method', 'sdedit', '--mask-grow', '2'],
    2,
    /"sdedit" has no option "maskGrow"; it is one of "diffedit"\. "sdedit" has none of its own/,
  );
  fails(
    'a variant of a model that has none',
    () => ['generate', 'a star', '-o', at('x.mp4'), '--variant', 'fp16'],
    2,
    /motion-stickers has ONNX graphs, whose weights have no variants/,
  );
  fails(
    "what a folder's UNet predicts, said once more",
    () => ['generate', 'a star', '-o', at('x.mp4'), '--prediction-type', 'epsilon'],
    2,
    /scheduler_config\.json/,
  );

  it('text renamed to .mp4 is told apart from a video', async () => {
    writeFileSync(at('text.mp4'), 'not a video\n'.repeat(100));
    const { code, stderr } = await frameloom('edit', at('text.mp4'), 'a star', '-o', at('y.mp4'));
    assert.equal(code, 3);
    assert.match(stderr, /text\.mp4/);
  });
});

describe('frameloom: what it tells', () => {
  it('models lists what is installed', async () => {
    const { code, stdout } = await frameloom('models');
    assert.equal(code, 0);
    assert.match(stdout, /^motion-stickers\t/m);
  });

  it('models show lists every word of a closed vocabulary', async () => {
    const { stdout } = await frameloom('models', 'show', 'motion-stickers');
    const listed = stdout.split(/\s+/);
    for (const word of ['DDIMScheduler,', ...knownWords()]) assert.ok(listed.includes(word), word);
    assert.match(stdout, /^ {2}interrogator: \S+ M weights/m);
  });

  it('doctor finds ffmpeg, the model and the processor working', async () => {
    const { code, stdout, stderr } = await frameloom('doctor', '--json');
    assert.equal(code, 0, stdout + stderr);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean }[] };
    for (const name of ['versions', 'memory', 'temporary folder', 'ffmpeg', 'model motion-stickers', 'device cpu'])
      assert.ok(checks.find((check) => check.name === name)?.ok, `${name}: ${stdout}`);
  });

  it('doctor ticks only what works: a device that is not here gets a dash, a fault a cross and the exit code 1', async () => {
    const hub = mkdtempSync(path.join(tmpdir(), 'frameloom-models-'));
    mkdirSync(path.join(hub, 'broken', 'unet'), { recursive: true });
    const { code, stdout } = await start(['doctor'], {
      FRAMELOOM_MODELS: hub,
      FRAMELOOM_FFMPEG: path.join(hub, 'none'),
      TMPDIR: path.join(hub, 'no-folder'),
    }).finished;
    rmSync(hub, { recursive: true });
    assert.equal(code, 1, stdout);
    for (const line of stdout.split('\n').filter((text) => /not usable|does not exist|missing|FL_/.test(text) && !text.includes('→')))
      assert.doesNotMatch(line, /^✓/);
    for (const name of ['temporary folder', 'ffmpeg', 'model broken']) assert.match(stdout, new RegExp(`^✗ ${name}`, 'm'));
    for (const name of ['versions', 'model motion-stickers', 'device cpu']) assert.match(stdout, new RegExp(`^✓ ${name}`, 'm'));
    assert.match(stdout, /^– device cuda/m);
  });

  it('--help documents the exit codes', async () => assert.match((await frameloom('--help')).stdout, /130 interrupted/));
});
