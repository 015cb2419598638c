import * as vscode from 'vscode';
import type { PreviewFrames } from '../../shared/kernelProtocol.js';
import { fromRenderer, RENDERER_ID } from '../../shared/rendererMessages.js';
import type { TuneValues } from '../../shared/outputs/index.js';
import type { FromRenderer, OpenVideo, SaveComparison, ToRenderer } from '../../shared/rendererMessages.js';
import type { Log } from '../log.js';
import type { ProxyMaker } from '../videoPreview/proxyMaker.js';
import { VIDEO_PREVIEW } from '../videoPreview/videoFiles.js';
import { fileBeside } from './fileBeside.js';
import { VideoAnswers } from './videoAnswers.js';

/** What the renderer may ask of a notebook. */
export interface RendererRequests {
  /** Interrupt was pressed in an output. */
  interrupt(notebook: vscode.NotebookDocument): void;
  /** Make was pressed in a form. @returns a sentence for the reader where the clip was not made. */
  tune(notebook: vscode.NotebookDocument, tuneId: string, values: TuneValues): Promise<string | undefined>;
  /** As code was pressed in a form. @throws {Error} with a sentence for the reader. */
  tuneAsCode(notebook: vscode.NotebookDocument, tuneId: string): Promise<void>;
  /** Sheet or video was pressed in a comparison. @returns a sentence for the reader; undefined where the person took it back. @throws {Error} with one. */
  saveComparison(notebook: vscode.NotebookDocument, comparisonId: string, kind: SaveComparison['kind']): Promise<string | undefined>;
}

/** The wire to our renderer: pixels of live previews to it, questions about files and Interrupt from it. */
export class RendererMessages implements vscode.Disposable {
  private readonly messaging = vscode.notebooks.createRendererMessaging(RENDERER_ID);
  private readonly subscription: vscode.Disposable;
  private readonly videos: VideoAnswers;

  constructor(
    private readonly requests: RendererRequests,
    versions: ProxyMaker,
    private readonly log: Log,
  ) {
    this.videos = new VideoAnswers(versions, (message, editor) => this.post(message, editor));
    this.subscription = this.messaging.onDidReceiveMessage(({ editor, message }) => this.receive(editor, message));
  }

  /** Sends the frames of a running edit to every editor that shows the notebook; they are stored nowhere. */
  showPreview(
    notebook: vscode.NotebookDocument,
    { displayId, frames, width, height, rgb, stage, fraction, place, step, steps, sigma, secondsLeft }: PreviewFrames,
  ): void {
    const editors = vscode.window.visibleNotebookEditors.filter((editor) => editor.notebook === notebook);
    if (editors.length === 0) return;
    const message: ToRenderer = {
      type: 'previewPixels',
      runId: displayId,
      stage,
      fraction,
      place,
      step,
      steps,
      sigma,
      secondsLeft,
      count: frames.end - frames.start,
      frameWidth: width,
      frameHeight: height,
      data: Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength).toString('base64'),
    };
    for (const editor of editors) void this.post(message, editor);
  }

  dispose(): void {
    this.subscription.dispose();
    this.videos.dispose();
  }

  private post(message: ToRenderer, editor: vscode.NotebookEditor): Thenable<unknown> {
    return this.messaging.postMessage(message, editor);
  }

  private receive(editor: vscode.NotebookEditor, raw: unknown): void {
    const problem = fromRenderer(raw, 'message');
    if (problem) return this.log.warn(`A message of the renderer was dropped: ${problem}`);
    const message = raw as FromRenderer;
    switch (message.type) {
      case 'interruptRun':
        return this.requests.interrupt(editor.notebook);
      case 'openVideo':
        return void this.open(editor, message);
      case 'tuneRun':
        return void this.answer(editor, message.tuneId, async () => ({
          problem: await this.requests.tune(editor.notebook, message.tuneId, message.values),
        }));
      case 'saveComparison':
        return void this.answer(editor, message.runId, async () => ({
          done: await this.requests.saveComparison(editor.notebook, message.runId, message.kind),
        }));
      case 'tuneAsCode':
        return void this.requests.tuneAsCode(editor.notebook, message.tuneId).catch(tell);
      case 'resolveVideo':
        return void this.videos.answer(editor, message);
      case 'dropVideo':
        return this.videos.drop(editor, message.requestId);
    }
  }

  /** Tells an output that what it asked for was taken, and how it ended. */
  private async answer(
    editor: vscode.NotebookEditor,
    displayId: string,
    work: () => Promise<{ problem?: string | undefined; done?: string | undefined }>,
  ): Promise<void> {
    await this.post({ type: 'requestTaken', displayId }, editor);
    const { problem, done } = await work().catch((error: unknown) => ({ problem: messageOf(error), done: undefined }));
    await this.post({ type: 'requestEnded', displayId, problem, done }, editor);
  }

  private async open(editor: vscode.NotebookEditor, { path: relative }: OpenVideo): Promise<void> {
    try {
      const file = await fileBeside(editor.notebook, relative);
      await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), VIDEO_PREVIEW);
    } catch (error) {
      void vscode.window.showErrorMessage(`The video could not be opened: ${messageOf(error)}`);
    }
  }
}

/** An error of a button is a sentence for the person. */
function tell(error: unknown): void {
  void vscode.window.showErrorMessage(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
