import * as assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { CELL_LANGUAGE, KERNELSPEC, NOTEBOOK_TYPE, commandIds } from '../../../src/extension/identifiers.js';
import { TSSERVER_PLUGIN } from '../../../src/extension/language/quietBuiltInHelp.js';
import { RENDERER_ID } from '../../../src/shared/rendererMessages.js';
import { closeAll, theExtension, until } from './notebooks.js';

interface Contributions {
  readonly commands: readonly { command: string }[];
  readonly notebookRenderer: readonly { id: string; entrypoint: string }[];
  readonly typescriptServerPlugins: readonly { name: string }[];
  readonly configuration: { properties: Record<string, unknown> };
  readonly walkthroughs: readonly { steps: readonly { media: { image?: Record<string, string>; markdown?: string } }[] }[];
}

describe('The extension', () => {
  const { extensionPath, packageJSON } = vscode.extensions.getExtension('frameloom.frameloom')!;
  const { contributes, capabilities, activationEvents } = packageJSON as {
    contributes: Contributions;
    activationEvents: readonly string[];
    capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  };
  afterEach(closeAll);

  it('is activated by a notebook, a video or a command, and not by the start of VS Code', async () => {
    // After the start too: the setting for the default editor of videos acts before the first video is opened.
    assert.deepEqual(activationEvents, ['onNotebook:jupyter-notebook', 'onStartupFinished']);
    assert.ok((await theExtension()).activationMs > 0);
  });

  it('registers every command that package.json contributes, under the names that the code uses', async () => {
    await theExtension();
    const contributed = contributes.commands.map(({ command }) => command);
    const registered = await vscode.commands.getCommands(true);
    for (const command of contributed) assert.ok(registered.includes(command), `${command} is registered`);
    for (const command of Object.values(commandIds)) assert.ok(contributed.includes(command), `${command} is contributed`);
    assert.equal(contributes.notebookRenderer[0]?.id, RENDERER_ID);
    assert.equal(contributes.typescriptServerPlugins[0]?.name, TSSERVER_PLUGIN);
  });

  it('contributes files that are there', () => {
    const media = contributes.walkthroughs.flatMap(({ steps }) =>
      steps.flatMap(({ media: { image, markdown } }) =>
        image
          ? Object.entries(image)
              .filter(([key]) => key !== 'altText')
              .map(([, file]) => file)
          : [markdown!],
      ),
    );
    assert.ok(media.length > 0);
    for (const file of [...media, contributes.notebookRenderer[0]!.entrypoint]) assert.ok(existsSync(path.join(extensionPath, file)), file);
  });

  it('takes programs and paths from trusted settings only', () => {
    assert.equal(capabilities.untrustedWorkspaces.supported, 'limited');
    const paths = Object.keys(contributes.configuration.properties).filter((key) => /path|folder/i.test(key));
    assert.deepEqual([...capabilities.untrustedWorkspaces.restrictedConfigurations].sort(), paths.sort());
  });

  it('opens a copy of a sample notebook in the workspace, and leaves its own alone', async () => {
    await vscode.commands.executeCommand(commandIds.openSampleNotebook, '01-edit-a-clip.ipynb');
    const notebook = await until('the sample is in front', () => vscode.window.activeNotebookEditor?.notebook);
    assert.equal(path.dirname(notebook.uri.fsPath), vscode.workspace.workspaceFolders![0]!.uri.fsPath);
    assert.equal(path.basename(notebook.uri.fsPath), '01-edit-a-clip.ipynb');
    assert.ok((await theExtension()).controller.isOurs(notebook));
    assert.match(notebook.cellAt(0).document.getText(), /^# Edit a clip/);
  });

  it('makes a notebook that names our kernel', async () => {
    await vscode.commands.executeCommand(commandIds.newNotebook);
    const notebook = await until('a notebook is in front', () => vscode.window.activeNotebookEditor?.notebook);
    assert.equal(notebook.notebookType, NOTEBOOK_TYPE);
    assert.ok(notebook.isUntitled);
    assert.equal((notebook.metadata as { metadata: { kernelspec: { name: string } } }).metadata.kernelspec.name, KERNELSPEC);
    assert.ok(
      notebook.getCells().some(({ document }) => document.languageId === CELL_LANGUAGE && document.getText().includes("from 'frameloom'")),
    );
    assert.ok((await theExtension()).controller.isOurs(notebook));
    const errors = (): vscode.Diagnostic[] => notebook.getCells().flatMap(({ document }) => vscode.languages.getDiagnostics(document.uri));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.deepEqual(
      errors().map(({ message }) => message),
      [],
      'what it starts with is correct',
    );
  });

  it('makes a notebook to edit a clip in, whose prompt is selected to be written over', async () => {
    await vscode.commands.executeCommand(
      'frameloom.editInNotebook',
      vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, 'rocket.mp4'),
    );
    const notebook = await until('a notebook is in front', () => vscode.window.activeNotebookEditor?.notebook);
    const editor = await until('its prompt is being edited', () =>
      vscode.window.visibleTextEditors.find(({ document }) => document === notebook.cellAt(1).document),
    );
    await until('the prompt is selected', () => editor.document.getText(editor.selection).length > 0);
    assert.equal(`const prompt = '${editor.document.getText(editor.selection)}';`, editor.document.lineAt(1).text);
    assert.ok(
      notebook
        .cellAt(2)
        .document.getText()
        .includes(`Video.open(${JSON.stringify(vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, 'rocket.mp4').fsPath)}`),
    );
    assert.match(notebook.cellAt(2).document.getText(), /editVideo\(clip, prompt, /);
  });

  it('shows what the doctor says', async () => {
    await vscode.commands.executeCommand(commandIds.showDiagnostics);
    const text = vscode.window.activeTextEditor?.document.getText() ?? '';
    assert.match(text, /Frameloom .* in VS Code/);
    assert.match(text, /ffmpeg/);
    assert.match(text, /motion-stickers/);
  });
});
