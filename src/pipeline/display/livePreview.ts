import type { AmbientStep } from '../ambient.js';
import { drawPicture, plainFrame } from '../video/canvas.js';
import type { Frame } from '../video/index.js';
import type { Tensor } from '../tensor.js';
import { drawLatents, fitLatentPreview, probeLatents } from './latentPreview.js';
import type { LatentPreviewMatrix } from './latentPreview.js';
import { PREVIEW_MIME } from './payloads.js';
import type { Bundle, PreviewPayload } from './payloads.js';
import type { DisplaySink } from './sink.js';
import { pngUri } from './smallPicture.js';

/** What was learnt about each model's latents, for as long as the model is in use. */
const matrices = new WeakMap<object, Promise<LatentPreviewMatrix>>();
const COLUMNS = 8;
/** A fit on a part of the picture is as good; the decoder of a large model is slow. */
const PROBE_SIDE = 16;
const SHEET_CHARACTERS = 120_000;

interface Run {
  readonly id: string;
  readonly model: object;
  readonly began: number;
  latest: AmbientStep;
  payload: PreviewPayload;
}

let serial = 0;

/**
 * Shows what a run is making, all frames at every step, in one output that is updated in place.
 *
 * One of these follows one cell: give {@link step} to the ambient `onStep`, and call {@link finish} when the cell ends.
 */
export class LivePreview {
  private run: Run | undefined;
  private replaceable: string | undefined;

  /** @param sink where the preview is shown. */
  constructor(private readonly sink: DisplaySink) {}

  /** Takes one denoising step. Never throws: a preview that cannot be drawn must not end the run. */
  readonly step = async (step: AmbientStep): Promise<void> => {
    try {
      await this.draw(step);
    } catch {
      this.run = undefined;
    }
  };

  /** Ends the run under way, in the document too. */
  async finish(state: 'done' | 'interrupted'): Promise<void> {
    const { run } = this;
    this.run = undefined;
    if (!run) return;
    run.payload = { ...run.payload, state, secondsLeft: undefined };
    this.sink.update(run.id, bundleOf(run.payload));
  }

  /**
   * The id of the output of a run that came to its end, once: the finished clip takes its place.
   * @returns undefined when there is none.
   */
  takeOutput(): string | undefined {
    const { run } = this;
    if (run && run.payload.step >= run.payload.steps) {
      this.replaceable = run.id;
      this.run = undefined;
    }
    const id = this.replaceable;
    this.replaceable = undefined;
    return id;
  }

  private async draw(step: AmbientStep): Promise<void> {
    const { run, isNew } = this.runOf(step);
    const pictures = drawLatents(await matrixFor(step), step.predOriginalSample ?? step.latents);
    const { width, height } = pictures[0]!;
    const { step: done, steps, sigma, timestep, secondsLeft } = step;
    const frames = step.frames ?? { start: 0, end: pictures.length };
    const shown = pictures.slice(0, frames.end - frames.start);
    const picture = await pngUri(sheetOf(shown));
    const sheet = { picture, columns: Math.min(COLUMNS, shown.length), count: shown.length, frameWidth: width, frameHeight: height };
    run.payload = {
      type: 'preview', runId: run.id, state: 'running', step: done, steps, sigma, secondsLeft, secondsSpent: (Date.now() - run.began) / 1000,
      sheet: picture.length <= SHEET_CHARACTERS ? sheet : undefined,
    };
    if (isNew) this.sink.display(bundleOf(run.payload), run.id);
    else this.sink.update(run.id, bundleOf(run.payload));
    this.sink.preview?.({ displayId: run.id, step: done, steps, sigma, timestep, secondsLeft, frames: { start: frames.start, end: frames.start + shown.length }, width, height, rgb: joined(shown) });
  }

  /** The run that this step belongs to: a step that does not come after the last one begins a new run. */
  private runOf(step: AmbientStep): { run: Run; isNew: boolean } {
    const { run } = this;
    const start = step.frames?.start ?? 0;
    const before = run && (run.latest.frames?.start ?? 0);
    if (run && before !== undefined && run.model === step.model && (start > before || (start === before && step.step > run.latest.step))) {
      run.latest = step;
      return { run, isNew: false };
    }
    void this.finish('done');
    const id = `preview-${process.pid}-${Date.now().toString(36)}-${++serial}`;
    const payload: PreviewPayload = { type: 'preview', runId: id, state: 'running', step: 0, steps: step.steps };
    this.run = { id, model: step.model, began: Date.now(), latest: step, payload };
    return { run: this.run, isNew: true };
  }
}

/** The linear guess that fits a model's latents; fitted once for each model. @param latents any of the shape at work. */
export function matrixFor({ model, latents, decode }: Pick<AmbientStep, 'model' | 'latents' | 'decode'>): Promise<LatentPreviewMatrix> {
  const known = matrices.get(model);
  if (known) return known;
  const learnt = learn(latents, decode);
  matrices.set(model, learnt);
  learnt.catch(() => matrices.delete(model));
  return learnt;
}

async function learn(latents: Tensor, decode: AmbientStep['decode']): Promise<LatentPreviewMatrix> {
  const [, channels, h, w] = latents.dims as [number, number, number, number];
  const small = probeLatents(4, channels, Math.min(PROBE_SIDE, h), Math.min(PROBE_SIDE, w));
  try {
    return fitLatentPreview(small, await decode(small));
  } catch {
    // A decoder with a fixed size takes only that.
    const whole = probeLatents(2, channels, h, w);
    return fitLatentPreview(whole, await decode(whole));
  }
}

function bundleOf(payload: PreviewPayload): Bundle {
  const { state, step, steps, sigma, secondsLeft, sheet } = payload;
  const facts = [`step ${step} of ${steps}`, sigma === undefined ? '' : `σ ${sigma.toPrecision(3)}`, secondsLeft === undefined ? '' : `${Math.ceil(secondsLeft)} s left`, state === 'interrupted' ? 'interrupted' : ''].filter(Boolean).join(', ');
  const image = sheet ? `<img src="${sheet.picture}" alt="All frames" style="image-rendering: pixelated; min-width: ${Math.min(640, sheet.columns * 64)}px">` : '';
  const bundle: Bundle = { [PREVIEW_MIME]: payload, 'text/html': `<figure>${image}<figcaption>${facts}</figcaption></figure>`, 'text/plain': facts };
  if (sheet) bundle['image/png'] = Buffer.from(sheet.picture.slice(sheet.picture.indexOf(',') + 1), 'base64');
  return bundle;
}

function sheetOf(frames: readonly Frame[]): Frame {
  const { width, height } = frames[0]!;
  const columns = Math.min(COLUMNS, frames.length);
  const sheet = plainFrame(columns * width, Math.ceil(frames.length / columns) * height, [0, 0, 0]);
  frames.forEach((frame, i) => drawPicture(sheet, frame, (i % columns) * width, Math.floor(i / columns) * height));
  return sheet;
}

function joined(frames: readonly Frame[]): Uint8Array {
  const { width, height } = frames[0]!;
  const all = new Uint8Array(frames.length * width * height * 3);
  frames.forEach(({ data }, i) => all.set(data, i * width * height * 3));
  return all;
}
