import type { GraphRewrite, RewrittenCall } from './graphRewrite.js';
import { framesPerCall } from './unet.js';

/** What goes through a UNet at once, and how its graph is changed meanwhile, where a run says more than frames one by one through the file's own. */
export interface NetworkWork {
  /** Whether frames look at each other by a rewrite, so that all of a window go through a picture model's UNet in one call. */
  readonly together?: boolean | undefined;
  /** Frames in a row of each picture that a picture model's UNet is shown, and rows; 1 by default. */
  readonly grid?: number | undefined;
  /** @internal What is changed of the UNet's graph for a prediction. */
  readonly rewrites?: readonly GraphRewrite[] | undefined;
  /** @internal The rewrite by which a source's prediction lends what it computes to the edit's: what it gives out is held for a step. */
  readonly lender?: GraphRewrite | undefined;
  /** With `rewrites`: whether the run predicts by the file's own graph as well, so that both are in memory. */
  readonly ownToo?: boolean | undefined;
}

/** Two works of one run. */
export function joinedWork(a: NetworkWork, b: NetworkWork = {}): NetworkWork {
  return {
    together: a.together || b.together,
    grid: Math.max(a.grid ?? 1, b.grid ?? 1),
    rewrites: [...(a.rewrites ?? []), ...(b.rewrites ?? [])],
    lender: a.lender ?? b.lender,
    ownToo: a.ownToo || b.ownToo,
  };
}

/** One of the calls that make a prediction. */
export interface PredictionCall {
  /** Pictures, or latent frames of a clip. */
  readonly samples: number;
  /** Rows of the latents of each. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** How many such calls a prediction of all frames takes. */
  readonly calls: number;
}

/** The calls of a picture network's prediction. @param latent size of a frame's latents. */
export function pictureCalls(
  frames: number,
  latent: { readonly height: number; readonly width: number },
  { together, grid = 1 }: NetworkWork,
): PredictionCall {
  const [height, width] = [grid * latent.height, grid * latent.width];
  const pictures = Math.ceil(frames / grid ** 2);
  const samples = together ? pictures : Math.min(pictures, framesPerCall(height, width));
  return { samples, height, width, calls: Math.ceil(pictures / samples) };
}

/** Shapes of what rewrites feed besides, by the names of the inputs. */
export function fedShapes(rewrites: readonly GraphRewrite[], call: RewrittenCall): [name: string, dims: readonly number[]][] {
  return rewrites.flatMap(({ feeds }) =>
    Object.entries(feeds?.(call) ?? {}).map(([name, { dims }]) => [name, dims] as [string, readonly number[]]),
  );
}

/** Tells works apart. @param frames that are predicted together. */
export function keyOfWork({ together = false, grid = 1, rewrites = [], lender, ownToo = false }: NetworkWork, frames: number): string {
  const fed = fedShapes(rewrites, { frames, first: 0, tokens: 1, height: 1, width: 1 });
  return JSON.stringify([together, grid, ownToo, rewrites.map(({ key }) => key), lender?.key, fed]);
}
