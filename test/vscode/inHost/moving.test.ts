import * as assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/extension/identifiers.js';
import { VIDEO_MIME } from '../../../src/shared/outputs/index.js';
import type { VideoPayload } from '../../../src/shared/outputs/index.js';
import { closeAll, openNotebook, runCell, settled, sleep, startCell, textOf, theExtension, until, workspaceFolder } from './notebooks.js';

const showClip = `import { Video, show } from 'frameloom';
let kept = 41;
const clip = await (await Video.open('red-car.mp4', { maxFrames: 4 })).resize({ width: 64, height: 64 });
await show(clip);`;
const useKept = 'console.log(++kept, process.cwd());';
const count = 'for (let i = 1; i <= 30; i++) { console.log(`line ${i};`); await new Promise((done) => setTimeout(done, 200)); }';

const sessionOf = async (notebook: vscode.NotebookDocument) => (await theExtension()).controller.sessionOf(notebook);
const opened = (file: string): vscode.NotebookDocument | undefined =>
  vscode.workspace.notebookDocuments.find(({ uri, isClosed }) => uri.scheme === 'file' && uri.fsPath === file && !isClosed);

/** The file of the clip that a cell shows, relative to the notebook, as the document says it. */
function clipOf(cell: vscode.NotebookCell): string | undefined {
  const item = cell.outputs.flatMap(({ items }) => items).find(({ mime }) => mime === VIDEO_MIME);
  return item && (JSON.parse(new TextDecoder().decode(item.data)) as VideoPayload).path;
}

/** Makes a notebook by our command, without a file, with these cells. */
async function untitled(cells: readonly string[]): Promise<vscode.NotebookDocument> {
  await vscode.commands.executeCommand(commandIds.newNotebook);
  const notebook = await until('an unsaved notebook is in front', () => {
    const front = vscode.window.activeNotebookEditor?.notebook;
    return front?.isUntitled && front.cellCount === 2 && front;
  });
  const edit = new vscode.WorkspaceEdit();
  const data = cells.map((text) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'typescript'));
  edit.set(notebook.uri, [vscode.NotebookEdit.replaceCells(new vscode.NotebookRange(0, 2), data)]);
  await vscode.workspace.applyEdit(edit);
  return notebook;
}

/** Saves an unsaved notebook under the name that VS Code proposes, in the folder of the window. */
async function save(notebook: vscode.NotebookDocument): Promise<vscode.NotebookDocument> {
  const file = path.join(workspaceFolder(), path.basename(notebook.uri.path));
  rmSync(file, { force: true });
  const saving = vscode.commands.executeCommand('workbench.action.files.save');
  await sleep(1000); // the dialog looks at the folder first
  await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
  await saving;
  return until('the saved notebook is open', () => opened(file));
}

async function moveTo(notebook: vscode.NotebookDocument, file: string): Promise<vscode.NotebookDocument> {
  const edit = new vscode.WorkspaceEdit();
  edit.renameFile(notebook.uri, vscode.Uri.file(file));
  assert.ok(await vscode.workspace.applyEdit(edit));
  return until('the notebook is open under its new name', () => opened(file));
}

describe('A notebook that goes on under another name', () => {
  before(theExtension);
  afterEach(closeAll);

  it('keeps its kernel, its variables and its clips when it is saved for the first time', async () => {
    const before = await untitled([showClip, useKept]);
    await runCell(before, 0);
    const { pid } = (await sessionOf(before))!.kernel;
    const shared = path.join(workspaceFolder(), clipOf(before.cellAt(0))!);
    assert.match(shared, /\.frameloom.untitled/);
    const after = await save(before);
    await until('the session is here', async () => (await sessionOf(after)) && before.isClosed);
    assert.equal((await sessionOf(after))!.kernel.pid, pid);
    assert.match(textOf(await runCell(after, 1)), /^42 /);
    assert.equal(after.cellAt(1).executionSummary?.executionOrder, 2);
    const name = path.basename(after.uri.path, '.ipynb');
    await until('the output names the new file', () => clipOf(after.cellAt(0))?.startsWith(`${name}.frameloom/`));
    assert.ok(existsSync(path.join(workspaceFolder(), clipOf(after.cellAt(0))!)), 'the clip is beside the notebook');
    assert.ok(!existsSync(shared), 'and no more where unsaved notebooks keep theirs');
    const html = after
      .cellAt(0)
      .outputs.flatMap(({ items }) => items)
      .find(({ mime }) => mime === 'text/html')!;
    assert.ok(new TextDecoder().decode(html.data).includes(`<video src="${clipOf(after.cellAt(0))!}"`), 'for Jupyter too');
    await after.save();
    assert.ok(readFileSync(after.uri.fsPath, 'utf8').includes(`${name}.frameloom/`));
  });

  it('goes on writing the outputs of a running cell, and runs what waits, when it is saved meanwhile', async () => {
    const before = await untitled([count, 'let kept = 1; console.log("waited");']);
    await startCell(before, 0);
    await until('it prints', () => textOf(before.cellAt(0)).includes('line 1;'));
    await startCell(before, 1);
    const after = await save(before);
    await until('the session is here', () => sessionOf(after));
    await settled(after);
    const lines = [...textOf(after.cellAt(0)).matchAll(/line (\d+);/g)].map(([, n]) => Number(n));
    assert.deepEqual(
      lines,
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
    assert.equal(after.cellAt(0).executionSummary?.success, true);
    assert.equal(after.cellAt(0).executionSummary?.executionOrder, 1);
    assert.match(textOf(after.cellAt(1)), /waited/);
    assert.ok(before.isClosed);
  });

  it('keeps its kernel and takes its clips along when its file is moved to another folder', async () => {
    const before = await openNotebook([showClip, useKept], 'to-be-moved');
    await runCell(before, 0);
    await before.save();
    const { pid } = (await sessionOf(before))!.kernel;
    assert.match(clipOf(before.cellAt(0))!, /^to-be-moved\.frameloom\//);
    const after = await moveTo(before, path.join(workspaceFolder(), 'deeper', 'moved.ipynb'));
    await until('the session is here', () => sessionOf(after));
    assert.equal((await sessionOf(after))!.kernel.pid, pid);
    await until('the output names the new file', () => clipOf(after.cellAt(0))?.startsWith('moved.frameloom/'));
    assert.ok(existsSync(path.join(workspaceFolder(), 'deeper', clipOf(after.cellAt(0))!)));
    assert.ok(!existsSync(path.join(workspaceFolder(), 'to-be-moved.frameloom')), 'the old folder is gone');
    assert.match(textOf(await runCell(after, 1)), /^42 .*deeper\s*$/, 'and the kernel works in the new folder');
    assert.ok(before.isClosed);
  });

  it('keeps a running cell running when its file is renamed, and leaves no second file behind', async () => {
    const before = await openNotebook([count, 'console.log("unused");'], 'to-be-renamed');
    const oldFile = before.uri.fsPath;
    await startCell(before, 0);
    await until('it prints', () => textOf(before.cellAt(0)).includes('line 2;'));
    const after = await moveTo(before, path.join(workspaceFolder(), 'renamed.ipynb'));
    await until('the session is here', () => sessionOf(after));
    assert.ok((await sessionOf(after))!.runningCell, 'it still runs');
    await settled(after);
    const lines = [...textOf(after.cellAt(0)).matchAll(/line (\d+);/g)].map(([, n]) => Number(n));
    assert.deepEqual(
      lines,
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
    await sleep(1500); // autosave
    assert.equal(opened(oldFile), undefined, 'the document of the old name is closed');
    assert.ok(!existsSync(oldFile));
  });

  it('leaves a notebook its kernel when only a copy of its text is opened and saved', async () => {
    const original = await openNotebook([useKept.replace('++kept', '1')], 'original');
    await runCell(original, 0);
    const { pid } = (await sessionOf(original))!.kernel;
    const copy = await openNotebook([useKept.replace('++kept', '1')], 'copy');
    await vscode.commands.executeCommand('workbench.action.files.save');
    await sleep(6000); // longer than a move may take
    assert.ok(opened(original.uri.fsPath), 'a notebook that was run keeps its tab');
    assert.equal((await sessionOf(original))?.kernel.pid, pid);
    assert.notEqual((await sessionOf(copy))?.kernel.pid, pid);
  });
});
