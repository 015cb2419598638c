import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RUN_MIME, VIDEO_MIME } from '../../src/shared/outputs/index.js';
import type { RunPayload, VideoPayload } from '../../src/shared/outputs/index.js';
import { readNotebook, sourceOf, type Notebook, type NotebookCell } from '../../src/kernelHost/notebook/index.js';
import { buildKernel, root } from './startedKernel.js';

describe('Sample notebooks', () => {
  let folder: string;
  before(buildKernel);
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-sample-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const name of ['01-edit-a-clip', '02-generate', '03-look-inside', '04-scheduler-lab', '05-ways-to-edit', '06-real-footage']) {
    it(`runs the sample ${name}, small and with its clips beside it`, async () => {
      const { status, stderr } = spawnSync(
        process.execPath,
        [path.join(root, 'dist/cli.js'), 'run', copied(name), '-o', 'out.ipynb', ...fewerSteps(name)],
        {
          cwd: folder,
          encoding: 'utf8',
        },
      );
      assert.equal(status, 0, String(stderr));
      const notebook = await readNotebook(path.join(folder, 'out.ipynb'));
      for (const cell of notebook.cells)
        assert.ok(JSON.stringify(cell.outputs ?? []).length <= 210_000, `${sourceOf(cell)} stores too much`);
      const clips = outputsOf(notebook)
        .map((data) => data[VIDEO_MIME] as VideoPayload | undefined)
        .filter((payload) => payload !== undefined);
      assert.ok(clips.length >= 3);
      for (const { path: file } of clips) assert.ok(existsSync(path.join(folder, file!)), file);
      const runs = outputsOf(notebook).filter((data) => data[RUN_MIME]);
      assert.ok(runs.length >= (name === '03-look-inside' ? 5 : 0));
      for (const data of runs)
        assert.ok((data['text/html'] ?? data['image/svg+xml']) && data['image/png'], 'a front end that is not ours needs a picture');
    });

    it(`runs the sample ${name} in the stock tslab kernel`, async () => {
      symlinkIntoFolder();
      const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, 'stockTslab.cjs'), quick(name)], {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 1 << 27,
      });
      assert.equal(status, 0, stderr + stdout.slice(-2000));
      const displays = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { data?: Record<string, unknown> })
        .filter(({ data }) => data);
      const clips = displays.filter(({ data }) => data![VIDEO_MIME]);
      assert.ok(clips.length >= 1, stdout.slice(0, 2000));
      for (const { data } of clips) {
        assert.equal(Buffer.from(data!['image/png'] as string, 'base64').toString('latin1', 1, 4), 'PNG');
        assert.match(String(data!['text/html']), /<video/);
        assert.ok(existsSync(path.join(folder, (data![VIDEO_MIME] as VideoPayload).path!)));
      }
    });
  }

  it('06-real-footage says what to get, and in one sentence that it is missing', async () => {
    const { status, stderr } = runHere('06-real-footage', ['--param', 'frames=5']);
    assert.equal(status, 0, stderr);
    const notebook = await readNotebook(path.join(folder, 'out.ipynb'));
    const said = notebook.cells.map((cell) =>
      (cell.outputs ?? []).flatMap((output) => ('text' in output ? [output.text].flat() : [])).join(''),
    );
    assert.match(said.join(''), /Wan2\.1-T2V-1\.3B-Diffusers is not here\. Get its folder .*run this notebook again/);
    const sentences = said.filter((text) => text.includes('is missing'));
    assert.ok(sentences.length >= 7);
    for (const text of sentences) assert.equal(text.trim().split('\n').length, 1, text);
  });

  it('06-real-footage runs to its end with models, and shows words over frames and frames over frames', async () => {
    const made = (name: string, ...layers: string[]) => {
      const place = path.join(folder, name);
      for (const layer of layers) cpSync(path.join(root, 'test/parity/checkpoints', layer), place, { recursive: true });
      return place;
    };
    const parameters = {
      wanName: made('wan', 'wan'),
      vaceName: made('vace', 'wan', 'wan-vace'),
      stillsName: made('sd1', 'sd1'),
      motionName: path.join(made('motion', 'animatediff-v2'), 'motion_adapter'),
      ...{ width: 32, height: 32, frames: 5, steps: 2 },
    };
    const { status, stderr } = runHere(
      '06-real-footage',
      Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
    );
    assert.equal(status, 0, stderr);
    const notebook = await readNotebook(path.join(folder, 'out.ipynb'));
    const runs = outputsOf(notebook).flatMap((data) => (data[RUN_MIME] as RunPayload | undefined) ?? []);
    assert.ok(runs.some(({ attention }) => attention?.words[0]?.text === 'car'));
    assert.deepEqual(
      runs.flatMap(({ frameAttention }) => frameAttention?.bySteps.tileWidth ?? []),
      [2, 5],
    );
    assert.ok(!JSON.stringify(notebook.cells.map(({ outputs }) => outputs)).includes('is missing'));
  });

  /** Runs a sample's copy with the command line. */
  function runHere(name: string, parameters: readonly string[]): { status: number | null; stderr: string } {
    return spawnSync(process.execPath, [path.join(root, 'dist/cli.js'), 'run', copied(name), '-o', 'out.ipynb', ...parameters], {
      cwd: folder,
      encoding: 'utf8',
    });
  }

  /** Eight methods take minutes. */
  function fewerSteps(name: string): string[] {
    return name === '05-ways-to-edit' ? ['--param', 'steps=4'] : [];
  }

  /** A sample's copy with fewer steps: what another host makes of it is the question, not how good the clips are. */
  function quick(name: string): string {
    const file = copied(name);
    const fewer = {
      'steps: number = 16;': 'steps: number = 4;',
      'steps: number = 12;': 'steps: number = 4;',
      'few: number = 6;': 'few: number = 2;',
      'many: number = 20;': 'many: number = 3;',
      'long: number = 40;': 'long: number = 4;',
    };
    writeFileSync(
      file,
      Object.entries(fewer).reduce((text, [from, to]) => text.replace(from, to), readFileSync(file, 'utf8')),
    );
    return file;
  }

  /** A sample's copy in the test's folder. */
  function copied(name: string): string {
    const file = path.join(folder, `${name}.ipynb`);
    copyFileSync(path.join(root, 'notebooks', `${name}.ipynb`), file);
    return file;
  }

  /** As after `npm install frameloom` there. */
  function symlinkIntoFolder(): void {
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(root, path.join(folder, 'node_modules/frameloom'), 'junction');
  }
});

function outputsOf({ cells }: Notebook): Record<string, unknown>[] {
  return cells.flatMap((cell: NotebookCell) =>
    (cell.outputs ?? []).flatMap((output) => (output.output_type === 'display_data' ? [output.data] : [])),
  );
}
