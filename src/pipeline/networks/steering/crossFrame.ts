import { ArgumentError, type OptionCheck } from '../../core/index.js';
import { crossFrameAttention, FRAME_INDEX_INPUT } from '../../onnx/index.js';
import type { GraphRewrite } from '../graphRewrite.js';
import type { UNet } from '../unet.js';

/** A frame that self-attention takes keys and values from: itself, the first one of its window, or the one before it. */
export type FrameSource = 'own' | 'first' | 'previous';

const sources: readonly FrameSource[] = ['own', 'first', 'previous'];

/** One source, or a list of different ones. */
export const crossFrameCheck: OptionCheck = (value) => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const fits = list.length > 0 && new Set(list).size === list.length && list.every((each) => sources.includes(each as FrameSource));
  return fits ? undefined : `${sources.map((each) => `'${each}'`).join(', ')}, or a list of them, each once`;
};

/**
 * Self-attention over the keys and values of other frames, by which frames made by a picture model hang together: all of the first one
 * (Khachatryan et al. 2023, "Text2Video-Zero"), or of the first and the one before (Wu et al. 2023, "Tune-A-Video"). Nothing is trained.
 *
 * @param from the frames whose places each frame attends over, one list behind the other; `'own'` changes nothing.
 * @throws {ArgumentError} for a network that has no attention within single frames, or whose graph fixes the number of pictures of a call;
 * {@link FrameloomError} `FL_ONNX_UNSUPPORTED` where keys and values cannot be told apart by frames.
 */
export function crossFrame({ attentions, fixedPictures, graph }: UNet, from: FrameSource | readonly FrameSource[]): GraphRewrite {
  const list = [from].flat();
  const refuse = (why: string) => new ArgumentError('crossFrame', from, `left out with ${graph.label}: ${why}`);
  if (fixedPictures !== undefined)
    throw refuse(
      `it was exported for ${fixedPictures} ${fixedPictures === 1 ? 'picture' : 'pictures'} a call, and frames that look at each other go through it together`,
    );
  if (!attentions.sites.some(({ kind }) => kind === 'self'))
    throw refuse('it has no attention within single frames that could look at others');
  return attentions.attempted({
    key: 'cross-frame',
    joinsFrames: true,
    apply: (rewriter) => void crossFrameAttention(rewriter, attentions.in(rewriter), attentions.inputs),
    feeds: ({ frames }) => ({
      [FRAME_INDEX_INPUT]: {
        data: Array.from({ length: frames }, (_, frame) => list.map((source) => frameOf(source, frame))).flat(),
        dims: [frames, list.length],
      },
    }),
  });
}

function frameOf(source: FrameSource, frame: number): number {
  return source === 'own' ? frame : source === 'first' ? 0 : Math.max(0, frame - 1);
}
