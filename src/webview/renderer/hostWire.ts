import type { FromRenderer, PreviewPixels, ToRenderer, VideoResolved } from '../../shared/display.js';

/** The part of VS Code's `RendererContext` that carries messages; absent where nobody listens. */
export interface Messaging {
  postMessage?(message: unknown): void;
  onDidReceiveMessage?(listener: (message: unknown) => void): unknown;
}

/** How long the controller may take to find a file. */
const patience = 8000;

/** The renderer's end of the wire to the controller. */
export class HostWire {
  private readonly asked = new Map<number, (answer: VideoResolved['answer'] | undefined) => void>();
  private readonly watchers = new Map<string, Set<(pixels: PreviewPixels) => void>>();
  private nextId = 1;

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

  /** Asks for another way to a file; undefined when nobody answers: no kernel of ours is chosen for this notebook. */
  resolveVideo(path: string, unplayable: boolean): Promise<VideoResolved['answer'] | undefined> {
    if (!this.connected) return Promise.resolve(undefined);
    const requestId = this.nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.asked.get(requestId)?.(undefined), patience);
      this.asked.set(requestId, (answer) => {
        clearTimeout(timer);
        this.asked.delete(requestId);
        resolve(answer);
      });
      this.send({ type: 'resolveVideo', requestId, path, unplayable });
    });
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
    if (typeof message !== 'object' || message === null) return;
    // Only the extension can send here; the one check is which of its messages this is.
    const known = message as ToRenderer;
    if (known.type === 'videoResolved') this.asked.get(known.requestId)?.(known.answer);
    else if (known.type === 'previewPixels') for (const listener of this.watchers.get(known.runId) ?? []) listener(known);
  }
}
