import { type Command, Option } from 'commander';
import {
  type DeviceChoice,
  type DiffusionOptions,
  FrameloomError,
  type LoadOptions,
  type LoraChoice,
  type Quality,
  type MemoryChoice,
  type NumberSchedule,
  schedulerNames,
} from '../index.js';
import { namedSchedule, number, oneOrEach, schedule, texts } from './flagValues.js';
import { addLongClipFlags, type LongClipFlags, longClipOptions } from './longClipFlags.js';
import { condition, type ShownClipFlags } from './shownClipFlags.js';
import { addSteeringFlags, type SteeringFlags, steeringOptions } from './steeringFlags.js';

/** What the options of `edit` and `generate` parse to, as commander names them. */
export interface CommonFlags extends LongClipFlags, SteeringFlags, ShownClipFlags {
  output: string;
  model: string;
  variant?: string;
  vae?: string;
  motionAdapter?: string;
  transformer?: string;
  lora?: LoraChoice[];
  controlnet?: string[];
  controlEdges?: boolean;
  conditioningScale?: number[];
  controlScale?: number[];
  controlStart?: number[];
  controlEnd?: number[];
  tokenizer?: string;
  textEncoder?: string;
  predictionType?: 'epsilon' | 'v_prediction';
  negativePrompt?: string;
  quality?: Quality;
  steps?: number;
  guidanceScale?: NumberSchedule;
  loraWeight?: Record<string, NumberSchedule>;
  guidanceRescale?: number;
  decodeTimestep?: number;
  decodeNoiseScale?: number;
  scheduler?: string;
  seed?: number;
  eta?: number;
  sharedNoise?: boolean;
  width?: number;
  height?: number;
  threads?: number;
  device?: DeviceChoice;
  memory?: MemoryChoice;
  contactSheet?: string;
  history?: string;
  resumable?: boolean;
  promptCache?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** Adds the options that `edit` and `generate` share. */
export function addCommonOptions(command: Command): Command {
  return addLongClipFlags(
    addSteeringFlags(
      command
        .requiredOption('-o, --output <file>', 'the result: .mp4, .mov, .mkv, .webm, .gif, .apng, or frames/%04d.png')
        .option('-m, --model <name>', 'model: by name, a folder, or one .safetensors file', 'motion-stickers')
        .option('--vae <place>', 'another autoencoder: its folder, or one .safetensors file')
        .option('--transformer <file>', 'another transformer for a Wan 2.1: one .safetensors file, plain or VACE')
        .option(
          '--motion-adapter <place>',
          "AnimateDiff's motion modules for a Stable Diffusion 1 model: a folder, or one .safetensors file",
        )
        .option(
          '--lora <place[:weight]>',
          'a LoRA to lay over the model: a .safetensors file or its folder, and how strongly it acts; may be given several times',
          lora,
        )
        .option(
          '--lora-weight <name:n>',
          'how strongly a LoRA acts, by its name; with picture models also by frames ("style:0: 0, 24: 1"); may be given several times',
          namedSchedule,
        )
        .option(
          '--controlnet <place>',
          'a ControlNet that steers by what it is shown: a folder, or one .safetensors file; for several, repeat it',
          texts,
        )
        .option(
          '--control-clip <file>',
          'what the ControlNets, or VACE, are shown, one clip or, repeated, one for each (default: the input)',
          texts,
        )
        .option('--control-edges', 'show the ControlNets, or VACE, only the edges (Canny) of that')
        .option('--reference-image <file>', 'for VACE: a picture of what is to be seen in the result; for several, repeat it', texts)
        .option(
          '--condition <file[@frame][:strength]>',
          'for LTX-Video, where a clip is made: a picture or clip that it shows from this frame on (default: 0), and how strongly (0 to 1, default: 1); for several, repeat it',
          condition,
        )
        .option(
          '--conditioning-scale <n>',
          'for VACE: how strongly what it is shown acts, one number or one for each hint (default: 1)',
          numbers,
        )
        .option('--control-scale <n>', 'how strongly they steer, one number or one for each (default: 1)', numbers)
        .option('--control-start <share>', 'share of the steps from which on they steer, 0 to 1', numbers)
        .option('--control-end <share>', 'share of the steps up to which they steer, 0 to 1', numbers)
        .option('--tokenizer <folder>', "a tokenizer in the place of CLIP's, for a model in one file")
        .option('--text-encoder <folder>', 'for an LTX-Video in one file, which has none: a folder with text_encoder/ and tokenizer/')
        .option('--variant <word>', 'which of several sets of weights: fp16 for model.fp16.safetensors')
        .addOption(
          new Option('--prediction-type <word>', 'what a model in one file predicts, where it does not say').choices([
            'epsilon',
            'v_prediction',
          ]),
        )
        .option('-n, --negative-prompt <text>', 'what should not be seen')
        .addOption(
          new Option(
            '--quality <word>',
            'how much time to take: chooses sampler and steps that suit the model, where neither is given (frameloom models show says which)',
          ).choices(['draft', 'balanced', 'best']),
        )
        .option('--steps <n>', 'denoising steps', number)
        .option(
          '-g, --guidance-scale <n>',
          'how closely to follow the prompt; 1 is not at all guided. A number, a formula of the frame ("5 + 2*sin(2*pi*t/24)"), or either by frames ("0: 3, 48: 9")',
          schedule,
        )
        .option('--guidance-rescale <n>', 'bring back contrast lost to guidance, 0 to 1', number)
        .option(
          '--decode-timestep <n>',
          'LTX-Video from 0.9.1 on: how noisy the decoder takes the latents for, 0 to 1 (default: 0.05)',
          number,
        )
        .option(
          '--decode-noise-scale <n>',
          'LTX-Video from 0.9.1 on: share of noise mixed into the latents before decoding, 0 to 1 (default: 0.025)',
          number,
        )
        .addOption(
          new Option(
            '--scheduler <name[:knobs]>',
            `path from noise to picture, with its knobs and schedule (euler:sChurn=5,karras): ${schedulerNames.filter((name) => name === name.toLowerCase()).join(', ')}`,
          ),
        )
        .option('--seed <n>', 'whole number that fixes the noise; printed when left out', number)
        .option('--eta <n>', "DDIM's noise per step, 0 to 1", number)
        .option('--shared-noise', 'one noise for all frames')
        .option('--width <px>', 'width to work at', number)
        .option('--height <px>', 'height to work at', number)
        .option('--threads <n>', 'processor threads', number)
        .addOption(
          new Option(
            '--device <name>',
            'what runs the model: the processor, a GPU, or the first that works here (default: FRAMELOOM_DEVICE, or cpu)',
          ).choices(['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml']),
        )
        .addOption(
          new Option(
            '--memory <choice>',
            'what memory is spent on: speed, or as little as can be; by default what the machine has room for',
          ).choices(['auto', 'speed', 'least']),
        )
        .option('--ffmpeg <path>', 'ffmpeg to use instead of the one found')
        .option('--contact-sheet <file>', 'also write a picture of evenly spaced frames (.png)')
        .option(
          '--history <place>',
          'note the run (settings, numbers, a small picture) in the history of a notebook, or in a folder; else nothing is noted',
        )
        .option(
          '--resumable',
          'keep what is done beside the result, in OUTPUT.unfinished, so that the same command goes on where it was interrupted or killed',
        )
        .option(
          '--no-prompt-cache',
          'keep nothing of the prompt in the cache folder, and read nothing from there (it is used for text encoders of a gigabyte and more)',
        )
        .option('--json', 'print one line of JSON about the result on stdout, and nothing else there')
        .option('-q, --quiet', 'no progress'),
    ),
  );
}

/** The library's options out of the flags; undefined flags are left for the library's defaults. */
export function diffusionOptions(flags: CommonFlags): DiffusionOptions {
  const { negativePrompt, quality, steps, guidanceScale, guidanceRescale, scheduler, seed, eta, sharedNoise, width, height } = flags;
  const control = {
    controlEdges: flags.controlEdges,
    controlnetConditioningScale: oneOrEach(flags.controlScale),
    controlGuidanceStart: oneOrEach(flags.controlStart),
    controlGuidanceEnd: oneOrEach(flags.controlEnd),
    conditioningScale: oneOrEach(flags.conditioningScale),
    decodeTimestep: flags.decodeTimestep,
    decodeNoiseScale: flags.decodeNoiseScale,
  };
  return {
    negativePrompt,
    quality,
    numInferenceSteps: steps,
    guidanceScale,
    guidanceRescale,
    scheduler,
    seed,
    eta,
    sharedNoise,
    width,
    height,
    loraWeights: flags.loraWeight,
    ...steeringOptions(flags),
    ...control,
    ...longClipOptions(flags),
  };
}

/** How the model is to be loaded, out of the flags. */
export function loadOptions({
  threads,
  device,
  memory,
  scheduler,
  variant,
  vae,
  transformer,
  motionAdapter,
  lora: loras,
  controlnet,
  tokenizer,
  textEncoder,
  predictionType,
  promptCache,
}: CommonFlags): LoadOptions {
  return {
    threads,
    device,
    memory,
    scheduler,
    variant,
    vae,
    transformer,
    motionAdapter,
    loras,
    controlNet: controlnet,
    tokenizer,
    textEncoder,
    predictionType,
    promptCache: promptCache === false ? false : undefined,
  };
}

/** @throws {FrameloomError} `FL_USAGE` for a prompt without a word: on a command line it is a slip (an unset variable, a missing quote). */
export function checkPrompt(prompt: string): void {
  if (prompt.trim() === '')
    throw new FrameloomError(
      'FL_USAGE',
      'The prompt is empty. Say in a few words what the video should show, in quotes: "a big green car".',
    );
}

/** A LoRA's place and weight, `style.safetensors:0.8`, after those that were given before. */
function lora(text: string, before: LoraChoice[] = []): LoraChoice[] {
  // A colon with anything but a number behind it belongs to the path: drives of Windows.
  const [, path = text, weight] = /^(.+):([-+]?(?:\d+\.?\d*|\.\d+))$/.exec(text) ?? [];
  return [...before, { path, ...(weight === undefined ? {} : { weight: Number(weight) }) }];
}

/** An option's values as numbers. @throws InvalidArgumentError, which commander reports with the option's name. */
function numbers(text: string, before: readonly number[] = []): number[] {
  return [...before, number(text)];
}
