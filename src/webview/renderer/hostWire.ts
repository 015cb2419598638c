import { toRenderer } from '../../shared/rendererMessages.js';
import type { FromRenderer, PreviewPixels, SaveComparison, ToRenderer } from '../../shared/rendererMessages.js';
import type { TuneValues } from '../../shared/outputs/index.js';
import { OutputRequests, type RequestOutcome } from './outputRequests.js';
import { VideoRequests } from './videoRequests.js';
import type { FoundVideo, VideoQuestion } from './videoRequests.js';

/** The part of VS Code's `RendererContext` that carries messages; absent where nobody listens. */
export interface Messaging {
  postMessage?(message: unknown): void;
  onDidReceiveMessage?(listener: (message: unknown) => void): unknown;
}

/** The renderer's end of the wire to the controller. */
export class HostWire {
  private readonly videos = new VideoRequests((message) => this.send(message));
  private readonly requests = new OutputRequests((message) => this.send(message));
  private readonly watchers = new Map<string, Set<(pixels: PreviewPixels) => void>>();

  constructor(private readonly messaging: Messaging) {
    messaging.onDidReceiveMessage?.((message) => this.receive(message));
  }

  /** Whether there is a controller to talk to at all. */
  get connected(): boolean {
    return this.messaging.postMessage !== undefined;
  }

  /** Sends a message that needs no answer. */
  send(message: FromRenderer): void {
    this.messaging.postMessage?.(message);
  }

  /** Asks for another way to a clip; undefined when nobody answers: no kernel of ours is chosen for this notebook. */
  resolveVideo(question: VideoQuestion): Promise<FoundVideo | undefined> {
    return this.connected ? this.videos.ask(question) : Promise.resolve(undefined);
  }

  /** Makes the clip of a form anew. @returns a sentence for the reader where it was not made. */
  async tune(tuneId: string, values: TuneValues): Promise<string | undefined> {
    return (await this.requests.ask(tuneId, { type: 'tuneRun', tuneId, values })).problem;
  }

  /** Has a comparison saved where the person says. */
  saveComparison(runId: string, kind: SaveComparison['kind']): Promise<RequestOutcome> {
    return this.requests.ask(runId, { type: 'saveComparison', runId, kind });
  }

  /** Listens for the frames of a run, until the returned function is called. */
  watchRun(runId: string, listener: (pixels: PreviewPixels) => void): () => void {
    const all = this.watchers.get(runId) ?? new Set();
    this.watchers.set(runId, all.add(listener));
    return () => {
      all.delete(listener);
      if (all.size === 0) this.watchers.delete(runId);
    };
  }

  private receive(message: unknown): void {
    if (toRenderer(message, 'message')) return; // an extension of another version, or something else that shares the page
    const known = message as ToRenderer;
    switch (known.type) {
      case 'previewPixels':
        for (const listener of this.watchers.get(known.runId) ?? []) listener(known);
        return;
      case 'videoPreparing':
      case 'videoPart':
      case 'videoResolved':
        return this.videos.receive(known);
      case 'requestTaken':
      case 'requestEnded':
        return this.requests.receive(known);
    }
  }
}
