import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { VsCodeServer, theRig } from '../rig/server.js';
import { Window } from '../rig/window.js';
import { freshWorkspace, writeNotebook } from '../rig/workspace.js';

describe('The VSIX', function () {
  this.timeout(420_000);
  let folder: string;
  let workspace: string;
  let server: VsCodeServer;
  let window: Window;

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'frameloom-vsix-test-'));
    workspace = freshWorkspace();
    writeNotebook(workspace, 'installed.ipynb', [
      `import { LatentDiffusionModel, show } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await model.generateVideo('a big red car moving right', { numFrames: 8, numInferenceSteps: 4, seed: 1 });
await show(clip);
console.log('made');`,
    ]);
  });
  after(async () => {
    await window?.close();
    await server?.stop();
    for (const made of [folder, workspace]) if (made) rmSync(made, { recursive: true, force: true });
  });

  it('holds the native files of its platform only, installs, and generates a clip from a folder without node_modules', async () => {
    const extensions = path.join(folder, 'extensions');
    const { node, vscode } = theRig();
    execFileSync(process.execPath, ['scripts/package.mjs', '--out', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    const vsix = readdirSync(folder).find((name) => name.endsWith('.vsix'));
    assert.equal(
      vsix,
      readdirSync(folder).find((name) => name.endsWith(`-${process.platform}-${process.arch}.vsix`)),
    );
    execFileSync(
      node,
      [
        path.join(vscode, 'out', 'server-main.js'),
        '--install-extension',
        path.join(folder, vsix!),
        '--extensions-dir',
        extensions,
        '--server-data-dir',
        path.join(folder, 'data'),
        '--accept-server-license-terms',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );

    const installed = path.join(
      extensions,
      readdirSync(extensions).find((name) => name.startsWith('frameloom.frameloom-'))!,
    );
    assert.deepEqual(readdirSync(path.join(installed, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6')), [process.platform]);
    const rasterisers = readdirSync(path.join(installed, 'node_modules', '@resvg')).filter((name) => name !== 'resvg-js');
    assert.ok(
      rasterisers.length === 1 && rasterisers[0]!.startsWith(`resvg-js-${process.platform}-${process.arch}`),
      rasterisers.join(', '),
    );
    assert.ok(existsSync(path.join(installed, 'media', 'fonts', 'FrameloomSans-Regular.ttf')), 'the fonts of figures');
    // The compiler of the cells and its libraries, and nothing else of TypeScript; none of what only Jupyter needs.
    for (const unneeded of ['typescript/lib/tsserver.js', 'typescript/lib/_tsc.js', 'tslab/node_modules', 'zeromq'])
      assert.ok(!existsSync(path.join(installed, 'node_modules', unneeded)), unneeded);
    assert.ok(existsSync(path.join(installed, 'node_modules', 'typescript', 'lib', 'typescript.js')));
    assert.ok(!existsSync(path.join(workspace, 'node_modules')));

    server = await VsCodeServer.start({ extensionsFolder: extensions });
    window = await Window.open(server, workspace);
    await window.openNotebook('installed.ipynb');
    await window.runAll(1);
    await window.page.waitForTimeout(1500);
    await window.picture('installed');
    const errors = await window.page.locator('.notebookOverlay .codicon-notebook-state-error').locator('visible=true').count();
    assert.equal(errors, 0, 'the cell succeeded');
    assert.equal(await window.page.locator('.squiggly-error').count(), 0, 'writing help works from the VSIX too');
    assert.ok(existsSync(path.join(workspace, 'installed.frameloom')), 'the clip lies beside the notebook');
  });
});
