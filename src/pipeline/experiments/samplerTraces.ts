import type { Tensor } from '../core/index.js';

/** What a sampler believed at one noise level. */
export interface TracedStep {
  /** Timestep of the call. */
  readonly timestep: number;
  /** σ ⁄ α there. */
  readonly sigma: number;
  /** −2 ln σ. */
  readonly logSnr: number;
  /** Root mean square of what changed in the predicted clean latents since the level before; undefined at the first. */
  readonly change: number | undefined;
  /** Root mean square of the difference between the predicted clean latents and the result of the fine reference. */
  readonly distance: number;
}

/** One sampler's way. */
export interface SamplerTrace {
  /** What the sampler is called. */
  readonly label: string;
  /** Its class. */
  readonly scheduler: string;
  /** Calls of the UNet that it took. */
  readonly calls: number;
  /** One for each noise level; of two calls at one level, which second-order methods make, the one that goes on from the corrected sample. */
  readonly steps: readonly TracedStep[];
  /** Root mean square of the difference between its result and that of the fine reference. */
  readonly endDistance: number;
  /** The predicted clean latents at each of `steps`, `[frames, channels, height, width]`. */
  readonly beliefs: readonly Tensor[];
}

/** How far two samplers' predicted clean latents are apart along the path of noise, and where they part. */
export interface Parting {
  /** Labels of the two. */
  readonly samplers: readonly [string, string];
  /** By log-SNR, ascending: root mean square of the difference of what the two believe there, each between its steps interpolated. */
  readonly apart: readonly {
    /** The logarithm of the signal-to-noise ratio. */
    readonly logSnr: number;
    /** Root mean square of the difference, in units of the latents. */
    readonly distance: number;
  }[];
  /** The log-SNR from which on they are apart by more than a tenth of the result's own size; undefined where they never are, or end together. */
  readonly at: number | undefined;
}

/** The fine run that samplers are measured against. */
export interface TraceReference {
  /** What its sampler is called. */
  readonly label: string;
  /** Its steps. */
  readonly steps: number;
  /** Root mean square of its result: what distances are large or small against. */
  readonly scale: number;
}

/** Apart by this share of the result's own size counts as parted. */
const PARTED = 0.1;
/** Places along the path of noise where two samplers are compared. */
const PLACES = 48;

/** What `traceSampler` found; `show` draws it. */
export class SamplerTraces {
  /** @internal Made by `traceSampler`. */
  constructor(
    /** The fine run. */
    readonly reference: TraceReference,
    /** One for each sampler, in the order in which they were named. */
    readonly traces: readonly SamplerTrace[],
  ) {}

  /** Where each two samplers part. */
  get partings(): Parting[] {
    return this.traces.flatMap((a, i) => this.traces.slice(i + 1).map((b) => partingOf(a, b, this.reference.scale)));
  }
}

function partingOf(a: SamplerTrace, b: SamplerTrace, scale: number): Parting {
  const [from, to] = [Math.max(first(a), first(b)), Math.min(last(a), last(b))];
  const places = from < to ? Array.from({ length: PLACES }, (_, i) => from + ((to - from) * i) / (PLACES - 1)) : [];
  const apart = places.map((logSnr) => ({ logSnr, distance: rootMeanSquare(beliefAt(a, logSnr), beliefAt(b, logSnr)) }));
  // The last place at which they are together still; they may meet again on the way.
  const together = apart.findLastIndex(({ distance }) => distance <= PARTED * scale);
  return { samplers: [a.label, b.label], apart, at: apart[together + 1]?.logSnr };
}

/** What a sampler believes between two of its noise levels, by log-SNR. */
function beliefAt({ steps, beliefs }: SamplerTrace, logSnr: number): Float32Array {
  const before = Math.max(
    0,
    steps.findLastIndex((step) => step.logSnr <= logSnr),
  );
  const after = steps.findIndex((step, index) => index > before && step.logSnr > steps[before]!.logSnr);
  if (after < 0) return beliefs[before]!.data;
  const share = (logSnr - steps[before]!.logSnr) / (steps[after]!.logSnr - steps[before]!.logSnr);
  const [low, high] = [beliefs[before]!.data, beliefs[after]!.data];
  return low.map((value, i) => value + share * (high[i]! - value));
}

/** Root mean square of values, or of their difference from others. */
export function rootMeanSquare(values: Float32Array, others?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - (others?.[i] ?? 0)) ** 2;
  return Math.sqrt(sum / values.length);
}

/** Where the path of noise that is compared begins; infinite noise has no place on it. */
function first({ steps }: SamplerTrace): number {
  return Math.min(...steps.map(({ logSnr }) => logSnr).filter(Number.isFinite));
}

function last({ steps }: SamplerTrace): number {
  return Math.max(...steps.map(({ logSnr }) => logSnr).filter(Number.isFinite));
}
