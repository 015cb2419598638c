/** Pipelines of diffusers that Frameloom cannot run: what people call the model, by what `model_index.json` calls its class. */
const kinds: readonly [RegExp, string][] = [
  [/StableDiffusionXL|SDXL|KolorsPipeline/, 'Stable Diffusion XL'],
  [/StableDiffusion3/, 'Stable Diffusion 3'],
  [/Flux/, 'Flux'],
  [/StableVideoDiffusion/, 'Stable Video Diffusion'],
  [/Upscale/, 'an upscaler'],
  [/Depth2Img/, 'a depth-to-image model (5 latent channels)'],
  [/StableUnCLIP|UnCLIP/, 'unCLIP'],
  [/Kandinsky/, 'Kandinsky'],
  [/StableCascade|Wuerstchen/, 'Würstchen (Stable Cascade)'],
  [/CogVideoX/, 'CogVideoX, a video transformer'],
  [/HunyuanVideo|Mochi|Allegro|Latte|Cosmos|SkyReels|EasyAnimate|ConsisID|MotifVideo/, 'a video transformer'],
  [
    /PixArt|Sana|HunyuanDiT|Lumina|AuraFlow|QwenImage|CogView|Chroma|OmniGen|HiDream|ZImage|Bria|VisualCloze|DiT/,
    'a diffusion transformer',
  ],
  [/I2VGenXL|ImageVariation|PaintByExample/, 'a model that is led by a picture rather than by words'],
  [/^IF|DeepFloyd/, 'DeepFloyd IF, which works in pixels'],
  [/Audio|Music|Bark|Shap|PointE|Marigold/, 'no model of pictures from words'],
  [
    /^(DDPM|DDIM|PNDM|ScoreSde|KarrasVe|LDM|Consistency|VQDiffusion|Amused|RePaint|DanceDiffusion|LDMSuperResolution)/,
    'not a Stable Diffusion model',
  ],
];

/** What Frameloom runs, for messages. */
export const whatRuns =
  'Frameloom runs Stable Diffusion 1.x and 2.x (Turbo, latent consistency, inpainting and InstructPix2Pix models included), AnimateDiff, Wan 2.1 from text to video, its VACE, and LTX-Video.';

/** What a class of diffusers is called, for those that cannot be run. */
export function kindByClass(className: string): string | undefined {
  return kinds.find(([pattern]) => pattern.test(className))?.[1];
}

/** What a folder without a UNet of Stable Diffusion is, by the parts that it has. */
export function kindByParts(parts: readonly string[]): string | undefined {
  const has = (...names: string[]) => names.every((name) => parts.includes(name));
  if (has('transformer', 'text_encoder_2')) return has('text_encoder_3') ? 'Stable Diffusion 3' : 'Flux';
  if (has('transformer')) return 'a diffusion transformer';
  if (has('prior')) return 'a model in several stages (Würstchen, Kandinsky, unCLIP)';
  if (has('controlnet') && !has('unet')) return 'a ControlNet by itself (to be laid over a model by the option controlNet)';
  if (has('unet', 'text_encoder_2')) return 'Stable Diffusion XL';
  if (has('unet', 'image_encoder') && !has('text_encoder')) return 'Stable Video Diffusion';
  return undefined;
}

/**
 * Whether a network with this many channels can be run: it takes latents alone, or is shown in further ones the source (InstructPix2Pix), or a mask and
 * what the mask leaves of it (inpainting).
 */
export function canShow(channels: number, latentChannels: number): boolean {
  return [0, latentChannels, latentChannels + 1].includes(channels - latentChannels);
}

/**
 * What a UNet is made for, by the inputs and channels that its graph declares; undefined for one that can be run.
 *
 * @param isBuilt whether the graph is our own, which takes the residuals of ControlNets only where some are loaded.
 */
export function kindByInputs(
  inputs: ReadonlyMap<string, readonly (number | string)[]>,
  configuredChannels: unknown,
  latentChannels: number,
  isBuilt = false,
): string | undefined {
  const names = [...inputs.keys()];
  if (names.includes('text_embeds') || names.includes('time_ids')) return 'Stable Diffusion XL (its UNet takes text_embeds and time_ids)';
  if (names.includes('added_time_ids')) return 'Stable Video Diffusion (its UNet takes added_time_ids)';
  if (names.includes('controlnet_cond')) return 'a ControlNet by itself';
  if (!isBuilt && names.some((name) => /^down_block|^mid_block/.test(name)))
    return 'a UNet for ControlNet, which wants its residuals; export the UNet without ControlNet';
  if (names.includes('class_labels')) return 'an upscaler or unCLIP (its UNet takes class_labels)';
  if (names.includes('image_embeds')) return 'a model that is led by a picture (its UNet takes image_embeds)';
  const declared = inputs.get('sample')?.[1];
  const channels = typeof declared === 'number' && declared > 0 ? declared : configuredChannels;
  if (typeof channels !== 'number' || canShow(channels, latentChannels)) return undefined;
  const purpose: Readonly<Record<number, string>> = {
    5: 'a depth-to-image model',
    7: 'an upscaler',
  };
  // Without a timestep it is no UNet at all, which loading it will say.
  if (!(channels in purpose) && !names.includes('timestep')) return undefined;
  return `${purpose[channels] ?? 'a model with further inputs'} (its UNet takes ${channels} latent channels, the VAE gives ${latentChannels})`;
}
