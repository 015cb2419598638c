import { ArgumentError, concatenate, type Frame, swapFramesAndChannels, type Tensor } from '../../core/index.js';
import type { NoiseSource } from '../../schedulers/index.js';
import { ConditionedFrames } from '../conditionedFrames.js';
import { diffusionErrors } from '../errors.js';
import { notice } from '../notice.js';
import { countedFrames, listedConditions, type VideoCondition } from '../videoConditions.js';
import type { ConditionedRun, FamilyRun } from './modelFamily.js';

/** Latent frames of a clip in the middle that stand before the clip's own, as diffusers has it; further ones take the places of the clip's own. */
const PREFIX = 2;

/** Share of fresh noise that diffusers' `LTXConditionPipeline` gives what is given for good, before every step (`image_cond_noise_scale`). */
const NOISE_SCALE = 0.15;

/** Whether an LTX-Video takes conditions at any frame (from 0.9.5 on); others go on from one first picture. */
export function takesConditions({ model }: Pick<FamilyRun, 'model'>): boolean {
  return model.unet.config.causal_positions === true;
}

/** @throws {ArgumentError} for conditions in an edit, or that an LTX-Video before 0.9.5 cannot keep. */
export function checkLtxConditions(run: Pick<FamilyRun, 'model' | 'options'>, edits: boolean): void {
  const { conditions } = run.options;
  if (conditions === undefined) return;
  if (edits)
    throw new ArgumentError(
      'conditions',
      'given',
      'left out where a clip is edited: they are for generateVideo, where a clip is made from them',
    );
  run.model.vae.requireEncoder();
  const [first, ...others] = listedConditions(conditions);
  if (takesConditions(run) || (others.length === 0 && first!.frameIndex === 0 && first!.strength === 1)) return;
  throw new ArgumentError(
    'conditions',
    'given',
    '',
    `${run.model.name} is an LTX-Video before 0.9.5, which goes on from one picture alone. Give one condition, at frameIndex 0 with strength 1, or take one from 0.9.5 on (its model_index.json says LTXConditionPipeline).`,
  );
}

/**
 * What a run begins with that is made from pictures and clips. Noise is drawn in the order of diffusers: before 0.9.5 behind the picture's latents, from then on before
 * those of the conditions, each of which is a sample of what it may be.
 *
 * @throws what reading a clip throws; {@link AbortError}.
 */
export async function ltxConditions(run: FamilyRun, { numFrames, draw }: ConditionedRun): Promise<ConditionedFrames | undefined> {
  const conditions = listedConditions(run.options.conditions);
  if (conditions.length === 0) return undefined;
  const { generator } = run;
  if (!takesConditions(run)) {
    const picture = await latentsOf(run, await shownFrames(run, conditions[0]!, 1));
    const own = draw();
    own.data.set(picture.data);
    return new ConditionedFrames({
      latents: own,
      leadingAt: [],
      strengths: Array.from({ length: own.dims[0]! }, (_, frame) => (frame === 0 ? 1 : 0)),
      noiseScale: 0,
      generator,
    });
  }
  const own = draw();
  const strengths = Array<number>(own.dims[0]!).fill(0);
  const leading: { readonly at: readonly number[]; readonly latents: Tensor; readonly strength: number }[] = [];
  const factor = run.model.vae.temporalScaleFactor;
  for (const condition of conditions) {
    const { frameIndex, strength } = condition;
    const frames = await shownFrames(run, condition, numFrames);
    let latents = await latentsOf(run, frames);
    if (frameIndex === 0) {
      placed(own, latents, 0, strength, strengths);
      continue;
    }
    if (latents.dims[0]! > PREFIX) placed(own, latents.slice(PREFIX), frameIndex / factor + PREFIX, strength, strengths);
    latents = latents.slice(0, Math.min(PREFIX, latents.dims[0]!));
    const noise = clipNoise(run).randn(latents.dims);
    const at = Array.from({ length: latents.dims[0]! }, (_, i) => frameIndex + Math.max(0, (i - 1) * factor + 1));
    leading.push({ at, latents: towards(noise, latents, strength), strength });
  }
  return new ConditionedFrames({
    latents: concatenate([...leading.map(({ latents }) => latents), own]),
    leadingAt: leading.flatMap(({ at }) => at),
    strengths: [...leading.flatMap(({ at, strength }) => at.map(() => strength)), ...strengths],
    noiseScale: NOISE_SCALE,
    generator,
  });
}

/** The frames of a condition that count, at the size worked at. @param numFrames of the clip that is made; 1 where only a picture counts. */
async function shownFrames({ model, options, size }: FamilyRun, condition: Required<VideoCondition>, numFrames: number): Promise<Frame[]> {
  const { video, frameIndex } = condition;
  const scaled = await video.resize({ width: size.width, height: size.height, fit: 'cover' });
  const frames: Frame[] = [];
  for await (const frame of scaled.frames({ start: 0, end: numFrames - frameIndex, signal: options.signal })) frames.push(frame);
  if (frames.length === 0) throw diffusionErrors.clipEnds();
  const factor = model.vae.temporalScaleFactor;
  const counted = countedFrames(condition, frames.length, numFrames, factor);
  const all = video.frameCount ?? frames.length;
  if (counted < all)
    notice(
      options,
      `Of the ${all} frames of the condition at frame ${frameIndex} the first ${counted} count${numFrames === 1 ? '' : `: as many as fit, ${factor}n + 1 of them`}.`,
    );
  return frames.slice(0, counted);
}

/** A sample of what the latents of some frames may be. */
function latentsOf(run: FamilyRun, frames: readonly Frame[]): Promise<Tensor> {
  return run.model.vae.encode(frames, clipNoise(run), run.calls.aside);
}

/** Noise for a clip at once. */
function clipNoise({ generator }: FamilyRun): NoiseSource {
  return {
    randn: ([frames, channels, height, width]) => swapFramesAndChannels(generator.randn([1, channels!, frames!, height!, width!])),
  };
}

/** Puts a condition's latents into the clip's own. */
function placed(own: Tensor, latents: Tensor, start: number, strength: number, strengths: number[]): void {
  const end = start + latents.dims[0]!;
  own.slice(start, end).data.set(towards(own.slice(start, end), latents, strength).data);
  strengths.fill(strength, start, end);
}

/** `torch.lerp`: from one to the other. */
function towards(from: Tensor, to: Tensor, share: number): Tensor {
  return from.map((value, i) => (share < 0.5 ? value + share * (to.data[i]! - value) : to.data[i]! - (to.data[i]! - value) * (1 - share)));
}
