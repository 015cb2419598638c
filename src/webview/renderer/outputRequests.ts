import type { FromRenderer, RequestEnded, RequestTaken } from '../../shared/rendererMessages.js';

/** How long the controller may be silent before nobody counts as listening, in ms. */
const patience = 8000;
const nobody = 'No kernel of Frameloom answers. Choose it for this notebook, and run the cell again.';

/** How something that was asked for ended: what was done, or why it was not, for the reader. */
export type RequestOutcome = Pick<RequestEnded, 'problem' | 'done'>;

/** What outputs have asked the controller for, and wait for the end of: one thing an output. */
export class OutputRequests {
  private readonly open = new Map<string, { timer: ReturnType<typeof setTimeout>; end(outcome: RequestOutcome): void }>();

  constructor(private readonly send: (message: FromRenderer) => void) {}

  /** Asks for something. @param displayId the form or comparison that asks. */
  ask(displayId: string, message: FromRenderer): Promise<RequestOutcome> {
    return new Promise((resolve) => {
      const end = (outcome: RequestOutcome): void => {
        clearTimeout(timer);
        this.open.delete(displayId);
        resolve(outcome);
      };
      const timer = setTimeout(() => end({ problem: nobody }), patience);
      this.open.set(displayId, { timer, end });
      this.send(message);
    });
  }

  /** Takes what came for an output. Once its request was taken, it may take any time. */
  receive(message: RequestTaken | RequestEnded): void {
    const asked = this.open.get(message.displayId);
    if (message.type === 'requestTaken') clearTimeout(asked?.timer);
    else asked?.end(message);
  }
}
