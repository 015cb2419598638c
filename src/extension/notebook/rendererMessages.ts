import * as vscode from 'vscode';
import type { PreviewFrames } from '../../shared/kernelProtocol.js';
import { fromRenderer, RENDERER_ID } from '../../shared/rendererMessages.js';
import type { TuneValues } from '../../shared/outputs/index.js';
import type { FromRenderer, OpenVideo, ToRenderer, TuneRun } from '../../shared/rendererMessages.js';
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
    { displayId, frames, width, height, rgb, stage, fraction, step, steps, sigma, secondsLeft }: PreviewFrames,
  ): void {
    const editors = vscode.window.visibleNotebookEditors.filter((editor) => editor.notebook === notebook);
    if (editors.length === 0) return;
    const message: ToRenderer = {
      type: 'previewPixels',
      runId: displayId,
      stage,
      fraction,
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
        return void this.tune(editor, message);
      case 'tuneAsCode':
        return void this.requests.tuneAsCode(editor.notebook, message.tuneId).catch(tell);
      case 'resolveVideo':
        return void this.videos.answer(editor, message);
      case 'dropVideo':
        return this.videos.drop(editor, message.requestId);
    }
  }

  private async tune(editor: vscode.NotebookEditor, { tuneId, values }: TuneRun): Promise<void> {
    await this.post({ type: 'tuneTaken', tuneId }, editor);
    const problem = await this.requests
      .tune(editor.notebook, tuneId, values)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    await this.post({ type: 'tuneEnded', tuneId, ...(problem === undefined ? {} : { problem }) }, editor);
  }

  private async open(editor: vscode.NotebookEditor, { path: relative }: OpenVideo): Promise<void> {
    try {
      const file = await fileBeside(editor.notebook, relative);
      await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), VIDEO_PREVIEW);
    } catch (error) {
      void vscode.window.showErrorMessage(`The video could not be opened: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** An error of a button is a sentence for the person. */
function tell(error: unknown): void {
  void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
}
