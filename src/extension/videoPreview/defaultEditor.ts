import * as vscode from 'vscode';
import { VIDEO_PREVIEW, defaultEditorSetting, videoExtensions } from './videoFiles.js';

type Associations = Readonly<Record<string, string>>;

/** Remembers that the associations are of our making, so that a person's own are never taken back at the start. */
const madeByUs = 'videoPreview.associated';

/**
 * Keeps VS Code's `workbench.editorAssociations` in step with our setting: now, for it may have changed while the
 * extension did not run, and whenever it changes. What the user associated with another editor is left alone.
 */
export function keepDefaultEditor(memory: vscode.Memento): vscode.Disposable {
  if (wanted() || memory.get(madeByUs, false)) void applyDefault(memory);
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`frameloom.${defaultEditorSetting}`)) void applyDefault(memory);
  });
}

function wanted(): boolean {
  return vscode.workspace.getConfiguration('frameloom').get(defaultEditorSetting, false);
}

async function applyDefault(memory: vscode.Memento): Promise<void> {
  const workbench = vscode.workspace.getConfiguration('workbench');
  const before = workbench.inspect<Associations>('editorAssociations')?.globalValue ?? {};
  const after = withDefault(before, wanted());
  if (JSON.stringify(after) !== JSON.stringify(before)) {
    await workbench.update('editorAssociations', Object.keys(after).length > 0 ? after : undefined, vscode.ConfigurationTarget.Global);
  }
  await memory.update(madeByUs, wanted());
}

/** The associations with our preview as the default for videos, or without it. */
export function withDefault(before: Associations, wanted: boolean): Associations {
  const patterns = videoExtensions.map((extension) => `*.${extension}`);
  if (!wanted)
    return Object.fromEntries(
      Object.entries(before).filter(([pattern, viewType]) => !(patterns.includes(pattern) && viewType === VIDEO_PREVIEW)),
    );
  const added = patterns.filter((pattern) => before[pattern] === undefined).map((pattern) => [pattern, VIDEO_PREVIEW] as const);
  return { ...before, ...Object.fromEntries(added) };
}
