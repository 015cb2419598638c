import type { AmbientExperiment, AmbientPreparation, AmbientProgress, AmbientStep, Frame, Tensor } from '../pipeline/core/index.js';
import { Comparison } from '../pipeline/experiments/index.js';
import { stageText } from '../pipeline/diffusion/index.js';
import { drawLatents, matrixFor } from '../pipeline/networks/index.js';
import { PREVIEW_MIME } from '../shared/outputs/index.js';
import type { Bundle, PreviewPayload } from '../shared/outputs/index.js';
import { LiveComparison } from './experiments/liveComparison.js';
import { PreparationPictures } from './preparationPictures.js';
import { previewSheet, withinPixels } from './previewSheet.js';
import type { DisplaySink } from './sink.js';

/** Frames that are read come faster than anyone can look, in ms. */
const READING_INTERVAL = 100;

/** Pixels of all frames of a step that the renderer is sent; seventeen frames of 272 × 480 have as many. */
const MOST_PIXELS = 17 * 272 * 480;

interface Run {
  readonly id: string;
  readonly model: object;
  readonly began: number;
  /** The last step; undefined while the run is being prepared. */
  latest: AmbientStep | undefined;
  /** Whether its output stands in the document. */
  displayed: boolean;
  payload: PreviewPayload;
}

/** What is drawn, whether it comes of a step or of the preparation. */
interface Look {
  /** What is being done, where it is not a step. */
  readonly stage?: string;
  readonly step: number;
  readonly steps: number;
  readonly sigma?: number | undefined;
  readonly timestep?: number | undefined;
  readonly secondsLeft?: number | undefined;
  /** Where the first picture stands in the clip. */
  readonly start: number;
  readonly pictures: readonly Frame[];
  /** Whether it goes into the document too; the renderer sees it in any case. */
  readonly stored: boolean;
}

let serial = 0;

/**
 * Shows what a run is making, all frames at once, in one output that is updated in place: first the source as it is read,
 * with what is going to change and the noise that it is given, then every step.
 *
 * The runs of a comparison have no outputs of their own: they are shown where they belong in its grid.
 *
 * One of these follows one cell: give {@link preparation}, {@link step}, {@link experiment} and {@link progress} to the ambient
 * observers of those names, and call {@link finish} when the cell ends.
 */
export class LivePreview {
  private run: Run | undefined;
  private replaceable: string | undefined;
  private readonly sources = new PreparationPictures();
  private fraction: number | undefined;
  private lastReading = 0;
  private readonly comparisons: LiveComparison[] = [];

  /** @param sink where the preview is shown. */
  constructor(private readonly sink: DisplaySink) {}

  /** Takes one denoising step. Never throws: a preview that cannot be drawn must not end the run. */
  readonly step = async (step: AmbientStep): Promise<void> => {
    try {
      await this.drawStep(step);
    } catch {
      this.run = undefined;
    }
  };

  /** Takes a piece of what comes before the first step. Never throws. */
  readonly preparation = async (preparation: AmbientPreparation): Promise<void> => {
    try {
      await this.drawPreparation(preparation);
    } catch {
      this.run = undefined;
    }
  };

  /** Takes how a comparison comes on. Never throws. */
  readonly experiment = async (event: AmbientExperiment): Promise<void> => {
    const { experiment } = event;
    if (!(experiment instanceof Comparison)) return;
    try {
      let shown = this.comparisons.find(({ comparison }) => comparison === experiment);
      if (!shown) {
        this.finish(this.run && hasEnded(this.run) ? 'done' : 'interrupted', true);
        this.comparisons.push((shown = new LiveComparison(experiment, this.sink)));
      }
      await shown.follow(event);
    } catch {
      // A grid that cannot be drawn must not end the comparison.
    }
  };

  /** Takes how far the run is: what its own observers do not say. */
  readonly progress = (progress: AmbientProgress): void => {
    const { stage, text, fraction, timestep, secondsLeft } = progress;
    if (stage === 'compare') return this.atWork?.progress(progress);
    this.fraction = fraction;
    const { run } = this;
    // What has no pictures of its own is only said; a step that is done has some.
    if (!run?.displayed || (stage === 'denoise' ? timestep !== undefined : stage !== 'encode' && stage !== 'decode')) return;
    run.payload = { ...run.payload, stage: text, fraction, secondsLeft };
    this.sink.update(run.id, bundleOf(run.payload));
  };

  /** Ends the run under way, in the document too. @param folded another one follows: a line is enough. */
  finish(state: 'done' | 'interrupted', folded = false): void {
    const { run } = this;
    this.run = undefined;
    if (!run?.displayed) return;
    // How far a step had come does not matter any more.
    const stage = state === 'done' || run.payload.stage?.startsWith('step ') ? undefined : run.payload.stage;
    run.payload = { ...run.payload, state, stage, secondsLeft: undefined, folded: folded || undefined };
    this.sink.update(run.id, bundleOf(run.payload));
  }

  /**
   * The id of the output of a run that came to its end, once: the finished clip takes its place; that of a comparison always.
   * @returns undefined when there is none.
   */
  takeOutput(value?: unknown): string | undefined {
    if (value instanceof Comparison) return this.comparisons.find(({ comparison }) => comparison === value)?.id;
    const { run } = this;
    if (run && hasEnded(run)) {
      this.replaceable = run.id;
      this.run = undefined;
    }
    const id = this.replaceable;
    this.replaceable = undefined;
    return id;
  }

  private async drawStep(step: AmbientStep): Promise<void> {
    const start = step.frames?.start ?? 0;
    const { latest } = this.run ?? {};
    const follows = latest === undefined || start > firstFrame(latest) || (start === firstFrame(latest) && step.step > latest.step);
    const run = this.runOf(step.model, follows);
    run.latest = step;
    const pictures = await drawn(step, step.predOriginalSample ?? step.latents);
    await this.draw(run, { ...numbersOf(step), start, pictures: pictures.slice(0, step.frames && step.frames.end - start), stored: true });
  }

  private async drawPreparation(preparation: AmbientPreparation): Promise<void> {
    const { stage, done, of, start, pictures, latents, model } = preparation;
    if (stage === 'frames' && done > 1 && done !== of && Date.now() - this.lastReading < READING_INTERVAL) return;
    const { latest } = this.run ?? {};
    const run = this.runOf(model, latest === undefined || start > firstFrame(latest));
    const shown = latents ? (await drawn(preparation, latents)).slice(0, pictures.length) : this.sources.draw(preparation);
    const text = stageText({ stage, step: 0, steps: 0 }, stage === 'read' ? undefined : { done, of });
    // The document is for those who look at it without our renderer, and for the moment before that is there.
    await this.draw(run, { stage: text, step: 0, steps: 0, start, pictures: shown, stored: done <= 1 || done === of });
    this.lastReading = Date.now();
  }

  /** Whether runs are those of a comparison, which says itself how far it is. */
  get comparing(): boolean {
    return this.atWork !== undefined;
  }

  /** The comparison whose cell is being made. */
  private get atWork(): LiveComparison | undefined {
    return this.comparisons.find(({ running, place }) => running && place);
  }

  private async draw(run: Run, { pictures, start, stored, timestep, ...numbers }: Look): Promise<void> {
    const { fraction } = this;
    const { width, height } = pictures[0]!;
    const frames = { start, end: start + pictures.length };
    const { step, steps, sigma } = numbers;
    if (this.atWork) return this.atWork.preview({ step, steps, sigma, timestep, frames, width, height, rgb: joined(pictures) });
    run.payload = {
      type: 'preview',
      runId: run.id,
      state: 'running',
      ...numbers,
      fraction,
      secondsSpent: (Date.now() - run.began) / 1000,
      sheet: stored ? await previewSheet(pictures) : run.payload.sheet,
    };
    if (!run.displayed) this.sink.display(bundleOf(run.payload), run.id);
    else if (stored) this.sink.update(run.id, bundleOf(run.payload));
    run.displayed = true;
    this.sink.preview?.({
      displayId: run.id,
      ...numbers,
      fraction,
      timestep,
      frames,
      width,
      height,
      rgb: joined(pictures),
    });
  }

  /** The run under way when what comes follows on it; else a new one begins. */
  private runOf(model: object, follows: boolean): Run {
    if (this.run?.model === model && follows) return this.run;
    this.finish(this.run && hasEnded(this.run) ? 'done' : 'interrupted', true);
    const id = `preview-${process.pid}-${Date.now().toString(36)}-${++serial}`;
    this.run = {
      id,
      model,
      began: Date.now(),
      latest: undefined,
      displayed: false,
      payload: { type: 'preview', runId: id, state: 'running', step: 0, steps: 0 },
    };
    return this.run;
  }
}

/** Latents as pictures of all frames by the model's autoencoder for previews; else of all latent frames, by a linear guess. */
async function drawn(watched: Pick<AmbientStep, 'model' | 'decode' | 'drawPictures'>, latents: Tensor): Promise<readonly Frame[]> {
  const pictures = await watched.drawPictures?.(latents);
  return pictures ? withinPixels(pictures, MOST_PIXELS) : drawLatents(await matrixFor({ ...watched, latents }), latents);
}

function firstFrame(step: AmbientStep): number {
  return step.frames?.start ?? 0;
}

/** Whether a run did all its steps; `callbackOnStepEnd` may have ended it before. */
function hasEnded({ payload }: Run): boolean {
  return payload.steps > 0 && payload.step >= payload.steps;
}

function numbersOf({
  step,
  steps,
  sigma,
  timestep,
  secondsLeft,
}: AmbientStep): Pick<Look, 'step' | 'steps' | 'sigma' | 'timestep' | 'secondsLeft'> {
  return { step, steps, sigma, timestep, secondsLeft };
}

function bundleOf(payload: PreviewPayload): Bundle {
  const { state, stage, step, steps, sigma, secondsLeft, sheet } = payload;
  const numbers = stage === undefined ? [`step ${step} of ${steps}`, sigma === undefined ? '' : `σ ${sigma.toPrecision(3)}`] : [stage];
  const facts = [
    ...numbers,
    secondsLeft === undefined ? '' : `${Math.ceil(secondsLeft)} s left`,
    state === 'interrupted' ? 'interrupted' : '',
  ]
    .filter(Boolean)
    .join(', ');
  const image = sheet
    ? `<img src="${sheet.picture}" alt="All frames" style="image-rendering: pixelated; min-width: ${Math.min(640, sheet.columns * 64)}px">`
    : '';
  const bundle: Bundle = {
    [PREVIEW_MIME]: payload,
    'text/html': `<figure>${image}<figcaption>${facts}</figcaption></figure>`,
    'text/plain': facts,
  };
  if (sheet) bundle['image/png'] = Buffer.from(sheet.picture.slice(sheet.picture.indexOf(',') + 1), 'base64');
  return bundle;
}

function joined(frames: readonly Frame[]): Uint8Array {
  const { width, height } = frames[0]!;
  const all = new Uint8Array(frames.length * width * height * 3);
  frames.forEach(({ data }, i) => all.set(data, i * width * height * 3));
  return all;
}
