import { ArgumentError, type Frame, type Tensor } from '../core/index.js';
import { parsePromptWeights } from '../networks/index.js';
import { meanOf, requireFrames } from './clips.js';
import { type ClipEncoders, embedByInterrogator, type SeeingModel } from './encoders.js';

/**
 * Frame consistency (CLIP-F): mean cosine of the frames' vectors over all pairs of frames. Wu et al. 2023, "Tune-A-Video: One-Shot Tuning of
 * Image Diffusion Models for Text-to-Video Generation", section 4.2. Higher is steadier.
 *
 * With CLIP's image encoder as `by` it is the published number. With a model that brings an interrogator its answers are the
 * vectors (square roots of its probabilities, so that the cosine is the mean Bhattacharyya coefficient of two frames): comparable among clips of that model, not with published numbers.
 * @returns −1 … 1; NaN for fewer than two frames; undefined for a model without an interrogator.
 * @throws {ArgumentError} for frames of different sizes, or vectors that do not fit.
 */
export async function frameConsistency(frames: readonly Frame[], by: ClipEncoders | SeeingModel): Promise<number | undefined> {
  requireFrames(frames, 'frames');
  if (!('embedFrames' in by) && !by.interrogator) return undefined;
  const encoded = 'embedFrames' in by ? await by.embedFrames(frames) : await embedByInterrogator(by.interrogator!, frames);
  const vectors = rowsOf(encoded, frames.length);
  return meanOf(vectors.flatMap((a, i) => vectors.slice(i + 1).map((b) => cosine(a, b))));
}

/**
 * Prompt alignment (CLIP-T): how well the frames show what the prompt says. Higher is better.
 *
 * With `by` that encodes prompts too: mean cosine of each frame's vector and the prompt's, unscaled (Hessel et al. 2021, "CLIPScore";
 * Wu et al. 2023, section 4.2). With a model that brings an interrogator and a vocabulary: mean over what the prompt names (subject,
 * colour, …) of the probability, 0 … 1, that the frames show it; what cannot be seen in single frames does not count.
 * @param prompt weights are left out.
 * @returns undefined where nothing can be said: no such part, or a prompt that names nothing which can be seen.
 * @throws {ArgumentError} for frames of different sizes, or vectors that do not fit.
 */
export async function promptAlignment(
  frames: readonly Frame[],
  prompt: string,
  by: ClipEncoders | SeeingModel,
): Promise<number | undefined> {
  requireFrames(frames, 'frames');
  const plain = parsePromptWeights(prompt)
    .map(({ text }) => text)
    .join('');
  if (!('embedFrames' in by)) return namedShare(frames, plain, by);
  if (!by.embedPrompt) return undefined;
  const [text] = rowsOf(await by.embedPrompt(plain), 1);
  return meanOf(rowsOf(await by.embedFrames(frames), frames.length).map((row) => cosine(row, text!)));
}

/** Mean probability of what the prompt names. */
async function namedShare(frames: readonly Frame[], prompt: string, { interrogator, captions }: SeeingModel): Promise<number | undefined> {
  if (!interrogator || !captions) return undefined;
  const named = captions.read(prompt).parts;
  const { answers } = await interrogator.read(frames);
  const shares = [...answers].flatMap(([category, row]) => row.get(named.get(category)?.value ?? '\0') ?? []);
  return shares.length > 0 ? meanOf(shares) : undefined;
}

/** @throws {ArgumentError} for another number of vectors. */
function rowsOf(vectors: Tensor, count: number): Float32Array[] {
  const [rows, length] = vectors.dims;
  if (vectors.dims.length !== 2 || rows !== count || !length)
    throw new ArgumentError('encoders', `vectors of shape [${vectors.dims.join(', ')}]`, `encoders that give [${count}, n]`);
  return Array.from({ length: rows }, (_, row) => vectors.data.subarray(row * length, (row + 1) * length));
}

function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length)
    throw new ArgumentError('encoders', `vectors of ${a.length} and ${b.length} numbers`, 'encoders whose vectors all have one length');
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squareA += a[i]! ** 2;
    squareB += b[i]! ** 2;
  }
  return product / Math.sqrt(squareA * squareB);
}
