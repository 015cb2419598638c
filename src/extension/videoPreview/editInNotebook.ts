import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ClipFacts } from '../../shared/videoPreviewProtocol.js';
import { notebookWith } from '../commands/notebookContents.js';
import type { NewCell } from '../commands/notebookContents.js';
import { NOTEBOOK_TYPE } from '../identifiers.js';

/** Frames of a clip, both included. */
export interface FrameSpan {
  readonly first: number;
  readonly last: number;
}

/** Opens a new notebook that loads the clip, or a range of it, and makes a first edit. */
export async function editInNotebook(clip: vscode.Uri, facts: ClipFacts | undefined, span: FrameSpan | undefined): Promise<void> {
  const notebook = await vscode.workspace.openNotebookDocument(NOTEBOOK_TYPE, notebookWith(editingCells(pathFor(clip), facts, span)));
  await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(promptCell, promptCell + 1)] });
  await selectPrompt(notebook.cellAt(promptCell));
}

/** Where {@link editingCells} has the prompt. */
const promptCell = 1;

/** Every clip can have this; it shows at once that something happened. */
const firstPrompt = 'a clip in the snow';

/** Puts the cursor over the words of the prompt, so that the first key replaces them. */
async function selectPrompt({ document }: vscode.NotebookCell): Promise<void> {
  await vscode.commands.executeCommand('notebook.cell.edit');
  const editorOfCell = (): vscode.TextEditor | undefined => vscode.window.visibleTextEditors.find((candidate) => candidate.document === document);
  // The cell's editor comes a moment after the cell.
  for (const end = Date.now() + 2000; !editorOfCell() && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 25));
  const editor = editorOfCell();
  const at = document.getText().indexOf(firstPrompt);
  if (editor && at >= 0) editor.selection = new vscode.Selection(document.positionAt(at), document.positionAt(at + firstPrompt.length));
}

/** The path as the notebook should say it: relative where the notebook will stand in the same workspace folder. */
function pathFor(clip: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(clip);
  return folder ? path.relative(folder.uri.fsPath, clip.fsPath).split(path.sep).join('/') : clip.fsPath;
}

/** The cells of the notebook. */
export function editingCells(clip: string, facts: Pick<ClipFacts, 'fps' | 'frames'> | undefined, span: FrameSpan | undefined): NewCell[] {
  // Markdown in a file's name must not become markup of ours.
  const name = (clip.split(/[\\/]/).at(-1) ?? clip).replace(/[\\`*_{}[\]<>()#+!|~&]/g, '\\$&');
  const partial = facts && span && (span.first > 0 || span.last < facts.frames - 1);
  const seconds = (frame: number): number => (facts ? Number((frame / facts.fps).toFixed(4)) : 0);
  const range = partial ? `, { start: ${seconds(span.first)}, end: ${seconds(span.last + 1)} }` : '';
  return [
    { kind: 'markdown', text: `# Edit ${name}\n\nSay below what the clip should become, then press **Run All**. The model that comes with Frameloom knows things (*a big green car*), colours, backgrounds (*on a yellow background*) and effects (*in the rain*, *sepia*). \`strength\` says how far the result may go from the clip.` },
    { kind: 'code', text: `// What the clip should become: write your own words between the quotes.\nconst prompt = '${firstPrompt}';` },
    { kind: 'code', text: `import { LatentDiffusionModel, Video, show } from 'frameloom';\n\nconst clip = await Video.open(${JSON.stringify(clip)}${range});\nawait show(clip);` },
    { kind: 'code', text: `const model = await LatentDiffusionModel.fromPretrained('motion-stickers');\n\nconst edited = await model.editVideo(clip, prompt, {\n  strength: 0.7,\n  seed: 42,\n});\nawait show(edited);` },
    { kind: 'code', text: `await edited.save(${JSON.stringify(`${clip.replace(/\.[^./\\]+$/, '')}-edited.mp4`)});` },
  ];
}
