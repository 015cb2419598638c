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
  await vscode.window.showNotebookDocument(notebook);
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
    { kind: 'markdown', text: `# Edit ${name}\n\nThe clip, what it should become, and the result beside it. Change the prompt and run the cells again; \`strength\` says how far the result may go from the clip.` },
    { kind: 'code', text: `import { LatentDiffusionModel, Video, show } from 'frameloom';\n\nconst clip = await Video.open(${JSON.stringify(clip)}${range});\nawait show(clip);` },
    { kind: 'code', text: `const model = await LatentDiffusionModel.fromPretrained('motion-stickers');\n\nconst edited = await model.editVideo(clip, 'a big green car moving right on a blue background', {\n  strength: 0.7,\n  seed: 42,\n});\nawait show(edited);` },
    { kind: 'code', text: `await edited.save(${JSON.stringify(`${clip.replace(/\.[^./\\]+$/, '')}-edited.mp4`)});` },
  ];
}
