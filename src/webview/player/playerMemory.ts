import type { Zoom } from './fitting.js';

/** How two clips are shown: only one, beside each other, or one over the other with a line between. */
export type View = 'single' | 'side' | 'wipe';

/** What is worth keeping when a page is hidden, or a file changed under it. */
export interface PlayerMemory {
  readonly frame: number;
  readonly first: number;
  readonly last: number;
  readonly rate: number;
  readonly loop: boolean;
  readonly view: View;
  readonly zoom: Zoom;
}
