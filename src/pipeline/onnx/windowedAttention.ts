import type { FoundAttention } from './attentionSites.js';
import { castLike } from './castLike.js';
import { computedFrom } from './dataFlow.js';
import { onnxErrors } from './errors.js';
import { GraphRewriter } from './graphRewriter.js';
import { inferShapes } from './inferShapes.js';
import { fixedSizes, inputShapes, type NetworkInputs, tellingSizes } from './networkInputs.js';
import { ElementType } from './onnxModel.js';

/** The input that says which frames each window holds: int64 `[windows, frames of a window]`. */
export const WINDOW_FRAMES_INPUT = 'frameloom/window_frames';

/** The input with what each place of each window counts for a frame: float32 `[frames, windows · frames of a window]`, whose rows add up to 1. */
export const WINDOW_WEIGHTS_INPUT = 'frameloom/window_weights';

/** Nodes from an attention's own product to where it is added to what it was given, at the most. */
const MOST_STEPS = 16;

/** Attentions over frames that follow one another, each added to what it was given. */
interface Stretch {
  /** What goes into the first. */
  readonly from: string;
  /** What comes out of the last. */
  to: string;
}

/**
 * Lets attention over frames see a clip in windows: what a motion module's attentions are given is cut into windows, each goes through them by itself with positions from 0 on, and
 * what comes out is averaged frame by frame; the rest of the network sees each frame once.
 *
 * Qiu et al. 2023, "FreeNoise: Tuning-Free Longer Video Diffusion Via Noise Rescheduling", section 3.3; diffusers' `FreeNoiseTransformerBlock`. One window of all frames gives
 * what the network gave before.
 *
 * @param attentions as found in this very graph; those that are not over frames are passed over.
 * @throws {FrameloomError} `FL_ONNX_UNSUPPORTED` where what goes into a motion module's attentions is not laid out frame by frame.
 */
export function windowedAttention(graph: GraphRewriter, attentions: readonly FoundAttention[], inputs: NetworkInputs): void {
  const sizes = fixedSizes(graph.model, inputs, tellingSizes);
  const shapes = inferShapes(new GraphRewriter(graph.model), inputShapes(graph.model, inputs, sizes));
  const varying = computedFrom(graph, inputs.sample);
  const stretches: Stretch[] = [];
  for (const { site, block } of attentions) {
    if (site.kind !== 'temporal') continue;
    const added = residualOf(graph, block.context.outputs[0]!, varying);
    const shape = added && shapes.get(added.from);
    if (!added || shape?.length !== 3 || shape[1] !== sizes.frames)
      throw onnxErrors.unsupported(
        graph.model.file,
        `${site.id} is not built as in AnimateDiff's motion modules, so a clip cannot be seen in windows inside of it. Leave contextInside out, and windows are averaged around the network.`,
      );
    const before = stretches.at(-1);
    if (before?.to === added.from) before.to = added.to;
    else stretches.push(added);
  }
  const frames = graph.addInput(WINDOW_FRAMES_INPUT, ElementType.int64, ['windows', 'window_frames']);
  const weights = graph.addInput(WINDOW_WEIGHTS_INPUT, ElementType.float, ['frames_of_clip', 'window_places']);
  const list = (...values: number[]) => graph.constant(values, ElementType.int64);
  const length = (value: string, axis: number) => graph.add('Slice', [graph.add('Shape', [value]), list(axis), list(axis + 1), list(0)]);
  const reshaped = (value: string, frameCount: string, like: string) =>
    graph.add('Reshape', [value, graph.add('Concat', [list(-1), frameCount, length(like, 2)], { axis: 0 })]);
  for (const { from, to } of stretches) {
    // [places, frames, channels] → [places · windows, frames of a window, channels], and back.
    graph.splice(from, (value) => reshaped(graph.add('Gather', [value, frames], { axis: 1 }), length(frames, 1), value));
    graph.splice(to, (value) => graph.add('MatMul', [castLike(graph, weights, value), reshaped(value, length(weights, 1), value)]));
  }
}

/** Where the output of an attention is added to what the attention was given, and what that is. */
function residualOf(graph: GraphRewriter, context: string, varying: ReadonlySet<string>): Stretch | undefined {
  let value = context;
  for (let step = 0; step < MOST_STEPS; step++) {
    const [use, ...others] = graph.usesOf(value).filter(({ node }) => node.opType !== 'Shape');
    if (!use || others.length > 0) return undefined;
    const { opType, inputs, outputs } = use.node;
    const other = inputs[1 - use.input];
    if (opType === 'Add' && other !== undefined && varying.has(other)) return { from: other, to: outputs[0]! };
    value = outputs[0]!;
  }
  return undefined;
}
