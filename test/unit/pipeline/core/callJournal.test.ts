import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ambientCallKeeper,
  CallJournal,
  type CallWork,
  draftMark,
  Generator,
  keepingCalls,
  keepingUncounted,
  Tensor,
} from '../../../../src/pipeline/core/index.js';

const facts = { prompt: 'a harbour', strength: 0.4, width: undefined };
const work: CallWork = { seconds: 3, operations: 5e9 };
const outputs = { sample: new Generator(1).randn([2, 3, 4]), mask: new Generator(2).randn([5]) };

describe('A journal of what networks computed', () => {
  let folder: string;
  let file: string;
  let notices: string[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-journal-'));
    file = path.join(folder, 'clip.unfinished');
    notices = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = (known: object = facts, seed = 7, place = file) =>
    CallJournal.open(place, known as typeof facts, seed, (text) => void notices.push(text));

  /** A journal of two calls that was closed. */
  async function closed(): Promise<void> {
    const journal = await open();
    await journal.keep('one', outputs, work);
    await journal.keep('two', { sample: Tensor.zeros([4]) }, { seconds: 2, operations: 0 });
    await journal.close();
  }

  it('gives back what was kept, to the bit, the seed of its beginning, and says what work that was', async () => {
    const journal = await open();
    assert.deepEqual([journal.kept.calls, journal.before, journal.seed], [0, { seconds: 0, operations: 0 }, 7]);
    assert.equal(await journal.find('one'), undefined);
    await journal.keep('one', outputs, work);
    assert.deepEqual(await journal.find('one'), outputs);
    await journal.keep('two', { sample: Tensor.zeros([4]) }, { seconds: 2, operations: 0 });
    assert.deepEqual(journal.before, { seconds: 0, operations: 0 }, 'what it keeps now was not there before');
    await journal.close();
    const again = await open(facts, 99);
    assert.deepEqual([again.seed, again.taken, again.kept.calls, again.kept.seconds], [7, 0, 2, 5]);
    assert.deepEqual(again.before, work, 'a call without operations does not count');
    assert.deepEqual(await again.find('one'), outputs);
    assert.deepEqual((await again.find('two'))?.sample, Tensor.zeros([4]));
    assert.equal(again.taken, 2);
    assert.equal(again.kept.bytes, statSync(file).size);
    await again.remove();
    assert.ok(!existsSync(file));
    assert.deepEqual(notices, []);
  });

  it('is readable by its owner alone, and says what it is of in its first line', async function () {
    await closed();
    const [line] = readFileSync(file, 'latin1').split('\n');
    const { seed, facts: told } = JSON.parse(line!) as { seed: number; facts: object };
    assert.deepEqual([seed, told], [7, { prompt: 'a harbour', strength: 0.4 }]);
    if (process.platform === 'win32') this.skip();
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('that was cut off, as by a kill, loses the call that was being written, and goes on behind the others', async () => {
    await closed();
    const { size } = statSync(file);
    truncateSync(file, size - 1);
    const cut = await open();
    assert.deepEqual([cut.kept.calls, await cut.find('two')], [1, undefined]);
    await cut.keep('three', { sample: Tensor.zeros([1]) }, work);
    await cut.close();
    appendFileSync(file, 'FLT2 and what is no record');
    const tailed = await open();
    assert.equal(tailed.kept.calls, 2);
    assert.deepEqual((await tailed.find('three'))?.sample, Tensor.zeros([1]));
    await tailed.close();
  });

  it('of which a record was damaged does not believe that one, and the others', async () => {
    await closed();
    const bytes = readFileSync(file);
    const at = bytes.indexOf(Buffer.from(outputs.sample.data.buffer, outputs.sample.data.byteOffset, 8));
    bytes[at]! ^= 1;
    writeFileSync(file, bytes);
    const journal = await open();
    assert.equal(await journal.find('one'), undefined);
    assert.equal(journal.taken, 0);
    assert.deepEqual((await journal.find('two'))?.sample, Tensor.zeros([4]));
    await journal.close();
  });

  it('of another run is refused by what differs, and stays as it was', async () => {
    await closed();
    const before = readFileSync(file);
    const refused = (known: object, message: RegExp) => assert.rejects(open(known), { code: 'FL_RESUME_OTHER', message });
    await refused({ ...facts, prompt: 'a car' }, /another prompt: "a harbour" then, "a car" now/);
    await refused({ prompt: 'a harbour' }, /another strength: 0\.4 then, not given now/);
    await refused({ ...facts, steps: 4 }, /another steps: not given then, 4 now/);
    await refused({ ...facts, prompt: 'x'.repeat(1000) }, /"x{119}… now/);
    assert.deepEqual(readFileSync(file), before);
  });

  it('is written by one call at a time: not by two of a process, nor by two processes', async () => {
    const journal = await open();
    await assert.rejects(open(), { code: 'FL_RESUME_BUSY', message: /is being written by another call/ });
    await journal.close();
    await (await open()).close();
    const other = (pid: number) => draftMark().replace(/^\d+/, String(pid)).padEnd(64);
    const owned = (mark: string) => {
      const [, ...rest] = readFileSync(file, 'latin1').split('\n');
      writeFileSync(file, [JSON.stringify({ owner: mark, journal: 2, seed: 7, facts }), ...rest].join('\n'), 'latin1');
    };
    owned(other(process.ppid));
    await assert.rejects(open(), { code: 'FL_RESUME_BUSY', message: new RegExp(`is being written by process ${process.ppid}`) });
    // One that has not been written to for long was left, whoever has its number by now.
    utimesSync(file, new Date(), new Date(Date.now() - 3_600_000));
    await (await open()).close();
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    owned(other(gone));
    await (await open()).close();
    owned(
      other(process.ppid)
        .replace(/-\w{6} *$/, '-00000f')
        .padEnd(64),
    );
    await assert.rejects(open(), { code: 'FL_RESUME_BUSY', message: /is being written by another machine/ });
  });

  it('is not made of what is none, which stays', async function () {
    for (const text of ['my notes', '{}\n', `${JSON.stringify({ owner: 'x', journal: 1, seed: 1, facts: {} })}\n`]) {
      writeFileSync(file, text);
      await assert.rejects(open(), { code: 'FL_RESUME_FILE', message: /is not what an interrupted run left\. Delete it/ });
      assert.equal(readFileSync(file, 'utf8'), text);
    }
    rmSync(file);
    mkdirSync(file);
    await assert.rejects(open(), { code: 'FL_RESUME_FILE' });
    await assert.rejects(open(facts, 1, path.join(folder, 'none', 'clip.unfinished')), {
      code: 'FL_RESUME_FILE',
      message: /cannot be written/,
    });
    if (process.platform === 'win32') this.skip();
    const [notes, link] = [path.join(folder, 'notes'), path.join(folder, 'link')];
    writeFileSync(notes, '');
    symlinkSync(notes, link);
    await assert.rejects(open(facts, 1, link), { code: 'FL_RESUME_FILE' });
    assert.equal(readFileSync(notes, 'utf8'), '');
  });

  it('keeps nothing that is computed as fast as it is read', async () => {
    const journal = await open();
    const large = { sample: Tensor.zeros([1 << 19]) };
    await journal.keep('quick', large, { seconds: 0.01, operations: 1 });
    assert.equal(await journal.find('quick'), undefined);
    await journal.keep('slow', large, { seconds: 0.1, operations: 1 });
    assert.ok(await journal.find('slow'));
    await journal.remove();
  });

  it('does not count what is done beside a run, and keeps it', async () => {
    const journal = await open();
    await keepingCalls(journal, () => keepingUncounted(() => ambientCallKeeper()!.keep('preview', outputs, work)));
    await journal.close();
    const again = await open();
    assert.deepEqual([again.kept.seconds, again.before], [3, { seconds: 0, operations: 0 }]);
    assert.deepEqual(await keepingCalls(again, () => keepingUncounted(() => ambientCallKeeper()!.find('preview'))), outputs);
    assert.equal(again.taken, 1);
    await again.remove();
    assert.equal(await keepingUncounted(() => Promise.resolve(ambientCallKeeper())), undefined);
  });

  it('surrounds what is done within it and nothing beside that, although both go on at once', async () => {
    const [one, two] = [await open(), await open(facts, 1, `${file}2`)];
    const seen = (keeper: CallJournal) =>
      keepingCalls(keeper, async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return ambientCallKeeper();
      });
    const both = Promise.all([seen(one), seen(two)]);
    assert.equal(ambientCallKeeper(), undefined);
    assert.deepEqual(await both, [one, two]);
    await one.remove();
    await two.remove();
  });
});
