import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');
const strace = ['/usr/bin/strace', '/usr/local/bin/strace'].find((file) => existsSync(file));

/** Runs the embedded model, then waits long enough for ONNX Runtime to look up its maker's host, were it to. */
const program = `
const { LatentDiffusionModel } = require(process.argv[2]);
(async () => {
  const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
  await model.generateVideo('a star', { numFrames: 1, numInferenceSteps: 1, seed: 1 });
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  await model.release();
})().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });`;

describe('nothing leaves the machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-quiet-'));
    for (const name of ['home', 'tmp']) mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, 'run.cjs'), program);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (before: readonly string[] = []) => {
    const [command, ...args] = [...before, process.execPath, path.join(folder, 'run.cjs'), path.join(root, 'dist', 'index.js')];
    const env: NodeJS.ProcessEnv = { ...process.env, HOME: path.join(folder, 'home'), TMPDIR: path.join(folder, 'tmp') };
    for (const name of ['ORT_DISABLE_TELEMETRY', 'XDG_CACHE_HOME', 'NODE_OPTIONS', 'NODE_COMPILE_CACHE']) delete env[name];
    const { status, stderr } = spawnSync(command!, args, { env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };

  it('a run leaves no file in the home folder or the temporary folder', () => {
    run();
    for (const name of ['home', 'tmp']) assert.deepEqual(readdirSync(path.join(folder, name), { recursive: true }), []);
  });

  it('a run opens no socket to anywhere', function () {
    if (!strace) {
      console.log('      strace is not installed: what goes over the network was not looked at');
      this.skip();
    }
    const trace = path.join(folder, 'trace.txt');
    run([strace!, '-f', '-o', trace, '-e', 'trace=socket,connect,sendto']);
    assert.deepEqual(
      readFileSync(trace, 'utf8')
        .split('\n')
        .filter((line) => /AF_INET|nscd/.test(line)),
      [],
    );
  });
});
