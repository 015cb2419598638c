import type { Tensor } from '../core/index.js';
import type { Conditioning, GraphRewrite } from '../networks/index.js';
import type { NoiseSource, Scheduler } from '../schedulers/index.js';
import type { DenoisingNetwork } from './denoisingNetwork.js';
import type { GuidanceStep } from './families/index.js';
import { type AttentionLook, type Guidance, guidedPrediction } from './guidance.js';
import { guidedBySource, unguidedBy } from './sourceGuidance.js';
import type { Stopwatch } from './stopwatch.js';

/** Where in its schedule a step is. */
export interface BranchStep extends GuidanceStep {
  /** Entry of `scheduler.timesteps`. */
  readonly entry: number;
  /** The timestep. */
  readonly timestep: number;
}

/** A source that goes along with a run and lends it what its network computes: attention (Prompt-to-Prompt), features (plug-and-play). */
export interface SourceBranch {
  /** Before the run's own prediction: makes the source's. @returns what the run is guided by, with what the source lends. */
  before(step: BranchStep, guidance: Guidance): Promise<Guidance>;
  /** After the run's step. @returns the latents to go on with. */
  after(step: BranchStep, latents: Tensor): Tensor;
}

/** The source as it goes from noise to what it is. */
export interface SourceCourse {
  /** Makes its prediction at a step, with a changed network. @param guidance the run's own. */
  predict(step: BranchStep, guidance: Guidance, rewrites: readonly GraphRewrite[], look?: AttentionLook): Promise<void>;
  /** Its latents after a step, whose prediction was made. */
  after(step: BranchStep): Tensor;
}

/** What a course needs of its run. */
interface CourseRun {
  readonly unet: DenoisingNetwork;
  readonly stopwatch: Stopwatch;
}

/**
 * A source whose latents are known at every step: a clip run backwards, or noised. Its predictions are not guided, and only looked into.
 *
 * @param scheduler one with the run's timesteps.
 * @param at its latents at an entry of the schedule, and clean after the last.
 */
export function knownCourse(
  { unet, stopwatch }: CourseRun,
  source: Conditioning,
  scheduler: Scheduler,
  at: (entry: number) => Tensor,
): SourceCourse {
  return {
    async predict({ entry, timestep }, guidance, rewrites, look) {
      scheduler.setBeginIndex(entry);
      const input = scheduler.scaleModelInput(at(entry), timestep);
      const told = withRewrites(unguidedBy(guidance, source), rewrites, look);
      await stopwatch.measure('unet', () => guidedPrediction(unet, input, timestep, told));
    },
    after: ({ entry }) => at(entry + 1),
  };
}

/** A source that is made from noise as the run is, by the same guidance towards its own text. */
export function sampledCourse(
  { unet, stopwatch }: CourseRun,
  source: Conditioning,
  scale: number,
  sampling: { readonly scheduler: Scheduler; readonly start: Tensor; readonly noise: NoiseSource; readonly eta: number | undefined },
): SourceCourse {
  const { scheduler, start, noise: generator, eta } = sampling;
  let latents = start;
  return {
    async predict({ timestep }, guidance, rewrites, look) {
      const input = scheduler.scaleModelInput(latents, timestep);
      const told = withRewrites(guidedBySource(guidance, source, scale), rewrites, look);
      const { guided } = await stopwatch.measure('unet', () => guidedPrediction(unet, input, timestep, told));
      latents = scheduler.step(guided, timestep, latents, { generator, eta }).prevSample;
    },
    after: () => latents,
  };
}

/** The source's own prediction with a network changed further; what it is led away from stays. */
function withRewrites({ terms: [own, ...others], rescale }: Guidance, rewrites: readonly GraphRewrite[], look?: AttentionLook): Guidance {
  const conditioning = { ...own.conditioning, rewrites: [...(own.conditioning.rewrites ?? []), ...rewrites] };
  return { terms: [{ ...own, conditioning, ...(look && { look }) }, ...others], rescale };
}

/** Noise that two branches draw alike: what the source draws at a step, the run draws after it; once the source draws no more, the run goes on alone. */
export class NoiseForBoth {
  private readonly waiting: Tensor[] = [];

  /** @param drawn where it is drawn. */
  constructor(private readonly drawn: NoiseSource) {}

  /** For the source. */
  readonly first: NoiseSource = {
    randn: (dims) => {
      const noise = this.drawn.randn(dims);
      this.waiting.push(noise);
      return noise;
    },
  };

  /** For the run. */
  readonly second: NoiseSource = { randn: (dims) => this.waiting.shift() ?? this.drawn.randn(dims) };
}
