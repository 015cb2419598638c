import * as assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import * as vscode from 'vscode';
import { maxPayloadBytes, PREVIEW_MIME, VIDEO_MIME } from '../../../src/shared/outputs/index.js';
import type { PreviewPayload, VideoPayload } from '../../../src/shared/outputs/index.js';
import { closeAll, mimesOf, openNotebook, runAll, runCell, settled, startCell, textOf, theExtension, until } from './notebooks.js';

const setUp = `import { LatentDiffusionModel, Video, show } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await Video.open('red-car.mp4');`;
const edit = (
  steps: number,
): string => `const edited = await model.editVideo(clip, 'a big green car moving right on a blue background', { numInferenceSteps: ${steps}, seed: 42 });
await show(edited);`;

function payload<T>(cell: vscode.NotebookCell, mime: string): T | undefined {
  const item = cell.outputs.flatMap(({ items }) => items).findLast((candidate) => candidate.mime === mime);
  return item && (JSON.parse(new TextDecoder().decode(item.data)) as T);
}

describe('Editing a clip in a notebook', () => {
  before(theExtension);
  afterEach(closeAll);

  it('shows the steps in place, then the result, in every form a reader may need and within 200 kB', async () => {
    const notebook = await openNotebook([setUp, edit(6)], 'edit-a-clip');
    const states: string[] = [];
    let mostOutputs = 0;
    const watching = vscode.workspace.onDidChangeNotebookDocument(({ notebook: changed }) => {
      if (changed !== notebook) return;
      const preview = payload<PreviewPayload>(notebook.cellAt(1), PREVIEW_MIME);
      if (preview) states.push(`${preview.step}/${preview.steps}`);
      mostOutputs = Math.max(mostOutputs, notebook.cellAt(1).outputs.length);
    });
    await runAll(notebook);
    watching.dispose();
    const cell = notebook.cellAt(1);
    assert.equal(cell.executionSummary?.success, true, textOf(cell));
    assert.ok(new Set(states).size >= 2, `the preview moved: ${states.join(' ')}`);
    assert.ok(mostOutputs <= 2, `in place, not one output a step (${mostOutputs})`);
    const mimes = mimesOf(cell).find((list) => list.includes(VIDEO_MIME));
    assert.ok(mimes, JSON.stringify(mimesOf(cell)));
    for (const form of ['text/html', 'text/plain']) assert.ok(mimes.includes(form), `${form} among ${mimes.join()}`);
    assert.ok(
      mimes.some((mime) => /^image\/(png|jpeg)$/.test(mime)),
      `a picture for GitHub among ${mimes.join()}`,
    );
    assert.ok(
      !mimesOf(cell)
        .flat()
        .some((mime) => mime.startsWith('video/')),
    );
    for (const { items } of cell.outputs) {
      const bytes = items.reduce((sum, { data }) => sum + data.byteLength, 0);
      assert.ok(bytes <= maxPayloadBytes, `${bytes} bytes in ${items.map(({ mime, data }) => `${mime}: ${data.byteLength}`).join(', ')}`);
    }
  });

  it('stores little in the .ipynb, keeps the video beside it and finds both again when reopened', async () => {
    const notebook = await openNotebook([setUp, edit(4)], 'saved');
    await runAll(notebook);
    await notebook.save();
    const file = notebook.uri.fsPath;
    assert.ok(statSync(file).size < 400_000, `${statSync(file).size} bytes`);
    const saved = JSON.parse(readFileSync(file, 'utf8')) as { cells: { outputs: { data?: Record<string, unknown> }[] }[] };
    const data = saved.cells[1]!.outputs.flatMap((output) => (output.data?.[VIDEO_MIME] ? [output.data] : []))[0];
    assert.ok(data, 'the video is among the saved outputs');
    assert.equal(typeof data[VIDEO_MIME], 'object', 'JSON stays JSON');
    const { path } = data[VIDEO_MIME] as VideoPayload;
    assert.ok(path, 'the payload names a file');
    assert.ok(existsSync(vscode.Uri.joinPath(notebook.uri, '..', path).fsPath), path);
    assert.ok(readdirSync(vscode.Uri.joinPath(notebook.uri, '..', 'saved.frameloom').fsPath).length > 0);
    await closeAll();
    await vscode.commands.executeCommand('vscode.openWith', notebook.uri, 'jupyter-notebook');
    const reopened = await until('it is open again', () =>
      vscode.workspace.notebookDocuments.find(({ uri, isClosed }) => uri.fsPath === file && !isClosed),
    );
    assert.equal(payload<VideoPayload>(reopened.cellAt(1), VIDEO_MIME)?.path, path);
    assert.equal((await theExtension()).controller.sessionOf(reopened)?.kernel.pid, undefined, 'without starting a kernel');
  });

  it('ends a running edit at the next step when interrupted and keeps the variables', async () => {
    const notebook = await openNotebook([setUp, edit(200), 'console.log(clip.info ? "clip is kept" : "");'], 'interrupted');
    await runCell(notebook, 0);
    await startCell(notebook, 1);
    await until('a preview is there', () => payload<PreviewPayload>(notebook.cellAt(1), PREVIEW_MIME)?.sheet);
    const { controller } = await theExtension();
    const { kernel } = controller.sessionOf(notebook)!;
    await until('a few steps are done', () => kernel.state.kind === 'busy' && (kernel.state.progress?.step ?? 0) >= 2, 90_000);
    await vscode.commands.executeCommand('notebook.cancelExecution', { ranges: [{ start: 1, end: 2 }], document: notebook.uri });
    await settled(notebook);
    assert.equal(notebook.cellAt(1).executionSummary?.success, false);
    assert.match(textOf(await runCell(notebook, 2)), /clip is kept/);
  });
});
