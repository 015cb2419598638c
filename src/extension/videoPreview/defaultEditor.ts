import * as vscode from 'vscode';
import { VIDEO_PREVIEW, defaultEditorSetting, videoExtensions } from './videoFiles.js';

type Associations = Readonly<Record<string, string>>;

/**
 * Keeps VS Code's `workbench.editorAssociations` in step with our setting. What the user associated
 * with another editor is left alone.
 */
export function keepDefaultEditor(): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`frameloom.${defaultEditorSetting}`)) void applyDefault();
  });
}

async function applyDefault(): Promise<void> {
  const wanted = vscode.workspace.getConfiguration('frameloom').get(defaultEditorSetting, false);
  const workbench = vscode.workspace.getConfiguration('workbench');
  const before = workbench.inspect<Associations>('editorAssociations')?.globalValue ?? {};
  const after = withDefault(before, wanted);
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  await workbench.update('editorAssociations', Object.keys(after).length > 0 ? after : undefined, vscode.ConfigurationTarget.Global);
}

/** The associations with our preview as the default for videos, or without it. */
export function withDefault(before: Associations, wanted: boolean): Associations {
  const patterns = videoExtensions.map((extension) => `*.${extension}`);
  if (!wanted) return Object.fromEntries(Object.entries(before).filter(([pattern, viewType]) => !(patterns.includes(pattern) && viewType === VIDEO_PREVIEW)));
  const added = patterns.filter((pattern) => before[pattern] === undefined).map((pattern) => [pattern, VIDEO_PREVIEW] as const);
  return { ...before, ...Object.fromEntries(added) };
}
