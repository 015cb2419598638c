import { type Command, InvalidArgumentError } from 'commander';
import type { DiffusionOptions, FrameSource, NumberSchedule, RegionalPrompt } from '../index.js';
import { namedSchedule, number, texts } from './flagValues.js';

/** What the flags that steer the network parse to, as commander names them. */
export interface SteeringFlags {
  crossFrame?: FrameSource[];
  weighWord?: Record<string, NumberSchedule>;
  regionPrompt?: RegionalPrompt[];
  pagScale?: number;
  pagLayer?: string[];
  segScale?: number;
  segBlurSigma?: number;
  segLayer?: string[];
  sagScale?: number;
  freeU?: number[];
  guidanceStart?: number;
  guidanceEnd?: number;
  guidanceZeroStar?: boolean;
  zeroInitSteps?: number;
  firstBlockCache?: number;
}

/** Adds the options that change the network while it predicts. */
export function addSteeringFlags(command: Command): Command {
  return command
    .option(
      '--cross-frame <frames>',
      'each frame takes keys and values of self-attention from: own, first, previous; of several with commas (first,previous), so that frames of a picture model hang together',
      (text) => text.split(',') as FrameSource[],
    )
    .option(
      '--weigh-word <word:weight>',
      'what the attention to a word of the prompt is multiplied by (car:1.5); with picture models also by frames (car:0: 1, 24: 3); may be given several times',
      namedSchedule,
    )
    .option(
      '--region-prompt <x,y,width,height:text>',
      'a prompt for a part of the picture, told in shares of it (0,0.5,1,0.5:a blue sea); may be given several times',
      regionPrompt,
    )
    .option('--pag-scale <n>', 'perturbed-attention guidance: how far from what is predicted without self-attention (usual: 3)', number)
    .option('--pag-layer <path>', 'a layer without self-attention for that (default: mid_block); may be given several times', texts)
    .option(
      '--seg-scale <n>',
      'smoothed energy guidance: how far from what is predicted with blurred queries of self-attention (usual: 3)',
      number,
    )
    .option('--seg-blur-sigma <n>', 'deviation of that blur, in places of the layer (default: infinite, the mean)', number)
    .option('--seg-layer <path>', 'a layer whose queries are blurred for that (default: mid_block); may be given several times', texts)
    .option(
      '--sag-scale <n>',
      'self-attention guidance: how far from what is predicted for latents blurred where the network looks most (usual: 0.75)',
      number,
    )
    .option('--free-u <b1,b2,s1,s2>', 'FreeU: what comes up times b1 and b2, what skips over times s1 and s2 (1.5,1.6,0.9,0.2)', (text) =>
      text.split(',').map(number),
    )
    .option('--guidance-start <n>', 'share of the steps from which on there is guidance, 0 to 1 (default: 0)', number)
    .option('--guidance-end <n>', 'share of the steps up to which there is guidance, 0 to 1 (default: 1)', number)
    .option('--guidance-zero-star', 'flow models (Wan, LTX-Video): guide by CFG-Zero*')
    .option('--zero-init-steps <n>', 'flow models: first steps at which nothing is predicted (CFG-Zero*: 4 % of them)', number)
    .option(
      '--first-block-cache <n>',
      'Wan and LTX-Video: leave all blocks but the first out where the first changes by no more than this, 0 to 1 (usual: 0.05 to 0.1)',
      number,
    );
}

/** The library's options out of the flags; undefined flags are left for the library's defaults. */
export function steeringOptions(flags: SteeringFlags): DiffusionOptions {
  const [b1, b2, s1, s2] = flags.freeU ?? [];
  return {
    crossFrame: flags.crossFrame,
    attentionControl: flags.weighWord && { words: flags.weighWord },
    regionalPrompts: flags.regionPrompt,
    pagScale: flags.pagScale,
    pagAppliedLayers: flags.pagLayer,
    segScale: flags.segScale,
    segBlurSigma: flags.segBlurSigma,
    segAppliedLayers: flags.segLayer,
    sagScale: flags.sagScale,
    guidanceStart: flags.guidanceStart,
    guidanceEnd: flags.guidanceEnd,
    guidanceZeroStar: flags.guidanceZeroStar,
    zeroInitSteps: flags.zeroInitSteps,
    firstBlockCacheThreshold: flags.firstBlockCache,
    // What is missing, the check of the options names.
    freeU: flags.freeU && ({ b1, b2, s1, s2 } as DiffusionOptions['freeU']),
  };
}

/** A region and its prompt, `0,0.5,1,0.5:a blue sea`, after those that were given before. */
function regionPrompt(text: string, before: readonly RegionalPrompt[] = []): RegionalPrompt[] {
  const [, sides, prompt] = /^([^:]+):(.+)$/.exec(text) ?? [];
  const [x, y, width, height, ...more] = (sides ?? '').split(',').map(number);
  if (prompt === undefined || height === undefined || more.length > 0)
    throw new InvalidArgumentError('It must be x,y,width,height and a prompt, such as "0,0.5,1,0.5:a blue sea".');
  return [...before, { prompt, region: [x!, y!, width!, height] }];
}
