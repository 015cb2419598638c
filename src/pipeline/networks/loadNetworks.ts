import { isLtx, isWan } from '../checkpoints/index.js';
import type { SchedulerChoice } from '../schedulers/index.js';
import { Autoencoder } from './autoencoder.js';
import { CaptionVocabulary } from './captionVocabulary.js';
import { checkModel } from './checkModel.js';
import { ControlNet, requireFittingControl } from './controlNet.js';
import { loadEditingAdvice } from './editingAdvice.js';
import { modelErrors } from './errors.js';
import { findModel } from './findModel.js';
import type { RuntimeOptions } from './graphOptions.js';
import { Interrogator } from './interrogator.js';
import { planMemory } from './memoryPlan.js';
import type { PartOptions } from './modelContents.js';
import { controlNetPlaces } from './modelFolder.js';
import { canShow } from './modelKinds.js';
import type { NetworkParts } from './networkParts.js';
import { openModel } from './openModel.js';
import { loadPreviewVae } from './previewVae.js';
import { checkPresets, loadPresets } from './qualityPresets.js';
import { ResidentSessions } from './residentSessions.js';
import { TextEncoder } from './textEncoder.js';
import { UNet } from './unet.js';

/** How a model is loaded. */
export interface LoadOptions extends RuntimeOptions, PartOptions {
  /** A scheduler, or the name of one, in the place of the model's own; what it leaves open comes from the model. */
  scheduler?: SchedulerChoice;
}

/**
 * Loads the networks of a model: by name or from a directory in one of the layouts that optimum and diffusers export
 * Stable Diffusion to. What cannot be run is refused before weights are read.
 *
 * @throws {FrameloomError} `FL_MODEL_NOT_FOUND`, `FL_MODEL_FILE_MISSING`, `FL_MODEL_LOAD`, `FL_MODEL_TENSOR`, `FL_MODEL_UNSUPPORTED`.
 */
export async function loadNetworks(nameOrPath: string, given: LoadOptions): Promise<NetworkParts> {
  const contents = await openModel(await findModel(nameOrPath), given);
  const { name, place: directory, folder, index, loras } = contents;
  const schedule = await checkModel(contents, given);
  const writtenPresets = folder === undefined ? undefined : await loadPresets(folder);
  if (writtenPresets) checkPresets(writtenPresets, schedule.config, directory);
  const memoryPlan = await planMemory(contents, given.memory);
  const options = { ...given, memory: memoryPlan.memory, resident: new ResidentSessions(memoryPlan.memory === 'least') };
  const textEncoder = await TextEncoder.load(contents, options);
  const unetConfig = await contents.config('unet');
  const unet = await UNet.load(contents, { ...options, keepsArena: isWan(unetConfig) || isLtx(unetConfig) });
  const vae = await Autoencoder.load(contents, options);
  const previewVae = given.previewVae === undefined ? undefined : await loadPreviewVae(given.previewVae, vae, options);
  const controlNets: ControlNet[] = [];
  for (const place of controlNetPlaces(options.controlNet)) controlNets.push(await ControlNet.load(place, options));
  const captions = folder === undefined ? undefined : await CaptionVocabulary.load(folder);
  const interrogator = folder === undefined ? undefined : await Interrogator.load(folder, options);
  const advice = folder === undefined ? undefined : await loadEditingAdvice(folder);
  const parts = { textEncoder, unet, vae, previewVae, controlNets, schedule, captions, interrogator, advice, writtenPresets, loras };
  const whole = { name, directory, ...parts, index, memoryPlan, threads: given.threads };
  requireFittingParts(whole);
  return whole;
}

/** @throws {FrameloomError} `FL_MODEL_TENSOR`, `FL_MODEL_UNSUPPORTED` for parts that do not fit one another. */
function requireFittingParts({ unet, vae, textEncoder, controlNets }: NetworkParts): void {
  const { crossAttentionDim } = unet;
  const textChannels = textEncoder.channels;
  if (crossAttentionDim !== undefined && textChannels !== undefined && textChannels !== crossAttentionDim) {
    throw modelErrors.tensor(
      unet.graph.label,
      'input "encoder_hidden_states"',
      `takes ${crossAttentionDim} channels, but the text encoder gives ${textChannels}`,
      'The two parts come from different models; take both from one.',
    );
  }
  const isOfClips = isWan(unet.config) || isLtx(unet.config);
  if (isOfClips !== vae.codesClips)
    throw modelErrors.unsupported(
      `${unet.graph.label} works on latents of ${isOfClips ? 'clips' : 'pictures'}, but ${vae.decoder.label} is an autoencoder of ${isOfClips ? 'pictures' : 'clips'}. The two parts come from different models; take both from one.`,
    );
  if (!canShow(unet.inChannels, vae.latentChannels)) {
    throw modelErrors.unsupported(
      `${unet.graph.label} takes ${unet.inChannels} channels, but the VAE has ${vae.latentChannels}, and no kind of model that Frameloom knows has ${unet.inChannels - vae.latentChannels} more or fewer. The two parts may come from different models.`,
    );
  }
  const control = 2 * vae.latentChannels + vae.scaleFactor ** 2;
  if (unet.hints && unet.hints.channels !== control)
    throw modelErrors.unsupported(
      `${unet.graph.label} takes a control of ${unet.hints.channels} channels, but that of a VACE with this VAE has ${control}: what is kept, what changes, and a mask. The two parts may come from different models.`,
    );
  for (const net of controlNets) requireFittingControl(net, unet, vae);
}
