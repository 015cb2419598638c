import { setImmediate } from 'node:timers/promises';
import type { PreparedRun } from '../diffusion/prepare.js';
import { throwIfAborted } from '../errors.js';
import type { CaptionVocabulary } from '../model/captionVocabulary.js';
import { Generator } from '../noise/generator.js';
import { DDIMScheduler } from '../schedulers/index.js';
import type { Tensor } from '../tensor.js';
import type { Frame } from '../video/index.js';

/** Where on the noise schedule captions are told apart best, as a share of it: things keep their outlines there. */
const LEVEL = 0.3;

/** Schedule steps to choose that level from. */
const STEPS = 50;

/** Frames looked at, as shares of the window: each with noise of its own. */
const GLANCES = [0.4, 0.8];

/**
 * How many of the likeliest answers may be what the prompt says for it to count as what the source shows.
 * A subject is easily taken for one like it; colours and places are not.
 */
const BENEFIT_OF_DOUBT: Readonly<Record<string, number>> = { subject: 4, background: 2 };

/** Categories that a clip need not have: things have colours of their own, and most clips no effect. */
const MAY_BE_UNSAID: readonly string[] = ['effect', 'colour'];

/**
 * Categories in the order in which they are read: what covers most of the picture first, so that it is right for the rest,
 * and the colour before the subject, which is told from others half as often under a wrong one.
 */
const ORDER = ['background', 'effect', 'colour', 'subject'] as const;

/**
 * The prompt, with its background, effect, subject and colour as the source shows them.
 *
 * The model itself reads them: of a set of captions, the one under which the UNet denoises a noised frame best is taken
 * to be true (Li et al. 2023, "Your Diffusion Model is Secretly a Zero-Shot Classifier"). Single frames are looked at, so
 * motion and camera are taken to be what the prompt says. Only what the prompt names is asked for.
 *
 * @param frames of the source's first window; only those looked at are encoded.
 * @param prompt without weights.
 */
export async function readSource(run: PreparedRun, vocabulary: CaptionVocabulary, frames: readonly Frame[], prompt: string): Promise<string> {
  const seen = GLANCES.map((share) => frames[Math.floor(share * (frames.length - 1))]!);
  const look = glances(run, await run.stopwatch.measure('encode', () => run.model.encodeFrames(seen)));
  let caption = prompt;
  let doubted: string | undefined;
  for (const category of ORDER) {
    const named = vocabulary.read(prompt).parts.get(category)?.value;
    if (named === undefined || !vocabulary.values[category]) continue;
    const candidates = new Map(Object.keys(vocabulary.values[category]).map((value) => [value, vocabulary.with(caption, category, value)]));
    if (MAY_BE_UNSAID.includes(category)) candidates.set('', vocabulary.without(caption, category));
    const errors = new Map<string, number>();
    for (const [value, text] of candidates) errors.set(value, await look(text));
    const likeliest = [...errors].sort((a, b) => a[1] - b[1]).map(([value]) => value);
    // A drawn car may be red by nature: that its colour goes unsaid counts only where the prompt names that very colour.
    const [first, second] = likeliest as [string, string];
    const best = category === 'colour' && first === '' && second !== named ? second : first;
    const believed = likeliest.slice(0, BENEFIT_OF_DOUBT[category] ?? 1).includes(named) ? named : best;
    if (believed !== named) caption = candidates.get(believed)!;
    else if (best !== named) doubted = candidates.get(best);
  }
  // Who asks for an edit wants something to change: without any difference, the doubt was misplaced.
  return caption === prompt && doubted !== undefined ? doubted : caption;
}

/** Gives each caption the error with which the UNet finds the clean frames under it, each by itself, all with the same noise. */
function glances(run: PreparedRun, latents: Tensor): (caption: string) => Promise<number> {
  const { model, stopwatch, guidance, options } = run;
  const scheduler = DDIMScheduler.fromConfig(model.schedulerConfig);
  scheduler.setTimesteps(STEPS);
  const index = Math.round((1 - LEVEL) * (STEPS - 1));
  const timestep = scheduler.timesteps[index]!;
  // Noise of its own, the same for every seed: a clip reads alike each time, and the edit comes out the same without being read.
  const noise = new Generator(0);
  const looks = GLANCES.map((_, frame) => {
    const clean = model.padFrames(latents.slice(frame, frame + 1));
    return { clean, noisy: scheduler.addNoise(clean, noise.randn(clean.dims), timestep) };
  });
  return async (caption) => {
    throwIfAborted(options.signal, 'Reading the source');
    const { embeddings } = await stopwatch.measure('text', () => model.textEncoder.encode(caption));
    let error = 0;
    for (const { clean, noisy } of looks) {
      const prediction = await stopwatch.measure('unet', () => model.unet.predict(noisy, timestep, { embeddings, guidanceScale: guidance.scale }));
      scheduler.setBeginIndex(index);
      const { predOriginalSample } = scheduler.step(prediction, timestep, noisy);
      error += predOriginalSample.data.reduce((sum, value, i) => sum + (value - clean.data[i]!) ** 2, 0);
    }
    await setImmediate();
    return error;
  };
}
