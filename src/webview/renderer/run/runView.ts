import type { Atlas, RunPayload } from '../../../shared/outputs/index.js';
import type { AtlasPicture } from './atlasPicture.js';
import type { Playhead } from './playhead.js';

/** What every view of a run draws from. */
export interface RunScene {
  readonly payload: RunPayload;
  readonly playhead: Playhead;
  /** The picture of an atlas once it is there; the first call sends for it, and everything is drawn anew when it comes. */
  picture(atlas: Atlas): AtlasPicture | undefined;
  /** Asks for a drawing at the next animation frame. */
  redraw(): void;
}

/** One tab of a run. */
export interface RunView {
  readonly root: HTMLElement;
  /** Whether what is shown depends on the step, the frame: the scrubbers that can do nothing are switched off. */
  readonly follows: { readonly step: boolean; readonly frame: boolean };
  /** Draws the playhead's moment. Called at most once for each picture of the screen, and only while the tab is shown. */
  draw(): void;
  dispose(): void;
}
