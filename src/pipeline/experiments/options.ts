import {
  abortSignal,
  ArgumentError,
  callback,
  checkOptions,
  instanceOf,
  type OptionCheck,
  type OptionChecks,
  Tensor,
  text,
} from '../core/index.js';
import { diffusionChecks, type Progress } from '../diffusion/index.js';
import type { EditVideoOptions } from '../editing/index.js';
import type { ClipEncoders } from '../metrics/index.js';
import type { GenerateVideoOptions } from '../pipelines/index.js';
import type { SchedulerChoice } from '../schedulers/index.js';

/** Options of a run that do not belong to one cell: the comparison has its own, or gives them. */
const notOfCells: readonly string[] = [
  'callbackOnStepEnd',
  'capture',
  'onNotice',
  'onProgress',
  'resumable',
  'shared',
  'signal',
  'stopwatch',
];

/** Options of `editVideo` or `generateVideo` that a cell may be made with. */
export type CellOptions = Omit<
  EditVideoOptions & GenerateVideoOptions,
  'callbackOnStepEnd' | 'capture' | 'onNotice' | 'onProgress' | 'resumable' | 'shared' | 'signal' | 'stopwatch'
>;

/** How far a comparison has come. */
export interface ComparisonProgress {
  /** Cells that are done, those that were taken from the folder included. */
  readonly done: number;
  /** How many there are. */
  readonly cells: number;
  /** Share of the whole that is done, 0 … 1. */
  readonly fraction: number;
  /** Seconds that are left at the speed of the cells made so far; undefined before the first. */
  readonly secondsLeft: number | undefined;
  /** The same for people: `cell 3 of 12: step 5 of 10`. */
  readonly text: string;
  /** Of the cell at work. */
  readonly run: Progress | undefined;
}

/** What is compared, and by what. */
export interface CompareOptions {
  /** Schedulers, each as `scheduler` takes it: names, names with knobs, or objects. The model's own by default. */
  schedulers?: readonly SchedulerChoice[];
  /** Denoising steps; the model's recommendation by default. */
  steps?: readonly number[];
  /** Seeds; 0 by default. */
  seeds?: readonly number[];
  /** Further options of the call and their values: `{ guidanceScale: [3, 5, 8], strength: [0.4, 0.7] }`. */
  vary?: { readonly [Option in keyof CellOptions]?: readonly CellOptions[Option][] };
  /** Options that all cells have. */
  options?: CellOptions;
  /** What was to change in an edit, `[frames or 1, 1, height, width]` of 0 … 1: nearness is then also told inside and outside of it. */
  mask?: Tensor;
  /** A long run whose result the others should have come to: each cell's `distance` is that to the clip which it makes from the same seed and the same varied options. */
  reference?: {
    /** How many steps it takes. */
    readonly steps: number;
    /** By which scheduler; by default each cell's own. */
    readonly scheduler?: SchedulerChoice;
  };
  /** What looks at the frames for consistency and alignment: CLIP's encoders; by default the model's own interrogator. */
  encoders?: ClipEncoders;
  /** Where cells are kept, so that the same call goes on where it was interrupted; in a notebook beside it by default. Else they are kept in memory. */
  folder?: string;
  /** Ends the comparison between two steps; what is done is kept. */
  signal?: AbortSignal;
  /** Called as work goes on. */
  onProgress?: (progress: ComparisonProgress) => void;
  /** Called with remarks that are no errors, each once; printed to stderr by default. */
  onNotice?: (notice: string) => void;
}

/** A list with something in it, without doubles. */
function listOf(check: OptionCheck): OptionCheck {
  return (values, name) => {
    if (!Array.isArray(values) || values.length === 0) return 'a list of at least one value';
    values.forEach((value, index) => {
      const wanted = check(value, name);
      if (wanted !== undefined) throw new ArgumentError(`${name}[${index}]`, value, wanted);
    });
    return undefined;
  };
}

const checks: OptionChecks<CompareOptions> = {
  schedulers: listOf(diffusionChecks.scheduler),
  steps: listOf(diffusionChecks.numInferenceSteps),
  seeds: listOf(diffusionChecks.seed),
  vary: (vary) => {
    if (typeof vary !== 'object' || vary === null || Array.isArray(vary)) return 'lists of values by option: { guidanceScale: [3, 5] }';
    for (const [name, values] of Object.entries(vary)) {
      const wanted = listOf(() => undefined)(values, name);
      if (wanted !== undefined) throw new ArgumentError(`vary.${name}`, values, wanted);
    }
    return undefined;
  },
  options: (options) => (typeof options === 'object' && options !== null ? undefined : 'an object with options of every cell'),
  mask: instanceOf(Tensor, 'a Tensor [frames, 1, height, width]'),
  reference: (reference) => {
    if (typeof reference !== 'object' || reference === null) return 'the steps of a long run: { steps: 100 }';
    checkOptions('reference', reference as NonNullable<CompareOptions['reference']>, {
      steps: diffusionChecks.numInferenceSteps,
      scheduler: diffusionChecks.scheduler,
    });
    return undefined;
  },
  encoders: (encoders) =>
    typeof (encoders as ClipEncoders | null)?.embedFrames === 'function' ? undefined : 'encoders: { embedFrames, embedPrompt }',
  folder: text,
  signal: abortSignal,
  onProgress: callback,
  onNotice: callback,
};

/** Axes that have an option of their own. */
const ownAxes: Readonly<Record<string, string>> = { scheduler: 'schedulers', numInferenceSteps: 'steps', seed: 'seeds' };

/** @throws {ArgumentError} for an option that does not exist or cannot be used, whatever the model. */
export function checkCompareOptions(options: CompareOptions): void {
  checkOptions('compareSchedulers', options, checks);
  for (const name of [...Object.keys(options.vary ?? {}), ...Object.keys(options.options ?? {})]) {
    const own = ownAxes[name];
    if (own !== undefined)
      throw new ArgumentError(name, 'varied or fixed apart', own, `Say ${name} as ${own}: [ … ], also where there is only one.`);
  }
  for (const name of Object.keys(options.vary ?? {}))
    if (Object.hasOwn(options.options ?? {}, name))
      throw new ArgumentError(
        name,
        'both in vary and in options',
        'in one of them',
        `${name} stands both in vary and in options; leave it out of one.`,
      );
  for (const name of [...Object.keys(options.options ?? {}), ...Object.keys(options.vary ?? {})])
    if (notOfCells.includes(name))
      throw new ArgumentError(
        name,
        'an option of the cells',
        'left out',
        `${name} cannot be an option of the cells of a comparison: it does not change what they show.`,
      );
  for (const method of [options.options?.method, ...(options.vary?.method ?? [])])
    if (typeof method === 'object')
      throw new ArgumentError(
        'method',
        method,
        'the name of a method',
        "Only methods that have a name in Frameloom can be compared: cells are kept by their settings, and a method of one's own may change without its settings changing.",
      );
}
