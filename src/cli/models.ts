import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { installedModels, LatentDiffusionModel, type MemoryChoice, modelFolders, type NetworkFacts } from '../index.js';
import { gigabytes, PromptCache } from '../library.js';
import { number } from './flagValues.js';
import { describeNeeds } from './modelNeeds.js';
import { onOneLine, print, printJson, remark } from './terminal.js';

/** `frameloom models` and `frameloom models show NAME` */
export function registerModels(program: Command): void {
  const command = program
    .command('models')
    .description('list the models that are installed, those that cannot be loaded with the reason')
    .option('--json', 'print one line of JSON')
    .action(list);
  command
    .command('show')
    .description('say what a model is: sizes, frames, settings, words, the memory and time that it takes here')
    .argument('<name>', 'a model, by name or directory')
    .option('--width <px>', 'width to tell memory and time for', number)
    .option('--height <px>', 'height to tell memory and time for', number)
    .option('--num-frames <n>', 'frames of a window to tell them for', number)
    .addOption(new Option('--memory <choice>', 'what memory is spent on').choices(['auto', 'speed', 'least']))
    .action(show);
  command
    .command('forget-prompts')
    .description(
      'remove what large text encoders made of prompts, which is kept in the cache folder so that they are not read for every run',
    )
    .action(forgetPrompts);
}

async function forgetPrompts(): Promise<void> {
  const { folder, count, bytes } = await new PromptCache().clear();
  print(
    count === 0
      ? `There are no prompts in ${folder}.`
      : `Removed ${count} ${count === 1 ? 'prompt' : 'prompts'} (${gigabytes(bytes)}) from ${folder}.`,
  );
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

/** Types of weights, rather than of shapes and positions. */
const realTypes = ['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2', 'U8', 'I8'];

/** `unet: 859.5 M weights in F16, 1.72 GB, built from unet/diffusion_pytorch_model.safetensors` */
function describeNetwork({ part, from, file, parameters }: NetworkFacts): string {
  const counts = [...parameters].filter(([type, count]) => realTypes.includes(type) && count > 0).sort((a, b) => b[1] - a[1]);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const bytes = counts.reduce(
    (sum, [type, count]) => sum + count * (type === 'F64' ? 8 : type === 'F32' ? 4 : type.startsWith('F8') ? 1 : 2),
    0,
  );
  const short = (value: number) => String(Number(value.toPrecision(4)));
  const where = path.join(path.basename(path.dirname(file)), path.basename(file));
  return `  ${part}: ${short(total / 1e6)} M weights in ${counts.map(([type]) => type).join(' and ')}, ${short(bytes / 1e6)} MB, ${from === 'onnx' ? 'exported:' : 'built from'} ${where}`;
}

/** What each word of quality stands for, with what was measured of it. */
function describePresets({ presets, writtenPresets, scheduler }: LatentDiffusionModel): string[] {
  const lines = (['generate', 'edit'] as const).flatMap((purpose) =>
    Object.entries(presets[purpose]).map(([quality, { scheduler: named = scheduler.className, numInferenceSteps, measured }]) => {
      const numbers = Object.entries(measured).map(([name, value]) => `${name} ${value}`);
      const shown = numbers.length > 0 ? `: ${numbers.join(', ')}` : '';
      return `  ${purpose} --quality ${quality}: ${named}, ${numInferenceSteps} steps${shown}`;
    }),
  );
  return ['Quality:', ...lines, `  ${writtenPresets?.about ?? 'not measured on this model; by habit'}`];
}

/** What `show` is asked for beside the model. */
interface ShowFlags {
  width?: number;
  height?: number;
  numFrames?: number;
  memory?: MemoryChoice;
}

async function show(name: string, { width, height, numFrames, memory }: ShowFlags): Promise<void> {
  const model = await LatentDiffusionModel.fromPretrained(name, { memory });
  const { unet, vae, recommended, sampleSize, schedule } = model;
  const lines = [
    `${model.name} (${model.directory})`,
    `Kind: ${model.family}`,
    ...model.networks.map(describeNetwork),
    `UNet: ${unet.hasMotion ? `motion, ${model.windowFrames} frames at a time${recommended.maxFrames > model.windowFrames ? `, clips of up to ${recommended.maxFrames} as one` : ''}` : 'pictures, frame by frame'}; predicts ${String(model.schedulerConfig.prediction_type ?? (model.scheduler.className.startsWith('FlowMatch') ? 'flow_prediction' : 'epsilon'))}`,
    `Pictures: ${sampleSize.width} × ${sampleSize.height} in training, multiples of ${model.sizeMultiple} px; latents ${vae.latentChannels} channels, 1/${vae.scaleFactor} of the size${vae.temporalScaleFactor > 1 ? `, one frame of them for every ${vae.temporalScaleFactor} after the first` : ''}`,
    `Prompts: ${model.tokenizer.length} tokens`,
    `Settings: ${model.scheduler.className}, ${recommended.numInferenceSteps} steps, guidance ${recommended.guidanceScale}, ${recommended.fps} fps${recommended.deflicker > 0 ? `, deflicker ${recommended.deflicker}` : ''}`,
    ...describePresets(model),
    ...(await describeNeeds(model, {
      width: width ?? sampleSize.width,
      height: height ?? sampleSize.height,
      frames: numFrames ?? model.windowFrames,
    })),
    ...(schedule.notice === undefined ? [] : [schedule.notice]),
    ...(vae.encoder ? [] : ['It has no encoder of pictures: it makes videos from text, and edits none.']),
  ];
  const words = model.tokenizer.vocabulary.filter((word) => /^[a-z]+$/.test(word)).sort();
  // A closed vocabulary is worth reading; CLIP's 49,408 pieces are not.
  if (words.length < 2000) lines.push(`Words it knows (${words.length}): ${words.join(' ')}`);
  print(lines.map(onOneLine).join('\n'));
  await model.release();
}
