import { ArgumentError, concatenate, type Tensor, weightedSum } from '../core/index.js';
import type { Conditioning, LatentDiffusionNetworks } from '../networks/index.js';
import { requireFramesOf, sortedKeyframes } from './keyframes/index.js';
import type { DiffusionOptions, FrameSpan } from './options.js';
import type { PromptTravel } from './promptTravel.js';

/** @throws {ArgumentError} for a frame that the clip does not have. @param frameCount frames of the clip, where that is known. */
export function requireTravelFrames({ promptTravel }: Pick<DiffusionOptions, 'promptTravel'>, frameCount: number | undefined): void {
  requireFramesOf('promptTravel', promptTravel ?? {}, frameCount);
}

/**
 * Where a prompt can travel at all.
 *
 * @throws {ArgumentError} with networks that read one text for all frames of a call, unless windows of a step let it change; with video models, and with
 * what looks at the words or at the regions of one prompt.
 */
export function requireTravel(
  model: LatentDiffusionNetworks,
  { promptTravel, contextSchedule, windowFrames, capture, attentionControl, regionalPrompts }: DiffusionOptions & { windowFrames?: number },
): void {
  if (!promptTravel) return;
  const refused = (wanted: string) => new ArgumentError('promptTravel', promptTravel, wanted);
  if (model.vae.temporalScaleFactor > 1)
    throw refused(`left out with ${model.name}, whose latent frames stand for several frames of the clip each`);
  if (!model.unet.textPerFrame && contextSchedule === undefined && windowFrames === undefined)
    throw refused(
      `given with contextSchedule (--context-schedule) with ${model.name}, whose network reads one text for all frames that it sees at once`,
    );
  if (typeof capture === 'object' && capture.attention)
    throw refused('left out where attention is captured: words are those of one prompt');
  if (attentionControl !== undefined) throw refused('left out with attentionControl: words are those of one prompt');
  if (regionalPrompts !== undefined) throw refused('left out with regionalPrompts, which stand beside one prompt');
}

/** The texts of a clip's frames, encoded. */
export class TravellingPrompt {
  private constructor(private readonly keyframes: readonly (readonly [frame: number, embeddings: Tensor])[]) {}

  /** Encodes the texts of a schedule. */
  static async encode(travel: PromptTravel, condition: (text: string) => Promise<Conditioning>): Promise<TravellingPrompt> {
    const keyframes: [number, Tensor][] = [];
    for (const [frame, text] of sortedKeyframes(travel)) keyframes.push([frame, (await condition(text)).embeddings]);
    return new TravellingPrompt(keyframes);
  }

  /** Embeddings `[frames, tokens, channels]`, between two keyframes by their distance, as diffusers' FreeNoise has it; the last text stays. */
  embeddingsOf({ start, end }: FrameSpan): Tensor {
    return concatenate(Array.from({ length: end - start }, (_, i) => this.embeddingsAt(start + i)));
  }

  private embeddingsAt(frame: number): Tensor {
    const next = this.keyframes.findIndex(([at]) => at > frame);
    if (next < 0) return this.keyframes.at(-1)![1];
    const [[from, before], [to, after]] = [this.keyframes[next - 1]!, this.keyframes[next]!];
    const share = (frame - from) / (to - from);
    return share === 0 ? before : weightedSum([1 - share, before], [share, after]);
  }
}
