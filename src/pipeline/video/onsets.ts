import { type HeardClip, sampleRate, soundSamples } from './soundSamples.js';
import { spectrumOf } from './spectrum.js';

/** Samples of a spectrum: 46 ms. */
const WINDOW = 1024;

/** Samples from one spectrum to the next: 5 ms. */
const HOP = 110;

/** Samples before and after a clip that are heard too, so that its edges are none of the sound's. */
const AROUND = 20 * HOP;

/** Spectra before and after in which an onset has to be the greatest. */
const NEAR = 6;

/** How many times as far back the mean is taken that an onset has to rise above. */
const BACK = 3;

/** How far above it, as a share of the clip's greatest change. */
const ABOVE = 0.1;

/** Hann's window. */
const hann = Float64Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));

/**
 * Where something begins to sound in a clip: for each frame the strength of the onset that falls into it, 0 … 1, where 1 is the clip's greatest; 0 for none.
 *
 * Onsets are peaks of the spectral flux, by how much the magnitudes of a spectrum have grown since the one before, all frequencies together: Dixon 2006, "Onset
 * Detection Revisited", sections 2.1 and 2.6, with Hann windows of 46 ms every 5 ms. A peak is the greatest within 30 ms on both sides, and a tenth of the
 * greatest flux of all above the mean from 90 ms before it to 30 ms behind it. Places are right to about 20 ms. Nothing is found in silence.
 *
 * @returns one number a frame.
 * @throws what {@link soundSamples} throws.
 */
export async function onsetsOf(clip: HeardClip): Promise<number[]> {
  const flux = await spectralFlux(clip);
  const frames = flux.map((_, n) => frameAt(n, clip.fps));
  const within = (n: number): boolean => frames[n]! >= 0 && frames[n]! < clip.frames;
  const greatest = flux.reduce((most, value, n) => (within(n) ? Math.max(most, value) : most), 0);
  const onsets = new Array<number>(clip.frames).fill(0);
  if (greatest === 0) return onsets;
  for (const [n, value] of flux.entries()) {
    if (!within(n)) continue;
    const end = n + NEAR + 1;
    if (flux.slice(Math.max(0, n - NEAR), end).some((near) => near > value)) continue;
    const around = flux.slice(Math.max(0, n - BACK * NEAR), end);
    const mean = around.reduce((sum, each) => sum + each, 0) / around.length;
    if (value < mean + ABOVE * greatest) continue;
    const frame = frames[n]!;
    onsets[frame] = Math.max(onsets[frame]!, value / greatest);
  }
  return onsets;
}

/** The frame during which the middle of a window passed from one spectrum to the next; below 0 before the clip. */
function frameAt(n: number, fps: number): number {
  return Math.floor(((n * HOP + WINDOW / 2 - HOP / 2 - AROUND) * fps) / sampleRate);
}

/** For every spectrum how far the magnitudes have grown since the one before; 0 for the first. */
async function spectralFlux(clip: HeardClip): Promise<number[]> {
  const flux: number[] = [];
  let held = new Float32Array(0);
  let before: Float64Array | undefined;
  for await (const piece of soundSamples(clip, AROUND / sampleRate)) {
    const samples = new Float32Array(held.length + piece.length);
    samples.set(held);
    samples.set(piece, held.length);
    let at = 0;
    for (; at + WINDOW <= samples.length; at += HOP) {
      const spectrum = spectrumOf(Float64Array.from(hann, (weight, i) => weight * samples[at + i]!));
      const last = before ?? spectrum;
      flux.push(spectrum.reduce((sum, value, bin) => sum + Math.max(0, value - last[bin]!), 0));
      before = spectrum;
    }
    held = samples.slice(at);
  }
  return flux;
}
