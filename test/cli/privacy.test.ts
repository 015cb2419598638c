import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const cli = path.join(__dirname, '..', '..', 'dist', 'cli.js');

describe('nothing leaves the machine', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-privacy-'));
    for (const name of ['home', 'temporary', 'out']) mkdirSync(path.join(folder, name));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Makes a clip, with an empty home and temporary folder. */
  const generate = () => {
    const args = [cli, 'generate', 'a big red ball bouncing', '--steps', '2', '--seed', '1', '-o', path.join(folder, 'out', 'ball.gif')];
    const { ORT_DISABLE_TELEMETRY: _ours, XDG_CACHE_HOME: _cache, XDG_CONFIG_HOME: _config, XDG_DATA_HOME: _data, ...env } = process.env;
    const home = path.join(folder, 'home');
    const result = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...env, HOME: home, USERPROFILE: home, TMPDIR: path.join(folder, 'temporary') } });
    assert.equal(result.status, 0, result.stderr);
    assert.ok(existsSync(path.join(folder, 'out', 'ball.gif')));
  };

  // ONNX Runtime's telemetry keeps a device id and its events there, and would send them.
  it('a run leaves no file in the home folder or the temporary one', () => {
    generate();
    assert.deepEqual(readdirSync(path.join(folder, 'home'), { recursive: true }), []);
    assert.deepEqual(readdirSync(path.join(folder, 'temporary'), { recursive: true }), []);
  });
});
