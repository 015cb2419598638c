import * as vscode from 'vscode';

/** Thrown instead of running anything from a folder that the person has not trusted. */
export class UntrustedFolderError extends Error {
  /** @param still what works nevertheless, and what trust would add. */
  constructor(still = 'Saved outputs can be read. To run cells, trust the folder') {
    super(`This folder is not trusted, so Frameloom runs nothing from it. ${still} (command "Workspaces: Manage Workspace Trust").`);
    this.name = 'UntrustedFolderError';
  }
}

/**
 * Every way to run something goes through here, for a hidden command can still be called.
 * @param still as {@link UntrustedFolderError} takes it.
 * @throws {UntrustedFolderError} unless the workspace is trusted.
 */
export function requireTrust(still?: string): void {
  if (!vscode.workspace.isTrusted) throw new UntrustedFolderError(still);
}
