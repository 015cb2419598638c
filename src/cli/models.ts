import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { installedModels, LatentDiffusionModel, modelFolders } from '../index.js';
import { onOneLine, print, printJson, remark } from './terminal.js';

/** `frameloom models` and `frameloom models show NAME` */
export function registerModels(program: Command): void {
  const command = program.command('models').description('list the models that are installed, those that cannot be loaded with the reason').option('--json', 'print one line of JSON').action(list);
  command.command('show').description('say what a model is: sizes, frames, settings, words').argument('<name>', 'a model, by name or directory').action(show);
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const models = await installedModels();
  if (json) return printJson(models);
  for (const { name, directory, problem } of models) {
    print([name, directory, ...(problem === undefined ? [] : [`cannot be loaded: ${problem}`])].map(onOneLine).join('\t'));
  }
  const folders = modelFolders().map((folder) => `${folder}${existsSync(folder) ? '' : ' (not there)'}`);
  remark(`Looked in ${folders.join(', ')} (FRAMELOOM_MODELS adds folders).`);
}

async function show(name: string): Promise<void> {
  const model = await LatentDiffusionModel.fromPretrained(name);
  const { unet, vae, recommended, sampleSize, schedule } = model;
  const lines = [
    `${model.name} (${model.directory})`,
    `UNet: ${unet.hasMotion ? `motion, ${model.windowFrames} frames at a time${recommended.maxFrames > model.windowFrames ? `, clips of up to ${recommended.maxFrames} as one` : ''}` : 'pictures, frame by frame'}; predicts ${String(model.schedulerConfig.prediction_type ?? 'epsilon')}`,
    `Pictures: ${sampleSize.width} × ${sampleSize.height} in training, multiples of ${model.sizeMultiple} px; latents ${vae.latentChannels} channels, 1/${vae.scaleFactor} of the size`,
    `Prompts: ${model.tokenizer.length} tokens`,
    `Settings: ${model.scheduler.className}, ${recommended.numInferenceSteps} steps, guidance ${recommended.guidanceScale}, ${recommended.fps} fps`,
    ...(schedule.notice === undefined ? [] : [schedule.notice]),
    ...(vae.encoder ? [] : ['It has no vae_encoder/: it makes videos from text, and edits none.']),
  ];
  const words = model.tokenizer.vocabulary.filter((word) => /^[a-z]+$/.test(word)).sort();
  // A closed vocabulary is worth reading; CLIP's 49,408 pieces are not.
  if (words.length < 2000) lines.push(`Words it knows (${words.length}): ${words.join(' ')}`);
  print(lines.map(onOneLine).join('\n'));
  await model.release();
}
