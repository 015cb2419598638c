import { ArgumentError, concatenate, Tensor, weightedSum } from '../core/index.js';
import type { Scheduler } from '../schedulers/index.js';
import { type Affine, type CameraMove, warpLatents } from './camera/index.js';
import type { DenoisePass, PreparedRun, RunSetup } from './preparedRun.js';

/** The steps that are left when the first frame is moved, and when all frames go on. */
export type MotionSteps = Required<Pick<CameraMove, 't0' | 't1'>>;

/** t0 and t1 as shares of the steps: Text2Video-Zero's, and later for motion models, whose own motion outweighs what comes earlier. */
const usual = { pictures: { t0: 44 / 50, t1: 47 / 50 }, motion: { t0: 0.42, t1: 0.5 } };

/**
 * When the camera's move enters a run of so many steps.
 *
 * @throws {ArgumentError} unless 0 ≤ t0 < t1 < steps; with models whose latent frames stand for several frames; where steps are captured.
 */
export function motionSteps(
  { t0, t1 }: CameraMove,
  { model, numInferenceSteps: steps, options: { capture } }: Pick<RunSetup, 'model' | 'numInferenceSteps' | 'options'>,
): MotionSteps {
  const leftOut = (why: string) => new ArgumentError('camera', 'given', `left out ${why}`);
  if (model.vae.temporalScaleFactor > 1) throw leftOut(`with ${model.name}, whose latent frames stand for several frames of the clip each`);
  if (capture !== undefined && capture !== false) throw leftOut('where steps are captured: its first steps are made twice');
  if (steps < 3) throw new ArgumentError('numInferenceSteps', steps, 'at least 3 with camera, whose move enters between two steps');
  const shares = usual[model.unet.hasMotion ? 'motion' : 'pictures'];
  const late = t1 ?? Math.min(steps - 1, Math.max((t0 ?? 0) + 1, Math.round(shares.t1 * steps)));
  const early = t0 ?? Math.min(late - 1, Math.round(shares.t0 * steps));
  if (late >= steps || early >= late)
    throw new ArgumentError('camera', `{ t0: ${early}, t1: ${late} }`, `t0 below t1, and t1 below the run's ${steps} steps`);
  return { t0: early, t1: late };
}

/**
 * What a clip's frames go on from so that the camera moves: the first frame is denoised for a few steps until its layout shows, moved for every other frame, and noised
 * again to where all of them go on.
 *
 * Khachatryan et al. 2023, "Text2Video-Zero", algorithm 1, with any affine motion in the place of a shift. Motion models, which see a clip at once, begin with a clip that
 * stands still. diffusers' `forward_loop` is one training step beside the paper's; this is the paper's.
 * @param start noise of one frame, unscaled, `[1, channels, height, width]`. @param rows frames that are worked on.
 * @param path where the places of every frame come from; the last stays for frames that were padded.
 */
export async function movedStart(
  run: PreparedRun,
  path: readonly Affine[],
  start: Tensor,
  rows: number,
  { t0, t1 }: MotionSteps,
): Promise<DenoisePass> {
  const { model, noise } = run;
  const scheduler = run.newScheduler();
  const { order, timesteps, initNoiseSigma } = scheduler;
  const [together, apart] = [t1, t0].map((left) => timesteps.length - (left + 1) * order) as [number, number];
  const first = start.map((value) => value * initNoiseSigma);
  const stillness = model.unet.hasMotion ? concatenate(Array<Tensor>(rows).fill(first)) : first;
  const frames = { start: 0, end: model.unet.hasMotion ? path.length : 1 };
  const atT1 = await run.denoise({ scheduler, latents: stillness, frames, endIndex: together });
  const atT0 = await run.denoise({ scheduler, beginIndex: together, doneSteps: together, latents: atT1, frames, endIndex: apart });
  const still = atT0.slice(0, 1);
  const moved = Array.from({ length: rows - 1 }, (_, i) =>
    warpLatents(still, path[Math.min(i + 1, path.length - 1)]!, model.vae.scaleFactor),
  );
  const [from, to] = [sharesAt(run.newScheduler(), apart), sharesAt(run.newScheduler(), together)];
  const fading = to.signal / from.signal;
  const added = Math.sqrt(Math.max(0, to.noise ** 2 - (fading * from.noise) ** 2));
  const others = rows > 1 ? [weightedSum([fading, concatenate(moved)], [added, noise.randn([rows - 1, ...start.dims.slice(1)])])] : [];
  const going = run.newScheduler();
  going.setBeginIndex(together);
  return {
    scheduler: going,
    beginIndex: together,
    doneSteps: together,
    latents: concatenate([atT1.slice(0, 1), ...others]),
    frames: { start: 0, end: path.length },
  };
}

/** How much of the clean sample and how much noise there is at an entry of the schedule, in the scheduler's own scale. */
function sharesAt(scheduler: Scheduler, index: number): { signal: number; noise: number } {
  const [one, none] = [new Tensor(Float32Array.of(1), [1, 1, 1, 1]), Tensor.zeros([1, 1, 1, 1])];
  const timestep = scheduler.timesteps[index]!;
  scheduler.setBeginIndex(index);
  return { signal: scheduler.addNoise(one, none, timestep).data[0]!, noise: scheduler.addNoise(none, one, timestep).data[0]! };
}
