import * as path from 'node:path';
import * as vscode from 'vscode';

/** A sample as the picker shows it. */
interface Sample extends vscode.QuickPickItem {
  readonly file: vscode.Uri;
}

/**
 * Lets the person pick a sample notebook, copies it with the clips it uses into a folder of theirs and opens the copy:
 * the extension's own folder is replaced with every update.
 * @param extension where the extension is installed.
 * @param choice the file name of a sample, such as `01-edit-a-clip.ipynb`, when it is known already.
 */
export async function openSampleNotebook(extension: vscode.Uri, choice?: string): Promise<void> {
  const samples = await listSamples(extension);
  const sample = choice
    ? samples.find(({ file }) => path.posix.basename(file.path) === choice)
    : await vscode.window.showQuickPick(samples, { title: 'Frameloom: Open Sample Notebook', placeHolder: 'Which sample?' });
  if (!sample) return;
  const folder = await folderForCopy();
  if (!folder) return;
  const copy = vscode.Uri.joinPath(folder, path.posix.basename(sample.file.path));
  await copyUnlessThere(sample.file, copy);
  // Samples name their clips relative to themselves.
  await copyClips(vscode.Uri.joinPath(extension, 'notebooks'), folder, await vscode.workspace.fs.readFile(copy));
  await vscode.commands.executeCommand('vscode.openWith', copy, 'jupyter-notebook');
}

async function listSamples(extension: vscode.Uri): Promise<Sample[]> {
  const folder = vscode.Uri.joinPath(extension, 'notebooks');
  const names = (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name).filter((name) => name.endsWith('.ipynb'));
  return Promise.all(
    names.sort().map(async (name) => {
      const file = vscode.Uri.joinPath(folder, name);
      return { file, label: name.replace(/\.ipynb$/, ''), detail: firstHeading(await vscode.workspace.fs.readFile(file)) };
    }),
  );
}

function firstHeading(bytes: Uint8Array): string | undefined {
  const { cells } = JSON.parse(new TextDecoder().decode(bytes)) as { cells: { cell_type: string; source: string | string[] }[] };
  const text = cells.filter(({ cell_type: type }) => type === 'markdown').map(({ source }) => [source].flat().join(''))[0];
  return /^#+\s*(.+)$/m.exec(text ?? '')?.[1];
}

async function folderForCopy(): Promise<vscode.Uri | undefined> {
  const open = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (open) return open;
  const picked = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: 'Copy the Sample Here',
    title: 'Where should the sample notebook go?',
  });
  return picked?.[0];
}

/** Copies every clip below the samples' own folders that the notebook names. */
async function copyClips(from: vscode.Uri, to: vscode.Uri, notebook: Uint8Array): Promise<void> {
  const text = new TextDecoder().decode(notebook);
  for (const folder of [from, vscode.Uri.joinPath(from, '..', 'media', 'samples')]) {
    for (const name of await filesIn(folder)) {
      if (!name.endsWith('.ipynb') && text.includes(name))
        await copyUnlessThere(vscode.Uri.joinPath(folder, name), vscode.Uri.joinPath(to, name));
    }
  }
}

async function filesIn(folder: vscode.Uri): Promise<string[]> {
  const entries = await Promise.resolve(vscode.workspace.fs.readDirectory(folder)).catch(() => []);
  return entries.filter(([, type]) => type === vscode.FileType.File).map(([name]) => name);
}

async function copyUnlessThere(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  const there = await Promise.resolve(vscode.workspace.fs.stat(to)).then(
    () => true,
    () => false,
  );
  if (!there) await vscode.workspace.fs.copy(from, to);
}
