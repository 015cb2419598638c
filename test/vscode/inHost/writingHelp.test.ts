import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, openNotebook, theExtension, until } from './notebooks.js';

const setUp = `import { LatentDiffusionModel, Video } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await Video.open('rocket.mp4');
let count = 1;`;
const correct = `count = 2;
const edited = await model.editVideo(clip, 'a red balloon', { strength: 0.5 });
for await (const x of [1]) console.log(x, count);
await edited.save('balloon.mp4');`;

const messages = (cell: vscode.NotebookCell): string[] =>
  vscode.languages
    .getDiagnostics(cell.document.uri)
    .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error)
    .map(({ message }) => message);

async function place(cell: vscode.NotebookCell, word: string): Promise<[vscode.Uri, vscode.Position]> {
  return [cell.document.uri, cell.document.positionAt(cell.document.getText().indexOf(word) + 1)];
}

describe('Writing help', () => {
  before(theExtension);
  afterEach(closeAll);

  it('underlines nothing in correct cells, also across cells, and what is wrong in a wrong one', async () => {
    const notebook = await openNotebook([setUp, correct, 'model.nope();\nundeclaredName;\nclip = 3;\nconst text: string = count;']);
    const wrong = await until(
      'the wrong cell is underlined',
      () => messages(notebook.cellAt(2)).length >= 4 && messages(notebook.cellAt(2)),
    );
    assert.match(wrong.join('\n'), /Property 'nope' does not exist on type 'LatentDiffusionModel'/);
    assert.match(wrong.join('\n'), /Cannot find name 'undeclaredName'/);
    assert.match(wrong.join('\n'), /Cannot assign to 'clip' because it is a constant/);
    assert.match(wrong.join('\n'), /Type 'number' is not assignable to type 'string'/);
    assert.deepEqual(messages(notebook.cellAt(0)), []);
    assert.deepEqual(messages(notebook.cellAt(1)), []);
  });

  it('takes a squiggle away when the cell above is mended', async () => {
    const notebook = await openNotebook(['const first = 1;', 'second + 1;']);
    await until('the unknown name is underlined', () => messages(notebook.cellAt(1)).length === 1);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(notebook.cellAt(0).document.uri, new vscode.Position(0, 0), 'const second = 2;\n');
    await vscode.workspace.applyEdit(edit);
    await until('the squiggle is gone', () => messages(notebook.cellAt(1)).length === 0);
  });

  it('lets a later cell declare a name anew, with another type', async () => {
    const notebook = await openNotebook([
      'const value = 1;',
      "const value = 'text';\nvalue.toUpperCase();",
      'value.toUpperCase();\nvalue.toFixed();',
    ]);
    const wrong = await until('the last cell is looked at', () => messages(notebook.cellAt(2)).length > 0 && messages(notebook.cellAt(2)));
    assert.deepEqual(wrong.length, 1, wrong.join('\n'));
    assert.match(wrong[0]!, /toFixed/);
    assert.deepEqual(messages(notebook.cellAt(1)), []);
  });

  it('completes members of a variable from the cell above, with their documentation', async () => {
    const notebook = await openNotebook([setUp, 'model.']);
    const list = await until('editVideo is proposed', async () => {
      const found = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        notebook.cellAt(1).document.uri,
        new vscode.Position(0, 6),
        '.',
        50,
      );
      return found.items.some(({ label }) => label === 'editVideo') && found;
    });
    const found = list.items.filter(({ label }) => label === 'editVideo');
    assert.equal(found.length, 1, 'proposed once, not by two services');
    assert.match(found[0]!.detail ?? '', /editVideo\(clip: Video, prompt: string/);
    assert.match((found[0]!.documentation as vscode.MarkdownString).value, /Edits a clip/);
  });

  it('completes the options of a call and the names of the library', async () => {
    const notebook = await openNotebook([setUp, "await model.editVideo(clip, 'x', { ", "import {  } from 'frameloom';"]);
    const ask = (cell: number, at: number): Thenable<vscode.CompletionList> =>
      vscode.commands.executeCommand(
        'vscode.executeCompletionItemProvider',
        notebook.cellAt(cell).document.uri,
        new vscode.Position(0, at),
      );
    const names = ({ items }: vscode.CompletionList): string[] =>
      items.map(({ label }) => (typeof label === 'string' ? label : label.label).replace(/\?$/, ''));
    await until('strength is proposed', async () => names(await ask(1, 35)).includes('strength'));
    await until('the library is proposed', async () =>
      ['Video', 'LatentDiffusionModel'].every(async (name) => names(await ask(2, 9)).includes(name)),
    );
  });

  it('explains a method of the library once, in one hover', async () => {
    const notebook = await openNotebook([setUp, correct]);
    const where = await place(notebook.cellAt(1), 'editVideo');
    const hovers = await until('a hover comes', async () => {
      const found = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', ...where);
      return found.length > 0 && found;
    });
    const text = hovers
      .flatMap(({ contents }) => contents.map((content) => (typeof content === 'string' ? content : content.value)))
      .join('\n');
    assert.equal(hovers.length, 1, `VS Code's own TypeScript help stays silent:\n${text}`);
    assert.match(text, /LatentDiffusionModel\.editVideo\(clip: Video, prompt: string, options\?: EditVideoOptions\): Promise<MadeVideo>/);
    assert.match(text, /Edits a clip until it fits the prompt/);
  });

  it('knows the type of a variable from another cell', async () => {
    const notebook = await openNotebook([setUp, correct]);
    const where = await place(notebook.cellAt(1), 'clip,');
    const text = await until('a hover comes', async () => {
      const found = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', ...where);
      return found.flatMap(({ contents }) => contents.map((content) => (content as vscode.MarkdownString).value)).join('\n');
    });
    assert.match(text, /const clip: Video/);
    assert.doesNotMatch(text, /\bany\b|__frameloom/);
  });

  it('shows the parameters of a call and goes to where a name is declared', async () => {
    const notebook = await openNotebook([setUp, correct]);
    const [uri, at] = await place(notebook.cellAt(1), "'a red");
    const help = await until('the parameters are shown', () =>
      vscode.commands.executeCommand<vscode.SignatureHelp | undefined>('vscode.executeSignatureHelpProvider', uri, at),
    );
    assert.equal(help.activeParameter, 1);
    assert.match(help.signatures[0]!.label, /^editVideo\(clip: Video, prompt: string/);
    const found = await vscode.commands.executeCommand<vscode.Location[]>(
      'vscode.executeDefinitionProvider',
      ...(await place(notebook.cellAt(1), 'model')),
    );
    assert.equal(found.length, 1);
    assert.equal(found[0]!.uri.toString(), notebook.cellAt(0).document.uri.toString());
    assert.equal(found[0]!.range.start.line, 1);
  });
});
