import * as vscode from 'vscode';
import { NOTEBOOK_TYPE } from '../identifiers.js';
import { notebookWith } from './notebookContents.js';

const introduction = `# New notebook

Each cell is TypeScript and runs in one session: what a cell declares, the cells below can use.`;

const firstCell = `import { LatentDiffusionModel, show } from 'frameloom';

const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
const clip = await model.generateVideo('a big red car moving right', { numFrames: 8, seed: 42 });
await show(clip);`;

/** Opens a new, unsaved notebook with a first cell that makes a clip. */
export async function newNotebook(): Promise<void> {
  const notebook = await vscode.workspace.openNotebookDocument(
    NOTEBOOK_TYPE,
    notebookWith([
      { kind: 'markdown', text: introduction },
      { kind: 'code', text: firstCell },
    ]),
  );
  await vscode.window.showNotebookDocument(notebook);
}
