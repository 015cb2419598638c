import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openHistory } from '../../src/pipeline/experiments/index.js';
import { type HistoryEntry, HistoryStore, summaryOf } from '../../src/pipeline/history/index.js';
import { describeProvenance } from '../../src/pipeline/video/index.js';
import { aRun } from './history/aRun.js';

const worker = path.join(__dirname, 'history', 'worker.ts');

describe('A history that anyone may have made', () => {
  let folder: string;
  let notes: string;
  let store: HistoryStore;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-history-'));
    notes = path.join(folder, 'history');
    store = new HistoryStore({ base: folder, folder });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A run noted by us, and its file changed by somebody. */
  async function changed(change: (entry: Record<string, unknown>) => unknown): Promise<HistoryEntry | undefined> {
    const { id } = await store.add(aRun());
    const file = path.join(notes, `run-${id}.json`);
    const made = change(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
    writeFileSync(file, typeof made === 'string' ? made : JSON.stringify(made));
    return store.read(id);
  }

  it('keeps what we wrote', async () => {
    const { id } = await store.add({ ...aRun(), metrics: { psnr: Infinity, flicker: 0.01 } });
    assert.deepEqual(await store.read(id), { ...aRun(), id, metrics: { psnr: Infinity, flicker: 0.01 } });
  });

  for (const [what, change] of [
    ['no JSON', () => '{"id"'],
    ['JSON nested a million deep', () => '['.repeat(1e6)],
    [
      'a record nested a hundred thousand deep',
      (run) => JSON.stringify(run).replace('"settings":{', `"settings":{"deep":${'['.repeat(1e5)}${']'.repeat(1e5)},`),
    ],
    ['another id', (run) => ({ ...run, id: '20260101T000000000-000000' })],
    ['a picture from elsewhere', (run) => ({ ...run, thumbnail: 'https://example.org/x.png' })],
    ['a picture that is a drawing with scripts', (run) => ({ ...run, thumbnail: 'data:image/svg+xml;base64,AAAA' })],
    ['a picture without end', (run) => ({ ...run, thumbnail: `data:image/jpeg;base64,${'A'.repeat(100_000)}` })],
    ['a source above the folder', (run) => ({ ...run, input: '../../etc/passwd' })],
    ['a source from the root', (run) => ({ ...run, input: '/etc/passwd' })],
    ['a source of Windows', (run) => ({ ...run, input: 'C:\\secret' })],
    ['no record', (run) => ({ ...run, provenance: { tool: 'frameloom' } })],
    ['numbers that are none', (run) => ({ ...run, metrics: { flicker: 'much' } })],
    ['names of numbers that are markup', (run) => ({ ...run, metrics: { '<b>': 1 } })],
    ['a mark that is none', (run) => ({ ...run, modelMark: 'x' })],
    ['a size below zero', (run) => ({ ...run, clip: { ...(run.clip as object), width: -1 } })],
    ['more than a run can have', (run) => ({ ...run, unrecorded: ['x'.repeat(600_000)] })],
  ] as [string, (run: Record<string, unknown>) => unknown][])
    it(`does not show a run whose file has ${what}`, async () => assert.equal(await changed(change), undefined));

  it('tells of settings that are no numbers and no names, and of endless ones their beginning', async () => {
    const nothing = { toString: 1, valueOf: 1 };
    const { id } = await store.add(aRun());
    const file = path.join(notes, `run-${id}.json`);
    const settings = { numInferenceSteps: nothing, scheduler: { name: nothing }, strength: 'x'.repeat(100_000), method: nothing };
    const whole = JSON.parse(readFileSync(file, 'utf8')) as { provenance: object };
    writeFileSync(file, JSON.stringify({ ...whole, provenance: { ...whole.provenance, settings } }));
    const run = await openHistory(folder).run(id);
    assert.ok(Number.isNaN(run.steps));
    assert.ok(String(run).length < 1000 && run.code.length < 1000, 'a line, no file');
    assert.equal(summaryOf(run).steps, 0);
    await assert.rejects(openHistory(folder).rerun(id), { code: 'FL_RERUN_RECORD' });
  });

  it('reads around pipes, folders and links in the place of runs', async () => {
    const { id } = await store.add(aRun());
    mkdirSync(path.join(notes, 'run-20260101T000000000-000001.json'));
    symlinkSync('/etc/passwd', path.join(notes, 'run-20260101T000000000-000002.json'));
    const { execFileSync } = await import('node:child_process');
    execFileSync('mkfifo', [path.join(notes, 'run-20260101T000000000-000003.json')]);
    assert.deepEqual(
      (await store.readAll()).map((run) => run.id),
      [id],
    );
  });

  it('neither reads nor writes through a link in the place of its folder', async () => {
    const elsewhere = mkdtempSync(path.join(tmpdir(), 'frameloom-elsewhere-'));
    try {
      symlinkSync(elsewhere, notes, 'junction');
      await assert.rejects(store.readAll(), { code: 'FL_HISTORY_LINK' });
      await assert.rejects(store.add(aRun()), { code: 'FL_HISTORY_LINK' });
      assert.deepEqual(readdirSync(elsewhere), []);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it('makes no run again from settings that no run could have had, and loads no model that a record names by a path', async () => {
    const runs = openHistory(folder);
    const provenance = describeProvenance({ ...aRun().provenance, settings: { numInferenceSteps: 1e9 } });
    const { id } = await store.add({ ...aRun(), provenance });
    await assert.rejects(runs.rerun(id), { code: 'FL_RERUN_RECORD' });
    const named = await store.add({ ...aRun(), provenance: { ...aRun().provenance, model: '../../../tmp/evil' } });
    await assert.rejects(runs.rerun(named.id), { code: 'FL_HISTORY_MODEL' });
    const other = await store.add({ ...aRun(), provenance: { ...aRun().provenance, model: 'motion-stickers' } });
    await assert.rejects(runs.rerun(other.id), { code: 'FL_HISTORY_MODEL' });
  });

  it('stays bounded: the oldest runs go', async () => {
    mkdirSync(notes, { recursive: true });
    const { id } = await store.add(aRun());
    const text = readFileSync(path.join(notes, `run-${id}.json`), 'utf8');
    for (let i = 0; i < 520; i++) {
      const old = `20200101T000000${String(i).padStart(3, '0')}-abcdef`;
      writeFileSync(path.join(notes, `run-${old}.json`), text.replace(id, old));
    }
    const last = await store.add(aRun());
    const ids = await store.ids();
    assert.equal(ids.length, 500);
    assert.ok(ids.includes(last.id) && ids.includes(id) && !ids.includes('20200101T000000000-abcdef'));
  });

  it('loses nothing and holds nothing half-written when two processes note runs at once and one is killed', async () => {
    const children = [1, 2].map(() =>
      spawn(process.execPath, ['--import', 'tsx', worker, folder], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const told = new Set<string>();
    await Promise.all(
      children.map(async (child, index) => {
        const ended = once(child, 'exit');
        for await (const chunk of child.stdout) {
          for (const id of String(chunk).trim().split('\n')) told.add(id);
          if (index === 0 && told.size >= 20) child.kill('SIGKILL');
        }
        await ended;
      }),
    );
    const runs = await store.readAll();
    const kept = new Set(runs.map(({ id }) => id));
    assert.ok(
      [...told].every((id) => kept.has(id)),
      'every run that was said to be noted is there',
    );
    assert.equal(runs.length, (await store.ids()).length, 'every file that is there can be read');
    await store.add(aRun());
    assert.ok(
      readdirSync(notes).every((name) => !name.includes('partial')),
      'what the killed process left is swept',
    );
  });
});
