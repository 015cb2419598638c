import * as path from 'node:path';
import * as vscode from 'vscode';
import type { KernelLaunch } from '../../kernelHost/index.js';
import { CELL_LANGUAGE, CONTROLLER_ID, EXTENSION_ID, NOTEBOOK_TYPE } from '../identifiers.js';
import type { Log } from '../log.js';
import { childEnvironment, programSettings } from '../settings.js';
import { requireTrust } from '../trust.js';
import type { ProxyMaker } from '../videoPreview/proxyMaker.js';
import { keepAffinity, namesOurKernel } from './affinity.js';
import { formAsCode, tuneForm } from './forms.js';
import { Interruption } from './interruption.js';
import { carryOutputs, restoreCells } from './movedOutputs.js';
import { NotebookMoves } from './notebookMoves.js';
import type { MoveFollower } from './notebookMoves.js';
import { NotebookSession } from './notebookSession.js';
import { RendererMessages } from './rendererMessages.js';
import { saveComparison } from './savedComparisons.js';
import { placeOf } from './sideFiles.js';

/** The "Frameloom" kernel that a person picks in VS Code: runs the cells of `.ipynb` notebooks, one kernel process for each. */
export class FrameloomController implements vscode.Disposable {
  private readonly controller: vscode.NotebookController;
  private readonly sessions = new Map<vscode.NotebookDocument, { session: NotebookSession; interruption: Interruption }>();
  private readonly selectedFor = new Map<vscode.NotebookDocument, boolean>();
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[];
  private readonly renderer: RendererMessages;
  private readonly moves: NotebookMoves;

  /** Fires when a kernel's state changes or a notebook takes or leaves our controller. */
  readonly onDidChange = this.changes.event;

  constructor(
    private readonly extensionFolder: string,
    versions: ProxyMaker,
    private readonly log: Log,
  ) {
    this.controller = vscode.notebooks.createNotebookController(CONTROLLER_ID, NOTEBOOK_TYPE, 'Frameloom');
    this.controller.supportedLanguages = [CELL_LANGUAGE];
    this.controller.supportsExecutionOrder = true;
    this.controller.description = 'TypeScript with the Frameloom library';
    this.controller.executeHandler = (cells, notebook) => this.run(notebook, cells);
    this.controller.interruptHandler = (notebook) => this.interrupt(notebook);
    this.renderer = new RendererMessages(
      {
        interrupt: (notebook) => void this.interrupt(notebook),
        tune: (notebook, tuneId, values) => tuneForm(this.sessionOf(notebook), tuneId, values),
        tuneAsCode: (notebook, tuneId) => formAsCode(this.sessionOf(notebook), tuneId),
        saveComparison: (notebook, comparisonId, kind) => saveComparison(this.sessionOf(notebook), comparisonId, kind),
      },
      versions,
      log,
    );
    this.moves = new NotebookMoves(this.follower());
    this.subscriptions = [
      this.controller,
      this.moves,
      this.renderer,
      this.changes,
      keepAffinity(this.controller),
      this.controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => this.select(notebook, selected)),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => this.close(notebook)),
    ];
  }

  /** True for notebooks that run, or would run, with our kernel. */
  isOurs(notebook: vscode.NotebookDocument): boolean {
    return this.selectedFor.get(notebook) ?? namesOurKernel(notebook);
  }

  /** The session of a notebook, if one of its cells ever ran. */
  sessionOf(notebook: vscode.NotebookDocument | undefined): NotebookSession | undefined {
    return notebook && this.sessions.get(notebook)?.session;
  }

  /** Runs cells. @throws {UntrustedFolderError} in a folder that is not trusted. */
  run(notebook: vscode.NotebookDocument, cells: readonly vscode.NotebookCell[]): void | Promise<void> {
    const arriving = this.moves.into(notebook);
    if (arriving) return arriving.then(() => this.run(notebook, cells));
    this.open(notebook).session.run(cells);
  }

  /** Interrupts what runs in a notebook; asked twice in a row it offers a restart. */
  async interrupt(notebook: vscode.NotebookDocument): Promise<void> {
    await this.sessions.get(notebook)?.interruption.interrupt();
  }

  /** Ends the notebook's kernel and starts a fresh one. @throws {UntrustedFolderError} in a folder that is not trusted. */
  async restart(notebook: vscode.NotebookDocument): Promise<void> {
    const { session } = this.open(notebook);
    await session.restart();
    await session.start();
  }

  dispose(): void {
    for (const { session } of this.sessions.values()) session.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private open(notebook: vscode.NotebookDocument): { session: NotebookSession; interruption: Interruption } {
    requireTrust();
    const known = this.sessions.get(notebook);
    if (known) return known;
    const session: NotebookSession = new NotebookSession(
      notebook,
      this.controller,
      () => this.launch(session.notebook),
      (pixels) => this.renderer.showPreview(session.notebook, pixels),
      this.log,
    );
    session.kernel.onDidChangeState(() => this.changes.fire());
    session.kernel.onDidDie((why) => this.tellDeath(session.notebook, why));
    const opened = { session, interruption: new Interruption(session, this.log) };
    this.sessions.set(notebook, opened);
    return opened;
  }

  private launch(notebook: vscode.NotebookDocument): KernelLaunch {
    const settings = programSettings(notebook.uri);
    return {
      script: path.join(this.extensionFolder, 'dist', 'kernel.js'),
      nodePath: settings.nodePath,
      env: childEnvironment(settings),
      folder: placeOf(notebook).folder,
      ...(notebook.uri.scheme === 'file' ? { notebookPath: notebook.uri.fsPath } : {}),
    };
  }

  private tellDeath(notebook: vscode.NotebookDocument, why: string): void {
    this.log.error(`${notebook.uri.fsPath}: ${why}`);
    const showLog = 'Show Log';
    void vscode.window.showErrorMessage(why, showLog).then((answer) => {
      if (answer === showLog) this.log.show();
    });
  }

  private follower(): MoveFollower {
    return {
      // No files are moved in a folder that is not trusted, and no kernel runs that could go on.
      follows: (notebook) => vscode.workspace.isTrusted && this.isOurs(notebook),
      hasKernel: (notebook) => this.sessions.has(notebook),
      hold: async (notebook) => this.sessionOf(notebook)?.hold(),
      moved: (from, to) =>
        this.move(from, to).catch((error: unknown) =>
          this.log.error(`${from.uri.toString()} could not go on as ${to.uri.toString()}: ${String(error)}`),
        ),
      stayed: (notebook) => this.sessionOf(notebook)?.continueIn(notebook),
      gone: (notebook) => this.close(notebook),
    };
  }

  /** The kernel, what runs, and the files of outputs go on in the document where the notebook is now. */
  private async move(from: vscode.NotebookDocument, to: vscode.NotebookDocument): Promise<void> {
    const known = this.sessions.get(from);
    this.sessions.delete(from);
    this.selectedFor.delete(from);
    if (known) this.sessions.set(to, known);
    known?.session.kernel.moved(to.uri.fsPath);
    if (!(await this.isSelected(to))) return this.endSession(to);
    const names = await carryOutputs(from, to);
    known?.session.continueIn(to, names);
    await restoreCells(this.controller, from, to, names, (cell) => known?.session.isQueued(cell) ?? false);
    this.changes.fire();
  }

  /** VS Code chooses the kernel of a document that it opens a moment later; in a notebook that names another one, we do. */
  private async isSelected(notebook: vscode.NotebookDocument): Promise<boolean> {
    for (const ask of [false, true]) {
      if (ask && vscode.window.activeNotebookEditor?.notebook === notebook)
        await vscode.commands.executeCommand('notebook.selectKernel', { id: CONTROLLER_ID, extension: EXTENSION_ID });
      for (const end = Date.now() + 2000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 25)))
        if (this.selectedFor.get(notebook)) return true;
    }
    return false;
  }

  private select(notebook: vscode.NotebookDocument, selected: boolean): void {
    if (this.moves.isUnderWay(notebook)) return;
    this.selectedFor.set(notebook, selected);
    if (!selected) this.endSession(notebook);
    this.changes.fire();
  }

  private close(notebook: vscode.NotebookDocument): void {
    if (this.moves.isUnderWay(notebook)) return; // its session goes on elsewhere
    this.selectedFor.delete(notebook);
    this.endSession(notebook);
    this.changes.fire();
  }

  private endSession(notebook: vscode.NotebookDocument): void {
    const known = this.sessions.get(notebook);
    this.sessions.delete(notebook);
    if (known) void known.session.restart().finally(() => known.session.dispose());
  }
}
