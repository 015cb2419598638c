import { open } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { ResolveVideo, ToRenderer, VideoResolved } from '../../shared/rendererMessages.js';
import { videoPrograms } from '../settings.js';
import { outputVideo } from '../videoPreview/outputVideo.js';
import type { ProxyMaker } from '../videoPreview/proxyMaker.js';
import { fileBeside } from './fileBeside.js';

/** Bytes of one part: a multiple of three has no padding in base64, and none this small keeps the host busy for long. */
const partBytes = 3 * 2 ** 18;
/** Milliseconds between two reports of progress. */
const progressPause = 200;

/** Answers the outputs of notebooks that ask for clips: each answer can be dropped, and ends with its notebook. */
export class VideoAnswers implements vscode.Disposable {
  private readonly asked = new Map<vscode.NotebookEditor, Map<number, AbortController>>();
  private readonly subscription = vscode.workspace.onDidCloseNotebookDocument((notebook) => this.close(notebook));

  constructor(
    private readonly versions: ProxyMaker,
    private readonly post: (message: ToRenderer, editor: vscode.NotebookEditor) => PromiseLike<unknown>,
  ) {}

  /** Sends the clip to the editor that asked, in parts, or why it cannot be shown. */
  async answer(editor: vscode.NotebookEditor, question: ResolveVideo): Promise<void> {
    const { requestId } = question;
    const open = this.asked.get(editor) ?? new Map<number, AbortController>();
    const abort = new AbortController();
    this.asked.set(editor, open.set(requestId, abort));
    const answer = await this.find(editor, question, abort.signal).catch((error: unknown) => ({
      kind: 'failed' as const,
      message: error instanceof Error ? error.message : String(error),
    }));
    open.delete(requestId);
    if (open.size === 0) this.asked.delete(editor);
    if (!abort.signal.aborted) await this.post({ type: 'videoResolved', requestId, answer }, editor);
  }

  /** The answer is not wanted any more. */
  drop(editor: vscode.NotebookEditor, requestId: number): void {
    this.asked.get(editor)?.get(requestId)?.abort();
  }

  dispose(): void {
    this.subscription.dispose();
    for (const editor of this.asked.keys()) this.close(editor.notebook);
  }

  private close(notebook: vscode.NotebookDocument): void {
    for (const [editor, open] of this.asked) if (editor.notebook === notebook) for (const abort of open.values()) abort.abort();
  }

  private async find(
    editor: vscode.NotebookEditor,
    { requestId, path, problem, playsH264 }: ResolveVideo,
    signal: AbortSignal,
  ): Promise<VideoResolved['answer']> {
    let told = 0;
    const found = await outputVideo(
      await fileBeside(editor.notebook, path),
      {
        problem,
        playsH264,
        programs: videoPrograms(editor.notebook.uri),
        mayConvert: vscode.workspace.isTrusted,
        signal,
        onProgress: (why, fraction) => {
          if (signal.aborted || performance.now() - told < progressPause) return;
          told = performance.now();
          void this.post({ type: 'videoPreparing', requestId, why, fraction }, editor);
        },
      },
      this.versions,
    );
    for await (const part of found.kind === 'file' ? partsOfFile(found.file) : partsOf(Buffer.concat(found.pictures))) {
      if (signal.aborted) break;
      await this.post({ type: 'videoPart', requestId, data: part.toString('base64') }, editor);
    }
    if (found.kind === 'file') return { kind: 'file', mime: found.mime, offset: found.offset };
    return { kind: 'frames', sizes: found.pictures.map(({ length }) => length), frames: found.frames, note: found.note };
  }
}

async function* partsOfFile(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(partBytes), 0, partBytes);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

function* partsOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += partBytes) yield bytes.subarray(start, start + partBytes);
}
