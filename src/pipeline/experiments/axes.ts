import { ArgumentError } from '../core/index.js';
import { oneNumber } from '../diffusion/index.js';
import { chosenScheduler, Scheduler, type SchedulerChoice } from '../schedulers/index.js';
import type { CellOptions, CompareOptions } from './options.js';

/** One thing that cells differ in. */
export interface ComparisonAxis {
  /** The option of the call: `scheduler`, `numInferenceSteps`, `seed`, `guidanceScale`, … */
  readonly option: string;
  /** What it is set to. */
  readonly values: readonly unknown[];
  /** Each value for people. */
  readonly labels: readonly string[];
}

/** A cell that is to be made. */
export interface PlannedCell {
  /** Where it stands on each axis: an index into its values, in the order of the axes. */
  readonly place: readonly number[];
  /** Label by option. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the call is given. */
  readonly options: CellOptions;
  /** Calls of the UNet that it takes, about. */
  readonly cost: number;
}

/** What a change of an option makes to be done again; the first here is the dearest. What is named nowhere costs nothing. */
const dearest: readonly (readonly string[])[] = [
  ['width', 'height', 'fit', 'windowFrames', 'windowOverlap', 'numFrames', 'fps', 'contextSchedule'], // frames, encoded source, noise
  ['seed'], // sample of the encoded source, noise, inversion
  [
    'scheduler',
    'numInferenceSteps',
    'sourcePrompt',
    'method',
    'strength',
    'contextFrames',
    'contextStride',
    'contextOverlap',
    'contextWeights',
    'contextInside',
  ], // inversion
  ['negativePrompt', 'promptTravel', 'maskPrompt', 'isolatedPrompt', 'surroundingsPrompt'], // text embeddings
];

/** The axes, those whose change costs most first: they vary slowest. */
export function axesOf({ schedulers, steps, seeds = [0], vary = {} }: CompareOptions): ComparisonAxis[] {
  const axes: ComparisonAxis[] = [
    { option: 'seed', values: seeds, labels: seeds.map(String) },
    ...(schedulers ? [{ option: 'scheduler', values: schedulers, labels: unlike(schedulers.map(schedulerLabel)) }] : []),
    ...(steps ? [{ option: 'numInferenceSteps', values: steps, labels: steps.map(String) }] : []),
    ...Object.entries(vary).map(([option, values]) => ({
      option,
      values: values as unknown[],
      labels: (values as unknown[]).map(labelOf),
    })),
  ];
  for (const { option, labels } of axes) {
    const double = labels.find((label, index) => labels.indexOf(label) < index);
    if (double !== undefined)
      throw new ArgumentError(option, double, 'named once', `The value ${double} of ${option} stands twice in the comparison.`);
  }
  const rank = ({ option }: ComparisonAxis) => {
    const index = dearest.findIndex((options) => options.includes(option));
    return index < 0 ? dearest.length : index;
  };
  return axes
    .map((axis) => [axis, rank(axis)] as const)
    .sort(([, a], [, b]) => a - b)
    .map(([axis]) => axis);
}

/** Every cell in the order in which they are made. @param own what the model does where the options say nothing. */
export function planCells(
  axes: readonly ComparisonAxis[],
  common: CellOptions,
  own: { steps: number; guidanceScale: number; schedulerConfig: Readonly<Record<string, unknown>> },
): PlannedCell[] {
  const places = axes.reduce<number[][]>((all, { values }) => all.flatMap((place) => values.map((_, index) => [...place, index])), [[]]);
  return places.map((place) => {
    const chosen = axes.map(({ option, values }, axis) => [option, values[place[axis]!]] as const);
    const options = { ...common, ...Object.fromEntries(chosen) };
    const labels = Object.fromEntries(axes.map(({ option, labels: all }, axis) => [option, all[place[axis]!]!]));
    const steps = Math.ceil((options.numInferenceSteps ?? own.steps) * (oneNumber(options.strength) ?? 1));
    const calls = options.scheduler === undefined ? 1 : chosenScheduler(options.scheduler, own.schedulerConfig).order;
    return { place, labels, options, cost: steps * calls * ((oneNumber(options.guidanceScale) ?? own.guidanceScale) > 1 ? 2 : 1) };
  });
}

/** What a scheduler is called in a figure: its name as given, and its knobs. */
export function schedulerLabel(choice: SchedulerChoice): string {
  if (typeof choice === 'string') return choice;
  if (choice instanceof Scheduler) return choice.className;
  const { name, ...knobs } = choice;
  return [name, ...Object.entries(knobs).map(([knob, value]) => `${knob} ${labelOf(value)}`)].join(', ');
}

function labelOf(value: unknown): string {
  return typeof value === 'string' ? value || '(empty)' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Two schedulers of one class have other settings: they are counted. */
function unlike(labels: readonly string[]): string[] {
  return labels.map((label, index) => {
    const before = labels.slice(0, index).filter((other) => other === label).length;
    return before > 0 && /Scheduler$/.test(label) ? `${label} (${before + 1})` : label;
  });
}
