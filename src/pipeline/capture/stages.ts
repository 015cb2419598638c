import type { Run } from './run.js';

/**
 * The method's stages as one run went through them: source, latents, text, diffusion, result. `show(run.stages)` draws
 * them on one card.
 */
export class Stages {
  /** @param run the run to be drawn. */
  constructor(readonly run: Run) {}
}
