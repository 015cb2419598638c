import { type Frame, Tensor } from '../core/index.js';
import type { CaptionVocabulary, Interrogator } from '../networks/index.js';

/** What turns frames, and prompts where it can, into vectors whose angle tells how alike they are: CLIP's two encoders, or others. */
export interface ClipEncoders {
  /** `[frames, n]`, one vector a frame; of any length. */
  embedFrames(frames: readonly Frame[]): Promise<Tensor>;
  /** `[1, n]`, in the same space as the frames' vectors. */
  embedPrompt?(prompt: string): Promise<Tensor>;
}

/** A model that can say what it sees, as far as metrics need it. */
export interface SeeingModel {
  /** Reads what frames show. */
  readonly interrogator: Interrogator | undefined;
  /** What its captions are made of. */
  readonly captions: CaptionVocabulary | undefined;
}

/**
 * What the interrogator of a model says of each frame as vectors: the square roots of its probabilities, category after category, each
 * vector of length 1. The cosine of two such vectors is the mean over the categories of the Bhattacharyya coefficient (1943) of
 * the two distributions: 1 where both frames show the same, 0 where nothing agrees.
 */
export async function embedByInterrogator(interrogator: Interrogator, frames: readonly Frame[]): Promise<Tensor> {
  const rows: number[][] = [];
  for (const frame of frames) {
    const { answers } = await interrogator.read([frame]);
    rows.push([...answers.values()].flatMap((row) => [...row.values()].map((share) => Math.sqrt(share / answers.size))));
  }
  return new Tensor(Float32Array.from(rows.flat()), [frames.length, rows[0]!.length]);
}
