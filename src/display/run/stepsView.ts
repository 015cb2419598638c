import type { Frame } from '../../pipeline/core/index.js';
import { pictureAtlas } from './atlas.js';
import { spread } from './figure.js';
import type { RunPayload } from '../../shared/outputs/index.js';
import type { RunReader } from './runReader.js';
import type { StepsMaterial } from './stepsFigure.js';

/** Rows of steps in a static figure. */
const FIGURE_STEPS = 6;

/** The steps of a run: atlases for the renderer, and what the figure is drawn from where pictures were captured. */
export async function stepsOf(reader: RunReader): Promise<{ payload: Partial<RunPayload>; material?: StepsMaterial | undefined }> {
  const { run, steps, side, stepNames } = reader;
  const { source, result } = await reader.sourceAndResult();
  const x0 = await everyStep(reader, 'x0');
  const xt = await everyStep(reader, 'latents');
  const rows = x0 ?? xt;
  const payload: Partial<RunPayload> = {
    x0: x0 && (await pictureAtlas('steps-x0', x0, stepNames, side)),
    xt: xt && (await pictureAtlas('steps-xt', xt, stepNames, side)),
    sourceFrames: source && (await pictureAtlas('source', [source], ['source'], side)),
    resultFrames: result && (await pictureAtlas('result', [result], ['result'], side)),
  };
  if (!rows) return { payload };
  const shown = (pictures: readonly Frame[]): Frame[] => reader.figureFrames.flatMap((i) => pictures[i] ?? []);
  return {
    payload,
    material: {
      stepCount: run.stepCount,
      shows: x0 ? 'x0' : 'xt',
      frames: reader.figureFrames.map((i) => reader.frames[i]!),
      rows: spread(steps.length, FIGURE_STEPS).map((i) => ({
        step: steps[i]!.step,
        timestep: steps[i]!.timestep,
        sigma: steps[i]!.sigma,
        pictures: shown(rows[i]!),
      })),
      source: source && shown(source),
      result: result && shown(result),
      aspect: reader.aspect,
    },
  };
}

/** The shown frames at every shown step; undefined when they were not captured. */
async function everyStep(reader: RunReader, of: 'x0' | 'latents'): Promise<Frame[][] | undefined> {
  const rows: Frame[][] = [];
  for (const { step } of reader.steps) {
    const pictures = await reader.pictures(step, of);
    if (!pictures) return undefined;
    rows.push(pictures);
  }
  return rows.length > 0 ? rows : undefined;
}
