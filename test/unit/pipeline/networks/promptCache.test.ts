import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Generator } from '../../../../src/pipeline/core/index.js';
import { PromptCache } from '../../../../src/pipeline/networks/promptCache.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/index.js';

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

describe('A text encoder whose prompts are kept because that is asked for', function () {
  this.timeout(60_000);
  const home = mkdtempSync(path.join(os.tmpdir(), 'frameloom-cache-'));
  const chosen = process.env.XDG_CACHE_HOME;
  before(() => (process.env.XDG_CACHE_HOME = home));
  after(() => {
    if (chosen === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = chosen;
    rmSync(home, { recursive: true, force: true });
  });
  const kept = () => new PromptCache().kept();
  const prompt = 'a (big:1.4) green car moving right';

  it('is not needed for a prompt that it was asked once, by a model that was loaded anew; the numbers are the same to the bit', async () => {
    const plain = await LatentDiffusionModel.fromPretrained();
    const computed = await plain.textEncoder.encode(prompt);
    assert.deepEqual([computed.onDisk, (await kept()).count], [undefined, 0], 'a small one keeps nothing of itself');
    const first = await LatentDiffusionModel.fromPretrained('motion-stickers', { promptCache: true });
    assert.ok(!(await first.textEncoder.isKept(prompt)));
    const written = await first.textEncoder.encode(prompt);
    assert.equal(written.onDisk, 'written');
    assert.ok(await first.textEncoder.isKept(prompt));
    assert.equal((await kept()).count, 1);
    const second = await LatentDiffusionModel.fromPretrained('motion-stickers', { promptCache: true });
    const read = await second.textEncoder.encode(prompt);
    assert.deepEqual([read.onDisk, second.textEncoder.graph.runSeconds], ['read', 0]);
    for (const { embeddings } of [written, read]) assert.deepEqual(embeddings, computed.embeddings);
    // Weights are laid over what is kept: the same words with others need no encoder.
    assert.equal((await second.textEncoder.encode(prompt.replace('1.4', '0.7'))).onDisk, 'read');
    assert.equal((await second.textEncoder.encode('a red car')).onDisk, 'written');
  });

  it('says in a run that it is kept and that it is read, once each, and the clips are the same', async () => {
    const clip = async (): Promise<{ notices: string[]; data: Uint8Array[] }> => {
      const model = await LatentDiffusionModel.fromPretrained('motion-stickers', { promptCache: true });
      const notices: string[] = [];
      const made = await model.generateVideo('a yellow star', {
        numFrames: 2,
        numInferenceSteps: 2,
        seed: 1,
        onNotice: (text) => void notices.push(text),
      });
      const data: Uint8Array[] = [];
      for await (const frame of made.frames()) data.push(frame.data);
      return { notices, data };
    };
    const [written, read] = [await clip(), await clip()];
    assert.match(written.notices.join('\n'), /What the text encoder \(.*\) makes of the prompt is kept in .*prompts/);
    assert.match(read.notices.join('\n'), /The prompt is read from .*prompts, where an earlier run kept it/);
    assert.deepEqual(read.data, written.data);
  });
});
