import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');
/** Debian's Python, which has its packages; another one may stand first on PATH. */
const python = ['/usr/bin/python3', 'python3'].find(
  (name) => spawnSync(name, ['-c', 'import nbclient, jupyter_client, ipykernel']).status === 0,
);

/** Runs a notebook with the stock tslab kernel, as JupyterLab would, and writes the outputs back. */
const runner = `
import sys, nbformat, nbclient
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=300, kernel_name='tslab').execute()
nbformat.write(notebook, sys.argv[1])
`;

interface Notebook {
  cells: { cell_type: string; outputs?: { output_type: string; data?: Record<string, unknown> }[] }[];
}

describe('sample notebooks in Jupyter, with the stock tslab kernel', function () {
  this.timeout(400_000);
  let folder: string;

  before(function () {
    // Jupyter is Python, which our tests do not ask for; where Debian's python3-nbclient is installed, it is used.
    if (!python) this.skip();
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-jupyter-'));
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(root, path.join(folder, 'node_modules', 'frameloom'), 'dir');
    execFileSync(
      process.execPath,
      [path.join(root, 'node_modules', 'tslab', 'bin', 'tslab'), 'install', `--prefix=${folder}/jupyter`, `--python=${python}`],
      { stdio: 'pipe', env: withTslab() },
    );
    writeFileSync(path.join(folder, 'run.py'), runner);
  });
  after(() => folder && rmSync(folder, { recursive: true, force: true }));

  for (const name of ['01-edit-a-clip', '02-generate', '03-look-inside']) {
    it(name, () => {
      const file = path.join(folder, `${name}.ipynb`);
      copyFileSync(path.join(root, 'notebooks', `${name}.ipynb`), file);
      execFileSync(python!, [path.join(folder, 'run.py'), file], {
        cwd: folder,
        stdio: 'pipe',
        env: { ...withTslab(), JUPYTER_PATH: path.join(folder, 'jupyter', 'share', 'jupyter') },
      });
      const { cells } = JSON.parse(readFileSync(file, 'utf8')) as Notebook;
      const outputs = cells.flatMap((cell) => cell.outputs ?? []);
      assert.deepEqual(
        outputs.filter(({ output_type }) => output_type === 'error'),
        [],
      );
      const clips = outputs.filter(({ data }) => data?.['application/vnd.frameloom.video+json']);
      assert.ok(clips.length >= 2, `${clips.length} clips were shown`);
      for (const { data } of clips) assert.ok(data!['image/png'] && data!['text/html'], 'a plain Jupyter needs a picture');
    });
  }

  function withTslab(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}` };
  }
});
