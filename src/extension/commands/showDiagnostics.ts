import { execFile } from 'node:child_process';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { childEnvironment, programSettings } from '../settings.js';
import type { Log } from '../log.js';
import { requireTrust } from '../trust.js';

/** Runs `frameloom doctor` in a child and shows what it says, with what only VS Code knows, as a document to copy from. */
export async function showDiagnostics(context: vscode.ExtensionContext, log: Log): Promise<void> {
  requireTrust();
  const report = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'Frameloom: looking at this installation…' },
    () => diagnose(context),
  );
  log.info(report);
  const document = await vscode.workspace.openTextDocument({ language: 'plaintext', content: report });
  await vscode.window.showTextDocument(document, { preview: true });
}

async function diagnose(context: vscode.ExtensionContext): Promise<string> {
  const settings = programSettings();
  const about = [
    `Frameloom ${String((context.extension.packageJSON as { version: unknown }).version)} in VS Code ${vscode.version}`,
    `Extension host: Node ${process.version} on ${process.platform}-${process.arch}`,
    `Kernels run with: ${settings.nodePath || "VS Code's own Node"}`,
    `Workspace: ${vscode.workspace.isTrusted ? 'trusted' : 'not trusted'}, remote: ${vscode.env.remoteName ?? 'no'}`,
  ];
  const doctor = await runDoctor(
    path.join(context.extensionPath, 'dist', 'cli.js'),
    settings.nodePath || process.execPath,
    childEnvironment(settings),
  );
  return [...about, '', doctor].join('\n');
}

/** What the doctor finds wrong shows in its exit code too; its text is what counts here. */
function runDoctor(script: string, node: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile(node, [script, 'doctor'], { env, timeout: 120_000, maxBuffer: 4 * 2 ** 20 }, (error, stdout, stderr) => {
      const text = [stdout.trim(), stderr.trim()].filter(Boolean).join('\n\n');
      resolve(text || `"frameloom doctor" said nothing: ${error?.message ?? 'no output'}`);
    });
  });
}
