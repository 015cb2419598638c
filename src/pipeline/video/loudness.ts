import { type HeardClip, sampleRate, soundSamples } from './soundSamples.js';

/**
 * How loud a clip is during each of its frames: the root mean square of the samples that are heard from the frame's beginning to the next one's, 0 … 1, where 1 is
 * full scale (a sine of full scale has √½). The measure of librosa's `feature.rms` (McFee et al. 2015), with frames of the video for its own.
 *
 * @returns one number a frame; 0 where the sound has ended.
 * @throws what {@link soundSamples} throws.
 */
export async function loudnessOf(clip: HeardClip): Promise<number[]> {
  const squares = new Float64Array(clip.frames);
  let sample = 0;
  for await (const piece of soundSamples(clip)) {
    for (const value of piece) {
      const frame = Math.floor((sample++ * clip.fps) / sampleRate);
      if (frame < clip.frames) squares[frame]! += value * value;
    }
  }
  return Array.from(squares, (sum, frame) => Math.sqrt(sum / samplesOf(frame, clip.fps)));
}

/** Samples that begin during a frame. */
function samplesOf(frame: number, fps: number): number {
  const first = (at: number): number => Math.ceil((at * sampleRate) / fps);
  return Math.max(1, first(frame + 1) - first(frame));
}
