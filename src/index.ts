/**
 * Frameloom: text-guided video editing and generation with latent diffusion.
 *
 * ```ts
 * import { LatentDiffusionModel, Video } from 'frameloom';
 *
 * const model = await LatentDiffusionModel.fromPretrained('motion-stickers');
 * const clip = await Video.open('red-car.mp4');
 * const edited = await model.editVideo(clip, 'a big green car on a blue background');
 * await edited.save('green-car.mp4');
 * ```
 *
 * @module
 */
export * from './pipeline/index.js';
export * from './display/index.js';
