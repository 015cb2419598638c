import type { TuneValues } from '../../shared/outputs/index.js';
import type { FromRenderer, TuneEnded, TuneTaken } from '../../shared/rendererMessages.js';

/** How long the controller may be silent before nobody counts as listening, in ms. */
const patience = 8000;
const nobody = 'No kernel of Frameloom answers. Choose it for this notebook, and run the cell again.';

/** The runs of forms that wait for their end. */
export class TuneRequests {
  private readonly open = new Map<string, { timer: ReturnType<typeof setTimeout>; end(problem: string | undefined): void }>();

  constructor(private readonly send: (message: FromRenderer) => void) {}

  /** Makes the clip of a form anew. @returns a sentence for the reader where it was not made. */
  ask(tuneId: string, values: TuneValues): Promise<string | undefined> {
    return new Promise((resolve) => {
      const end = (problem: string | undefined): void => {
        clearTimeout(timer);
        this.open.delete(tuneId);
        resolve(problem);
      };
      const timer = setTimeout(() => end(nobody), patience);
      this.open.set(tuneId, { timer, end });
      this.send({ type: 'tuneRun', tuneId, values });
    });
  }

  /** Takes what came for a form. Once it was taken, its run may take any time. */
  receive(message: TuneTaken | TuneEnded): void {
    const asked = this.open.get(message.tuneId);
    if (message.type === 'tuneTaken') clearTimeout(asked?.timer);
    else asked?.end(message.problem);
  }
}
