import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Video } from '../../src/pipeline/video/index.js';
import { frameloom, start } from './frameloom.js';
import { hasSlurm, SlurmCluster } from './slurm.js';

const root = path.join(__dirname, '..', '..');
const sample = path.join(root, 'media', 'samples', 'red-car.mp4');
const scripts = path.join(root, 'docs', 'clusters');
const prompt = 'a big green car moving right on a blue background';
const settings = ['--seed', '1', '--steps', '2', '--max-frames', '10', '--window-frames', '4', '--window-overlap', '1'];

describe('frameloom edit --shard and frameloom join', function () {
  // Many processes, each of which loads a model.
  this.timeout(600_000);
  let folder: string;
  const at = (...names: string[]) => path.join(folder, ...names);

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-shards-'));
    // The scripts call `frameloom`, as people have it installed.
    mkdirSync(at('bin'));
    writeFileSync(at('bin', 'frameloom'), `#!/bin/sh\nexec "${process.execPath}" "${path.join(root, 'dist', 'cli.js')}" "$@"\n`);
    chmodSync(at('bin', 'frameloom'), 0o755);
    const { code, stderr } = await frameloom('edit', sample, prompt, '-o', at('whole.apng'), ...settings);
    assert.equal(code, 0, stderr);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const edit = (shard: string, name: string, ...further: string[]) =>
    frameloom('edit', sample, prompt, '-o', at(name), ...settings, '--shard', shard, ...further);
  const join = (output: string, ...parts: string[]) =>
    frameloom('join', '-o', at(output), '--source', sample, ...parts.map((name) => at(name)));
  const asWhole = async (name: string) => assert.deepEqual(await framesOf(at(name)), await framesOf(at('whole.apng')));

  it('docs/clusters/run-here.sh makes the parts at once and joins them to what one machine makes', async () => {
    const run = await script(at('bin'), 'run-here.sh', sample, prompt, at('here.apng'), '3', ...settings);
    assert.equal(run.code, 0, run.output);
    await asWhole('here.apng');
    assert.ok(!existsSync(at('here.apng.parts')));
  });

  it('a shard that is killed leaves nothing half-written, is named when the parts are joined, and is run again', async () => {
    const parts = [1, 2, 3].map((index) => `killed-${index}.apng`);
    assert.equal((await edit('1/3', parts[0]!)).code, 0);
    assert.equal((await edit('3/3', parts[2]!)).code, 0);
    const dying = start(['edit', sample, prompt, '-o', at(parts[1]!), ...settings, '--shard', '2/3', '--steps', '1000']);
    await new Promise<void>((resolve) => dying.child.stderr.on('data', (text) => /frame \d|step \d/.test(String(text)) && resolve()));
    dying.child.kill('SIGKILL');
    await dying.finished;
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('killed-')),
      [parts[0], parts[2]],
    );
    const early = await join('killed.apng', parts[0]!, parts[2]!);
    assert.equal(early.code, 2);
    assert.match(early.stderr, /Of 3 parts one is missing: 2\. Make it with --shard 2\/3.*FL_SHARD_MISSING/);
    assert.ok(!existsSync(at('killed.apng')));
    assert.equal((await edit('2/3', parts[1]!)).code, 0);
    const joined = await join('killed.apng', parts[2]!, parts[0]!, parts[1]!);
    assert.equal(joined.code, 0, joined.stderr);
    assert.match(joined.stdout, /Wrote .*killed\.apng: 10 frames of 128 × 128 at 8 fps, joined of 3 parts\./);
    await asWhole('killed.apng');
  });

  it('docs/clusters/run-parallel.sh does the same by GNU parallel (skipped where that is not installed)', async function () {
    if (!['/usr/bin/parallel', '/usr/local/bin/parallel'].some(existsSync)) return this.skip();
    const run = await script(at('bin'), 'run-parallel.sh', sample, prompt, at('parallel.apng'), '3', ...settings);
    assert.equal(run.code, 0, run.output);
    await asWhole('parallel.apng');
  });

  describe('as an array job of a real Slurm (skipped where none is installed)', () => {
    let cluster: SlurmCluster | undefined;
    const parts = () => at('slurm', 'parts');
    const task = (array: string) => [`--array=${array}`, path.join(scripts, 'slurm-edit.sh'), sample, prompt, parts(), '3', ...settings];
    const joining = () => [path.join(scripts, 'slurm-join.sh'), sample, parts(), at('slurm.apng')];

    before(async function () {
      if (!hasSlurm()) return this.skip();
      mkdirSync(at('slurm'));
      cluster = await SlurmCluster.start(at('slurm'), `${at('bin')}:${process.env.PATH}`);
    });
    after(() => cluster?.stop());

    it('a task that is killed leaves nothing, and the others their parts', async () => {
      const killed: Promise<void>[] = [];
      assert.equal(await cluster!.submit(task('1-3'), (job) => killed.push(cluster!.kill(`${job}_2`))), false);
      await Promise.all(killed);
      assert.deepEqual(readdirSync(parts()).sort(), ['1.apng', '3.apng']);
    });

    it('without it they are not joined; with it, run again, they are what one machine makes', async () => {
      assert.equal(await cluster!.submit(joining()), false);
      assert.ok(!existsSync(at('slurm.apng')));
      assert.equal(await cluster!.submit(task('2')), true);
      assert.equal(await cluster!.submit(joining()), true);
      await asWhole('slurm.apng');
    });
  });

  it('what cannot be a part is refused before the model is loaded', async () => {
    const refused = async (message: RegExp, ...args: string[]) => {
      const { code, stderr } = await frameloom('edit', sample, prompt, '--model', at('none'), ...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    };
    await refused(/ends in \.apng, such as part-1\.apng/, '-o', at('x.mp4'), '--seed', '1', '--shard', '1/3');
    await refused(/seed.*same for every part/, '-o', at('x.apng'), '--shard', '1/3');
    await refused(/leave --contact-sheet out/, '-o', at('x.apng'), '--seed', '1', '--shard', '1/3', '--contact-sheet', at('x.png'));
    await refused(/--shard.*1\/16 to 16\/16/s, '-o', at('x.apng'), '--seed', '1', '--shard', '4/3');
  });
});

/** Runs one of the scripts of docs/clusters, with `frameloom` on its path. */
function script(bin: string, name: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', [path.join(scripts, name), ...args], { env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

async function framesOf(file: string): Promise<string[]> {
  const video = await Video.open(file);
  const frames: string[] = [];
  for await (const { data } of video.frames()) frames.push(Buffer.from(data).toString('base64'));
  await video.close();
  return frames;
}
