import * as vscode from 'vscode';

/** Thrown instead of running anything from a folder that the person has not trusted. */
export class UntrustedFolderError extends Error {
  constructor() {
    super('This folder is not trusted, so Frameloom runs nothing from it. Saved outputs can be read. To run cells, trust the folder (command "Workspaces: Manage Workspace Trust").');
    this.name = 'UntrustedFolderError';
  }
}

/**
 * Every way to run something goes through here, for a hidden command can still be called.
 * @throws {UntrustedFolderError} unless the workspace is trusted.
 */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted) throw new UntrustedFolderError();
}
