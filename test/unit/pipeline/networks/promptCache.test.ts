import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Generator } from '../../../../src/pipeline/core/index.js';
import { PromptCache } from '../../../../src/pipeline/networks/promptCache.js';

describe('prompts kept on disk', () => {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'frameloom-prompts-')), 'prompts');
  const cache = new PromptCache(folder);
  const keyOf = (letter: string): string => letter.repeat(64);
  const embedding = new Generator(1).randn([1, 5, 8]);
  const fileOf = (key: string): string =>
    path.join(
      folder,
      readdirSync(folder).find((name) => name.startsWith(key))!,
    );
  after(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

  it('come back to the bit, in files that only their owner reads', async () => {
    assert.equal(await cache.find(keyOf('a')), undefined);
    assert.ok(await cache.keep(keyOf('a'), embedding, 3));
    assert.deepEqual(await cache.find(keyOf('a')), embedding);
    if (process.platform !== 'win32')
      assert.deepEqual([statSync(folder).mode & 0o777, statSync(fileOf(keyOf('a'))).mode & 0o777], [0o700, 0o600]);
  });

  it('are not believed and go where a byte is another, where the file is cut, and under another key', async () => {
    const file = fileOf(keyOf('a'));
    const whole = readFileSync(file);
    const flipped = Buffer.from(whole);
    flipped[whole.length - 7]! ^= 1;
    const harm: Record<string, () => void> = {
      flipped: () => writeFileSync(file, flipped),
      cut: () => truncateSync(file, whole.length - 4),
      empty: () => truncateSync(file, 0),
    };
    for (const [what, damage] of Object.entries(harm)) {
      writeFileSync(file, whole);
      damage();
      assert.equal(await cache.find(keyOf('a')), undefined, what);
      assert.ok(!(await cache.has(keyOf('a'))), what);
    }
    writeFileSync(path.join(folder, path.basename(file).replace(/^a+/, keyOf('b'))), whole);
    assert.equal(await cache.find(keyOf('b')), undefined, 'another entry’s numbers');
  });

  it('make room by the oldest, and are forgotten when that is asked for', async () => {
    assert.ok(await cache.keep(keyOf('c'), embedding, 3));
    const { size } = statSync(fileOf(keyOf('c')));
    const small = new PromptCache(folder, 2 * size);
    utimesSync(fileOf(keyOf('c')), new Date(1e12), new Date(1e12));
    for (const letter of ['d', 'e']) assert.ok(await small.keep(keyOf(letter), embedding, 3));
    assert.deepEqual([await small.has(keyOf('c')), await small.has(keyOf('d')), await small.has(keyOf('e'))], [false, true, true]);
    assert.ok(!(await new PromptCache(folder, size - 1).keep(keyOf('f'), embedding, 3)), 'more than all that may be kept');
    assert.equal((await small.clear()).count, 2);
    assert.deepEqual(readdirSync(folder), []);
  });
});
