import { FrameloomError } from '../core/index.js';

/**
 * How noise and clean sample are joined in what a network was trained on, and so what its output means: in DDPM's steps of β (Stable
 * Diffusion), on the straight lines of flow matching, in EDM's continuous σ, as a consistency model of σ, or on TrigFlow's arc.
 */
export type NoisePath = 'diffusion' | 'flow' | 'edm' | 'consistency' | 'trigflow';

type Json = Readonly<Record<string, unknown>>;

/** What of a scheduler's class says which path it follows. */
interface ClassOnPath {
  readonly className: string;
  readonly defaults: object;
  readonly noisePath?: NoisePath;
}

/** What each path is, in words. */
const paths: Readonly<Record<NoisePath, string>> = {
  diffusion: 'predict noise, clean sample or v on a schedule of β (Stable Diffusion)',
  flow: 'predict the velocity of flow matching (Stable Diffusion 3, Flux, Wan, LTX-Video)',
  edm: 'scale input and output in the way of EDM (Playground 2.5, Stable Audio)',
  consistency: 'are consistency models of σ',
  trigflow: 'predict on the arc of TrigFlow (SANA-Sprint)',
};

/** Names of classes that only models of another path than DDPM's have. */
const classes: readonly (readonly [RegExp, NoisePath])[] = [
  [/Flow|LTXEuler|Helios/, 'flow'],
  [/EDM|CosineDPM/, 'edm'],
  [/CMStochastic/, 'consistency'],
  [/^SCM/, 'trigflow'],
];

/**
 * Refuses a scheduler for a model that was trained on another path of noise: it would draw nothing but noise, or grey.
 *
 * @param type the scheduler's class.
 * @param settings those that the caller chose.
 * @param model the model's `scheduler_config.json`; what says nothing of its path is taken for the scheduler's own.
 * @throws {FrameloomError} `FL_SCHEDULER_CONFIG` naming both paths, and what fits.
 */
export function requireNoisePath(type: ClassOnPath, settings: Json, model: Json): void {
  const trained = pathOfModel(model);
  if (trained === undefined) return;
  const solves = Object.hasOwn(type.defaults, 'useFlowSigmas');
  const followed = type.noisePath ?? (solves && flows({ ...model, ...settings }) ? 'flow' : 'diffusion');
  // A solver of flow over a model of β is the caller's word against the file's, as in diffusers.
  if (followed === trained || (type.noisePath === undefined && followed === 'flow')) return;
  throw new FrameloomError(
    'FL_SCHEDULER_CONFIG',
    `${type.className} is for models that ${paths[followed]}, but this model's scheduler_config.json says ${toldBy(model)}, of models that ${paths[trained]}: pictures would be nothing but noise. ${advice(type, trained, solves)}`,
  );
}

function advice({ className }: ClassOnPath, trained: NoisePath, solves: boolean): string {
  if (trained === 'diffusion') return 'Take one such as "euler", "dpmpp_2m" or "ddim", or a model that was made for it.';
  if (trained === 'flow' && solves)
    return `Set ${className}'s useFlowSigmas to true and predictionType to "flow_prediction", or take "FlowMatchEulerDiscreteScheduler".`;
  return `Take ${{ flow: '"FlowMatchEulerDiscreteScheduler"', edm: '"EDMEulerScheduler"', consistency: '"CMStochasticIterativeScheduler"', trigflow: '"SCMScheduler"' }[trained]}.`;
}

/** What a `scheduler_config.json` says of the path, in snake_case or camelCase; undefined where nothing. */
export function pathOfModel(json: Json): NoisePath | undefined {
  if (flows(json)) return 'flow';
  const named = classNameOf(json);
  const byClass = named === undefined ? undefined : classes.find(([pattern]) => pattern.test(named))?.[1];
  if (byClass !== undefined) return byClass;
  return named !== undefined || betas.some((key) => json[key] !== undefined) ? 'diffusion' : undefined;
}

const betas = ['beta_schedule', 'betaSchedule', 'beta_start', 'betaStart', 'trained_betas', 'trainedBetas'] as const;

function flows(json: Json): boolean {
  return (
    json.use_flow_sigmas === true ||
    json.useFlowSigmas === true ||
    json.prediction_type === 'flow_prediction' ||
    json.predictionType === 'flow_prediction'
  );
}

function classNameOf(json: Json): string | undefined {
  const name = json._class_name ?? json.className;
  return typeof name === 'string' ? name : undefined;
}

function toldBy(json: Json): string {
  return classNameOf(json) ?? (flows(json) ? 'use_flow_sigmas' : 'beta_schedule');
}
