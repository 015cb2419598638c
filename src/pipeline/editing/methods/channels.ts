import { ArgumentError, type Tensor } from '../../core/index.js';
import { keptOutside } from '../../diffusion/index.js';
import { defineMethod } from '../editingMethod.js';
import { flagOption, textOption } from '../methodOption.js';
import { noisedStart, stepsOf } from '../strength.js';
import { toneOfPrompt } from '../toneOfPrompt.js';

/** What a channel edit can be told beside its strength. */
export interface ChannelsSettings {
  /** With `channels`: the latent channels that are made anew, counted from 0, with commas: `4` or `0,4`. It has to be given. */
  latentChannels: string | undefined;
  /**
   * With `channels`: first give the source the brightness and contrast that the prompt asks for, as rain darkens a picture; false by default, and true where the model's
   * `editing.json` says so. One gain and one offset for all colours, found by FlowEdit at few levels.
   */
  tone: boolean;
}

/**
 * Latent channels: only some channels of the latents are made anew, from noise and towards the prompt; the others stay the source's.
 *
 * For models whose latents keep something apart: in *motion-stickers* the fifth channel (4) is what falls, snow above zero and rain below, and the others say
 * the same with it as without. Where the channels of a model are mixed, as in Stable Diffusion, this gives nothing of use.
 */
export const channels = defineMethod<ChannelsSettings>({
  name: 'channels',
  title: 'Latent channels',
  about: 'changes some channels of the latents and keeps the others',
  suits: 'Snow and rain with models whose latents keep apart what falls, as motion-stickers does: the picture beneath stays the source’s.',
  paper: 'none: it follows from how a model lays out its latents; the denoising is SDEdit’s (Meng et al. 2021)',
  cost: '2 a step',
  strength: 1,
  besideSource: true,
  laysOver: true,
  takesByFrame: ['guidanceScale', 'attentionControl', 'loraWeights'],
  options: {
    latentChannels: textOption('the latent channels that are made anew, counted from 0, with commas: 4 or 0,4'),
    tone: flagOption('first give the source the brightness and contrast that the prompt asks for, as rain darkens a picture', false),
  },
  async prepare(run, { strength, latentChannels, tone, sourcePrompt }) {
    const finder = tone ? await toneOfPrompt(run, { name: 'channels', title: 'A tone by FlowEdit' }, sourcePrompt) : undefined;
    return {
      steps: stepsOf(run, strength),
      preparation: finder?.steps ?? 0,
      async edit(window) {
        const changed = channelsOf(latentChannels, window.source.dims[1]!);
        const apart = (kept: Tensor, made: Tensor) => withChannels(kept, made, changed);
        const source = finder ? await window.encode(await finder.tone(window, apart)) : window.source;
        const { noise, ...start } = noisedStart(run, strength, { ...window, source });
        // At every level the other channels are the noised source's, so that what is made sees the picture that it comes into; at the end they are the source's.
        const { outside } = keptOutside({ latents: source, source }, undefined, start.scheduler, start.beginIndex, noise);
        const refine = (made: Tensor, _x0: Tensor, index: number) => apart(outside[index]!, made);
        return { latents: await run.denoise({ ...start, refine }) };
      },
    };
  },
});

/** @throws {ArgumentError} for what names no channels of `count`. */
function channelsOf(text: string | undefined, count: number): ReadonlySet<number> {
  const channels = (text ?? '').split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  if (channels.every((channel) => channel < count)) return new Set(channels);
  throw new ArgumentError(
    'latentChannels',
    text,
    `numbers from 0 to ${count - 1} with commas between them, as this model has ${count} latent channels`,
  );
}

/** Latents with some channels of others', both `[frames, channels, height, width]`. */
function withChannels(source: Tensor, made: Tensor, changed: ReadonlySet<number>): Tensor {
  const [, channels, height, width] = source.dims as [number, number, number, number];
  return source.map((value, i) => (changed.has(Math.floor(i / (height * width)) % channels) ? made.data[i]! : value));
}
