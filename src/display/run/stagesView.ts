import type { Frame } from '../../pipeline/core/index.js';
import { percent } from '../../shared/figures/ticks.js';
import { paper } from '../drawing/colours.js';
import type { ValueMap } from '../drawing/heatMap.js';
import { Page } from '../drawing/page.js';
import { figureUri } from '../smallPicture.js';
import type { AttentionView } from './attentionView.js';
import { spread } from './figure.js';
import type { StagePayload } from '../../shared/outputs/index.js';
import { ifCaptured } from './runReader.js';
import type { RunReader } from './runReader.js';
import { sigmaLabel, stagePanels } from './stagesFigure.js';
import type { DiffusionPicture, StagesMaterial } from './stagesFigure.js';

const PICTURES_ON_THE_WAY = 5;
const ALIGNMENTS = 3;
/** The panels' pictures for the renderer, layout units and pixels to the unit. */
const PANEL = { wide: 460, narrow: 160, height: 116, scale: 1 };

/** What the card of stages is drawn from: a frame in the middle of the clip, and a few around it. */
export async function stagesOf(reader: RunReader, attention: AttentionView | undefined): Promise<StagesMaterial> {
  const { run, frames, steps } = reader;
  const { source, result } = await reader.sourceAndResult();
  const middle = Math.floor((frames.length - 1) / 2);
  const four = (pictures: readonly Frame[]): Frame[] => spread(pictures.length, 4).map((i) => pictures[i]!);
  const { schedule, kind, stepCount } = run;
  const settings = [run.model, `${stepCount} steps`, schedule.scheduler, `seed ${run.seed}`];
  const chosen = attention?.material.words.slice(0, ALIGNMENTS) ?? [];
  const place = Math.max(0, attention?.material.frames.findIndex((frame) => frame >= frames[middle]!) ?? 0);
  const last = steps.at(-1);
  const made = result ?? (last && ((await reader.pictures(last.step, 'x0')) ?? (await reader.pictures(last.step, 'latents')))) ?? [];
  const tokens = run.words.reduce((sum, word) => sum + word.tokens.length, 0);
  return {
    title: `${kind === 'edited' ? 'From clip to clip' : 'From words to a clip'}: “${run.prompt}”`,
    facts: settings.join('   ·   '),
    aspect: reader.aspect,
    source: source && four(source),
    latents: await startOf(reader, middle),
    words: attention?.material.prompt ?? run.words,
    alignments: chosen.map(({ text, maps, range }) => ({ text, map: maps[place]!, range, picture: attention?.material.pictures[place] })),
    diffusion: await wayOf(reader, middle),
    result: four(made),
    captions: {
      source: `${run.frames} frames of ${run.width} × ${run.height}, ${Number(run.fps.toFixed(2))} a second`,
      text:
        chosen.length > 0
          ? `The prompt as ${tokens} tokens. Each place of each frame attends to them: brighter is more, and the line is half of a word's largest share`
          : `The prompt as ${tokens} tokens, which every step reads`,
      diffusion: `${stepCount} times the model predicts the noise, led by the text, and the scheduler takes some of it away${schedule.beginIndex > 0 ? `; the first ${schedule.beginIndex} of ${schedule.timesteps.length} steps were left out, which keeps the source` : ''}`,
      result: 'The VAE turns the clean latents back into pixels',
    },
  };
}

/** The stages for the renderer, each with its picture. */
export async function stagePayloads(material: StagesMaterial): Promise<StagePayload[]> {
  return Promise.all(
    stagePanels(material).map(async ({ name, caption, draw }): Promise<StagePayload> => {
      const width = name === 'Text' || name === 'Diffusion' ? PANEL.wide : PANEL.narrow;
      const page = new Page(width, PANEL.height, PANEL.scale);
      page.rect({ x: 0, y: 0, width, height: PANEL.height }, { colour: paper });
      draw(page, { x: 4, y: 4, width: width - 8, height: PANEL.height - 8 });
      const tokens =
        name === 'Text'
          ? material.words.map(({ text, mass }) => ({ text, mass: mass === undefined ? undefined : Number(mass.toPrecision(4)) }))
          : undefined;
      return { name, caption, picture: await figureUri(page.frame), tokens };
    }),
  );
}

/** The latents that diffusion began with, or those of the first captured step. */
async function startOf(reader: RunReader, middle: number): Promise<StagesMaterial['latents']> {
  const { run, steps, frames } = reader;
  const first = steps[0]?.step ?? 1;
  const latents = (await ifCaptured(() => run.latents(0))) ?? (await ifCaptured(() => run.latents(first)));
  if (!latents) return undefined;
  const [, channels, height, width] = latents.dims as [number, number, number, number];
  const maps = Array.from({ length: Math.min(4, channels) }, (_, channel): ValueMap => {
    const from = (run.latentFrameOf(frames[middle]!) * channels + channel) * height * width;
    return { data: latents.data.subarray(from, from + height * width), width, height };
  });
  const values = maps.flatMap(({ data }) => [...(data as Float32Array)]);
  const { schedule } = run;
  const sigma = schedule.sigmas[schedule.beginIndex]!;
  const kept = 1 / (1 + sigma * sigma);
  const noise = run.kind === 'generated' ? 'at first pure noise' : `at first ${percent(1 - kept)} of their power is noise`;
  return {
    maps,
    range: { min: Math.min(...values), max: Math.max(...values) },
    caption: `${width} × ${height} places of ${channels} numbers, ${noise}`,
  };
}

/** From the first step to the last, what a frame was. */
async function wayOf(reader: RunReader, middle: number): Promise<DiffusionPicture[]> {
  const { steps, run } = reader;
  const way: DiffusionPicture[] = [];
  for (const i of spread(steps.length, PICTURES_ON_THE_WAY)) {
    const { step, sigma } = steps[i]!;
    const pictures = (await reader.pictures(step, 'latents')) ?? (await reader.pictures(step, 'x0'));
    if (pictures) way.push({ label: `step ${step} of ${run.stepCount}, ${sigmaLabel(sigma)}`, picture: pictures[middle]! });
  }
  return way;
}
