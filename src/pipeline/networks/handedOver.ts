import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type FrameloomError, nearestNames, shellQuoted } from '../core/index.js';
import { modelErrors } from './errors.js';
import { modelFolders, readJson } from './modelFiles.js';
import { modelsInside } from './modelPlaces.js';

/** Endings of files that hold weights for PyTorch. */
const weights = /\.(safetensors|ckpt|bin|pt|pth)$/i;
const archive = /\.(zip|tar|tgz|tar\.gz|tar\.xz|7z|rar)$/i;

/** What to do with text that names neither a model nor anything on this machine. */
export function adviseOnText(text: string, known: readonly string[]): FrameloomError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  const address = /^https?:\/\/(?:www\.)?huggingface\.co\/([\w.-]+\/[\w.-]+)/i.exec(text);
  const id = address?.[1] ?? (/^[\w.-]+\/[\w.-]+$/.test(text) && !/^\.{1,2}\//.test(text) && !weights.test(text) ? text : undefined);
  if (id !== undefined && !archive.test(id) && !/\.onnx$/i.test(id)) {
    return modelErrors.notAModel(
      `"${shown}" ${address ? 'is an address on' : 'is no folder here; it looks like the id of a model on'} the Hugging Face Hub. Frameloom fetches nothing. Fetch it once: hf download ${shellQuoted(id)} (it comes with pip install huggingface_hub); then give ${id} again, which is found in the Hub's cache.`,
    );
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    return modelErrors.notAModel(
      `"${shown}" is an address. Frameloom fetches nothing: download the model's whole folder and give its path.`,
    );
  }
  if (weights.test(text) || archive.test(text) || /\.onnx$/i.test(text))
    return modelErrors.notAModel(`There is no file ${shown}. A model is a folder, or one .safetensors file; give its path.`);
  return modelErrors.notFound(shown, known, modelFolders(), nearestNames(text, known, 1)[0]);
}

/** What to do with a file in the place of a model's folder. */
export function adviseOnFile(file: string): FrameloomError {
  const name = path.basename(file);
  if (/lora/i.test(name) && weights.test(name)) return modelErrors.notAModel(loraAdvice(file));
  if (name.endsWith('.safetensors')) return modelErrors.notAModel(`${file} may be a checkpoint in one file: give its path.`);
  if (weights.test(name)) return modelErrors.pickled(file);
  if (archive.test(name))
    return modelErrors.notAModel(
      `${file} is an archive. Unpack it and give the folder that holds unet/, text_encoder/, vae/ (or vae_decoder/) and tokenizer/.`,
    );
  if (/\.onnx(_data|\.data)?$/i.test(name)) {
    return modelErrors.notAModel(
      `${file} is one graph; a model is a folder with text_encoder/, unet/, vae_decoder/, vae_encoder/, tokenizer/ and scheduler/. Give the folder that holds them${/^(unet|text_encoder|vae_encoder|vae_decoder)$/.test(path.basename(path.dirname(file))) ? `: ${path.dirname(path.dirname(file))}` : ''}.`,
    );
  }
  if (name === 'model_index.json')
    return modelErrors.notAModel(`${file} is a model's table of contents; give its folder: ${path.dirname(file)}.`);
  return modelErrors.notAModel(`${file} is no model: that is a folder, or one .safetensors file. Give its path.`);
}

/** What to do with a folder that is no model's. */
export async function adviseOnFolder(directory: string): Promise<FrameloomError> {
  const inside = await modelsInside(directory);
  if (inside.length > 0)
    return modelErrors.notAModel(
      `${directory} is no model, but holds ${inside.length === 1 ? 'one' : inside.length}: give ${inside.slice(0, 10).join(', or ')}${inside.length > 10 ? ', …' : ''}.`,
    );
  const names: readonly string[] = await readdir(directory).catch(() => []);
  const isPart = ['unet', 'text_encoder', 'vae_encoder', 'vae_decoder', 'tokenizer', 'scheduler', 'transformer'].includes(
    path.basename(directory),
  );
  if (isPart) return modelErrors.notAModel(`${directory} is one part of a model; give the folder above it: ${path.dirname(directory)}.`);
  if (names.some((name) => name.startsWith('pytorch_lora_weights') || name === 'adapter_config.json'))
    return modelErrors.notAModel(loraAdvice(directory));
  const config = names.includes('config.json') ? await readJson(directory, 'config.json').catch(() => undefined) : undefined;
  if (typeof config?._class_name === 'string')
    return modelErrors.notAModel(
      `${directory} is one part of a model (${config._class_name.slice(0, 60)}). ${partAdvice(config._class_name)}`,
    );
  const single = names.filter((name) => weights.test(name) || /\.onnx$/i.test(name) || archive.test(name));
  if (single.length > 0) return adviseOnFile(path.join(directory, single.sort()[0]!));
  return modelErrors.missingFile(path.join(directory, 'unet', 'model.onnx'));
}

/** What to do with a file or folder that was meant as a model by all appearances; undefined for anything else. */
export async function adviseOnLookalike(place: string): Promise<FrameloomError | undefined> {
  const isMeant = (name: string) => weights.test(name) || archive.test(name) || /\.onnx$/i.test(name);
  const names = await readdir(place).catch(() => undefined);
  if (names === undefined) return isMeant(path.basename(place)) ? adviseOnFile(place) : undefined;
  const holdsModels = (await modelsInside(place)).length > 0;
  return holdsModels || names.some((name) => isMeant(name) || name === 'adapter_config.json') ? adviseOnFolder(place) : undefined;
}

/** What a part by itself is good for. */
function partAdvice(className: string): string {
  if (className === 'MotionAdapter') return 'Load it with a Stable Diffusion 1 model, by the option motionAdapter.';
  if (/^Autoencoder/.test(className)) return 'Load it with a model, by the option vae.';
  if (className === 'WanModel')
    return "It is Wan as its makers give it, with text encoder and autoencoder as pickles (.pth). Take it in diffusers' form, such as Wan-AI/Wan2.1-T2V-1.3B-Diffusers; with that, this transformer can be had by the option transformer.";
  return 'Give the folder of a whole model.';
}

function loraAdvice(place: string): string {
  return `${place} is a LoRA: a change to a model, not a model. Load it with a model of its kind: by the option loras, loras: [{ path: ${JSON.stringify(place)}, weight: 1 }], or on the command line by --lora.`;
}
