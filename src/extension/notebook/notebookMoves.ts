import * as vscode from 'vscode';

/** What is done with notebooks that are about to move, and then do or do not. */
export interface MoveFollower {
  /** Whether a notebook is followed at all. */
  follows(notebook: vscode.NotebookDocument): boolean;
  /** Whether a notebook has a kernel of its own already, so that it takes over no other. */
  hasKernel(notebook: vscode.NotebookDocument): boolean;
  /** It may be about to move: nothing is to be written into this document until it is known. */
  hold(notebook: vscode.NotebookDocument): Promise<void>;
  /** `to` is in the place of `from`, which is gone or goes. Never rejects. */
  moved(from: vscode.NotebookDocument, to: vscode.NotebookDocument): Promise<void>;
  /** It did not move after all. */
  stayed(notebook: vscode.NotebookDocument): void;
  /** It was closed and nothing came in its place. */
  gone(notebook: vscode.NotebookDocument): void;
}

/** A move that has begun. */
interface Move {
  /** The file where the notebook goes on. */
  readonly target: string;
  /** By a rename, or else by Save As. */
  readonly renamed: boolean;
  readonly settled: Promise<void>;
  readonly settle: () => void;
  giveUp: NodeJS.Timeout | undefined;
  finishing: boolean;
}

/** For so long may others (VS Code asks every extension) delay a rename. */
const renamePatienceMs = 60_000;
/** A rename that was done, or a copy that was saved, has its document in front within this time. */
const openPatienceMs = 5000;
/** Without a change for so long a document has what VS Code carried over into it. */
const quietMs = 300;

/**
 * Notices that a notebook goes on in another document. VS Code has no word for it: for a file that is renamed or moved
 * it closes one document and opens another; with Save As it opens the copy, saves it, closes the original, and sometimes
 * closes and opens the copy once more. When the original stays open (in a second editor), it is not a move.
 */
export class NotebookMoves implements vscode.Disposable {
  private readonly moves = new Map<vscode.NotebookDocument, Move>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly follower: MoveFollower) {
    const { workspace } = vscode;
    this.subscriptions = [
      workspace.onWillRenameFiles((event) => event.waitUntil(this.beginRename(event.files))),
      workspace.onDidRenameFiles(({ files }) => this.renamed(files)),
      workspace.onDidOpenNotebookDocument((notebook) => this.opened(notebook)),
      workspace.onWillSaveNotebookDocument((event) => {
        const original = this.originalOf(event.notebook, event.reason);
        if (original) event.waitUntil(this.begin(original, event.notebook.uri, false, openPatienceMs));
      }),
      workspace.onDidCloseNotebookDocument((notebook) => this.closed(notebook)),
    ];
  }

  /** True from when a notebook may be about to move until it is settled; who closes it meanwhile is not its user. */
  isUnderWay(notebook: vscode.NotebookDocument): boolean {
    return this.moves.has(notebook);
  }

  /** Settled when a move into this document is; undefined when none is under way. */
  into(notebook: vscode.NotebookDocument): Promise<void> | undefined {
    return [...this.moves.values()].find(({ target }) => target === notebook.uri.toString())?.settled;
  }

  dispose(): void {
    for (const { giveUp } of this.moves.values()) clearTimeout(giveUp);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async beginRename(files: RenamedFiles): Promise<void> {
    const concerned = vscode.workspace.notebookDocuments.filter((notebook) => this.follower.follows(notebook));
    await Promise.all(
      concerned.map(async (notebook) => {
        const uri = renamedTo(notebook.uri, files);
        if (uri) await this.begin(notebook, uri, true, renamePatienceMs);
      }),
    );
  }

  private renamed(files: RenamedFiles): void {
    for (const [notebook, move] of this.moves)
      if (move.renamed && renamedTo(notebook.uri, files)) this.giveUpAfter(notebook, openPatienceMs);
  }

  private opened(notebook: vscode.NotebookDocument): void {
    const uri = notebook.uri.toString();
    for (const [from, move] of this.moves) if (move.target === uri && (move.renamed || from.isClosed)) void this.finish(from, notebook);
  }

  private closed(notebook: vscode.NotebookDocument): void {
    const move = this.moves.get(notebook);
    if (!move || move.renamed) return;
    setTimeout(() => {
      const copy = vscode.workspace.notebookDocuments.find(({ uri, isClosed }) => !isClosed && uri.toString() === move.target);
      if (copy) void this.finish(notebook, copy);
    }, quietMs);
  }

  /** The notebook that is being saved under another name, when that is why `copy` is saved: one with the very same cells. */
  private originalOf(copy: vscode.NotebookDocument, reason: vscode.TextDocumentSaveReason): vscode.NotebookDocument | undefined {
    if (reason !== vscode.TextDocumentSaveReason.Manual || copy.uri.scheme !== 'file' || this.follower.hasKernel(copy)) return undefined;
    const alike = vscode.workspace.notebookDocuments.filter(
      (notebook) => notebook !== copy && !this.moves.has(notebook) && this.follower.follows(notebook) && haveSameCells(notebook, copy),
    );
    return alike.find(({ isUntitled }) => isUntitled) ?? alike[0];
  }

  private async begin(notebook: vscode.NotebookDocument, target: vscode.Uri, renamed: boolean, patienceMs: number): Promise<void> {
    if (this.moves.has(notebook)) return;
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    this.moves.set(notebook, { target: target.toString(), renamed, settled, settle, giveUp: undefined, finishing: false });
    this.giveUpAfter(notebook, patienceMs);
    await this.follower.hold(notebook);
  }

  private giveUpAfter(notebook: vscode.NotebookDocument, ms: number): void {
    const move = this.moves.get(notebook)!;
    clearTimeout(move.giveUp);
    move.giveUp = setTimeout(() => {
      this.moves.delete(notebook);
      move.settle();
      if (notebook.isClosed) this.follower.gone(notebook);
      else this.follower.stayed(notebook);
    }, ms);
  }

  private async finish(from: vscode.NotebookDocument, to: vscode.NotebookDocument): Promise<void> {
    const move = this.moves.get(from);
    if (!move || move.finishing) return;
    move.finishing = true;
    clearTimeout(move.giveUp);
    await untilFilled(from, to, move.renamed);
    await this.follower.moved(from, to);
    this.moves.delete(from);
    move.settle();
  }
}

type RenamedFiles = readonly { readonly oldUri: vscode.Uri; readonly newUri: vscode.Uri }[];

/** Where a file is after a rename of it, or of a folder that it is in. */
function renamedTo(uri: vscode.Uri, files: RenamedFiles): vscode.Uri | undefined {
  for (const { oldUri, newUri } of files) {
    if (uri.scheme !== oldUri.scheme) continue;
    if (uri.path === oldUri.path) return newUri;
    if (uri.path.startsWith(`${oldUri.path}/`)) return vscode.Uri.joinPath(newUri, uri.path.slice(oldUri.path.length + 1));
  }
  return undefined;
}

/** After a rename the document opens as it is on the disk; what was not saved yet comes a moment later. */
async function untilFilled(from: vscode.NotebookDocument, to: vscode.NotebookDocument, withOutputs: boolean): Promise<void> {
  let lastChange = Date.now();
  const watching = vscode.workspace.onDidChangeNotebookDocument(({ notebook }) => {
    if (notebook === to) lastChange = Date.now();
  });
  const end = Date.now() + openPatienceMs;
  const sameOutputs = (): boolean => from.getCells().every(({ outputs }, index) => outputs.length === to.cellAt(index).outputs.length);
  const filled = (): boolean => haveSameCells(from, to) && (!withOutputs || sameOutputs()) && Date.now() - lastChange >= quietMs;
  while (!filled() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  watching.dispose();
}

function haveSameCells(one: vscode.NotebookDocument, other: vscode.NotebookDocument): boolean {
  const same = (cell: vscode.NotebookCell, index: number): boolean => {
    const twin = other.cellAt(index);
    return cell.kind === twin.kind && cell.document.getText() === twin.document.getText();
  };
  return one.cellCount > 0 && one.notebookType === other.notebookType && one.cellCount === other.cellCount && one.getCells().every(same);
}
