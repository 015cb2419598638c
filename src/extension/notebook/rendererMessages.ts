import { readFile, realpath, stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { RENDERER_ID } from '../../shared/display.js';
import type { FromRenderer, OpenVideo, PreviewPixels, ResolveVideo, VideoResolved } from '../../shared/display.js';
import type { PreviewFrames } from '../../shared/kernelProtocol.js';
import type { Log } from '../log.js';
import { fromRendererShape } from './rendererShapes.js';

/** Larger files are not copied into a webview; the person opens them in the video preview instead. */
const largestCopy = 64 * 2 ** 20;

/** What the renderer may ask of a notebook. */
export interface RendererRequests {
  /** Interrupt was pressed in an output. */
  interrupt(notebook: vscode.NotebookDocument): void;
}

/** The wire to our renderer: pixels of live previews to it, questions about files and Interrupt from it. */
export class RendererMessages implements vscode.Disposable {
  private readonly messaging = vscode.notebooks.createRendererMessaging(RENDERER_ID);
  private readonly subscription: vscode.Disposable;

  constructor(private readonly requests: RendererRequests, private readonly log: Log) {
    this.subscription = this.messaging.onDidReceiveMessage(({ editor, message }) => this.receive(editor, message));
  }

  /** Sends the frames of a running edit to every editor that shows the notebook; they are stored nowhere. */
  showPreview(notebook: vscode.NotebookDocument, { displayId, frames, width, height, rgb, step, steps, sigma, secondsLeft }: PreviewFrames): void {
    const message: PreviewPixels = {
      type: 'previewPixels',
      runId: displayId,
      step,
      steps,
      sigma,
      secondsLeft,
      count: frames.end - frames.start,
      frameWidth: width,
      frameHeight: height,
      encoding: 'rgb24',
      data: rgb,
    };
    for (const editor of vscode.window.visibleNotebookEditors) {
      if (editor.notebook === notebook) void this.messaging.postMessage(message, editor);
    }
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private receive(editor: vscode.NotebookEditor, raw: unknown): void {
    const problem = fromRendererShape(raw, 'message');
    if (problem) return this.log.warn(`A message of the renderer was dropped: ${problem}`);
    const message = raw as FromRenderer;
    switch (message.type) {
      case 'interruptRun':
        return this.requests.interrupt(editor.notebook);
      case 'openVideo':
        return void this.open(editor, message);
      case 'resolveVideo':
        return void this.resolve(editor, message);
    }
  }

  private async open(editor: vscode.NotebookEditor, { path: relative }: OpenVideo): Promise<void> {
    try {
      const file = await fileBeside(editor.notebook, relative);
      await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), 'frameloom.videoPreview');
    } catch (error) {
      void vscode.window.showErrorMessage(`The video could not be opened: ${reason(error)}`);
    }
  }

  private async resolve(editor: vscode.NotebookEditor, { requestId, path: relative, unplayable }: ResolveVideo): Promise<void> {
    const answer = await this.answer(editor.notebook, relative, unplayable).catch((error: unknown) => ({ kind: 'failed' as const, message: reason(error) }));
    await this.messaging.postMessage({ type: 'videoResolved', requestId, answer } satisfies VideoResolved, editor);
  }

  private async answer(notebook: vscode.NotebookDocument, relative: string, unplayable: boolean): Promise<VideoResolved['answer']> {
    const file = await fileBeside(notebook, relative);
    if (unplayable) return { kind: 'failed', message: 'VS Code cannot play this video here. Open it in the video preview.' };
    const { size } = await stat(file);
    if (size > largestCopy) return { kind: 'failed', message: `The video is large (${Math.round(size / 2 ** 20)} MB). Open it in the video preview.` };
    return { kind: 'bytes', mime: mimeOf(file), bytes: await readFile(file) };
  }
}

/**
 * The file that an output names, if it lies in or below the notebook's folder. The name comes out of a document that a
 * stranger may have made, so links that lead out of the folder are followed and refused too.
 * @throws {Error} with a sentence for the reader.
 */
export async function fileBeside(notebook: vscode.NotebookDocument, relative: string): Promise<string> {
  if (notebook.uri.scheme !== 'file') throw new Error('Save the notebook first: its videos lie beside it.');
  const folder = await realpath(path.dirname(notebook.uri.fsPath));
  const wanted = path.resolve(folder, relative);
  if (path.isAbsolute(relative) || !isInside(folder, wanted)) throw new Error('The output names a file outside of the folder of the notebook.');
  const file = await realpath(wanted).catch(() => {
    throw new Error(`${relative} is not there any more. Run the cell again to make it anew.`);
  });
  if (!isInside(folder, file)) throw new Error('The output names a link to a file outside of the folder of the notebook.');
  return file;
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

function mimeOf(file: string): string {
  const types: Record<string, string> = { '.webm': 'video/webm', '.gif': 'image/gif', '.mov': 'video/quicktime', '.mkv': 'video/x-matroska' };
  return types[path.extname(file).toLowerCase()] ?? 'video/mp4';
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
