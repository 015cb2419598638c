import { ambientCallKeeper, type CallWork } from '../core/index.js';
import { machineSpeed } from './machineSpeed.js';
import type { LatentDiffusionNetworks } from './latentDiffusionNetworks.js';
import type { PartNeeds, RunSize } from './modelNeeds.js';

/** How long something takes here. */
export interface SecondsRange {
  /** Seconds, when nothing disturbs. */
  readonly least: number;
  /** Seconds, when the machine has other things to do or the model's layers suit it badly. */
  readonly most: number;
}

/** A run whose time is asked for. */
export interface RunWork extends RunSize {
  /** Denoising steps of a window. */
  readonly steps: number;
  /** Predictions of a step: 2 with a negative prompt. */
  readonly predictions: number;
  /** Windows of the clip. */
  readonly windows: number;
  /** Whether a source is encoded first. */
  readonly encodes: boolean;
}

/** How far from a measured speed calls end up: small layers and operators between products are slower, 8 % where it was measured well. */
const MEASURED_BEFORE = { least: 0.9, most: 1.3 };
const PROBED = { least: 0.9, most: 2.2 };

/** How long one prediction of the UNet takes, of all frames of a window. */
export function predictionSeconds(model: LatentDiffusionNetworks, size: RunSize): Promise<SecondsRange> {
  return secondsOf(model, denoising(model, size));
}

/** How long a run takes, from the first frame to the last; of one that is taken up, what is left. */
export function runSeconds(model: LatentDiffusionNetworks, run: RunWork): Promise<SecondsRange> {
  const operations = runOperations(model, run);
  const kept = ambientCallKeeper()?.before;
  return secondsOf(model, Math.max(0, operations - (kept?.operations ?? 0)), kept);
}

/** The share of a run, 0 … 1, whose work was kept from before. */
export function keptShare(model: LatentDiffusionNetworks, run: RunWork): number {
  const operations = runOperations(model, run);
  return operations === 0 ? 0 : Math.min(1, (ambientCallKeeper()?.before.operations ?? 0) / operations);
}

function runOperations(model: LatentDiffusionNetworks, { steps, predictions, windows, encodes, ...size }: RunWork): number {
  const { parts } = model.needsOf(size);
  const others = parts.filter(({ group }) => group === 'decode' || (encodes && group === 'encode'));
  return windows * (steps * predictions * denoising(model, size) + operationsOf(others));
}

/** Operations of a run; whoever has few need not ask how long they take. */
export function operationsOf(parts: readonly PartNeeds[]): number {
  return parts.reduce((sum, { operations, calls }) => sum + operations * calls, 0);
}

function denoising(model: LatentDiffusionNetworks, size: RunSize): number {
  return operationsOf(model.needsOf(size).parts.filter(({ group }) => group === 'denoise'));
}

/** @param kept work that was done before, which tells how fast this machine was. */
async function secondsOf({ unet, threads }: LatentDiffusionNetworks, operations: number, kept?: CallWork): Promise<SecondsRange> {
  const own = unet.graph.operationsPerSecond ?? (kept && kept.seconds > 0 ? kept.operations / kept.seconds : undefined);
  const seconds = operations / (own ?? (await machineSpeed(unet.graph.use.device, threads)));
  const { least, most } = own === undefined ? PROBED : MEASURED_BEFORE;
  return { least: least * seconds, most: most * seconds };
}

/** `40 to 90 ms`, `5 to 9 s`, `2 to 4 min`, `1 to 2 h`. */
export function describeSeconds({ least, most }: SecondsRange): string {
  const [unit, name] = most < 0.5 ? [0.001, 'ms'] : most < 120 ? [1, 's'] : most < 7200 ? [60, 'min'] : [3600, 'h'];
  const [from, to] = [least, most].map((seconds) => Number((seconds / unit).toPrecision(seconds / unit < 10 ? 1 : 2)));
  return from === to ? `${to} ${name}` : `${from} to ${to} ${name}`;
}
