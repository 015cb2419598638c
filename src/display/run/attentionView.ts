import type { WordAttention } from '../../pipeline/capture/index.js';
import { resizePlane, Tensor } from '../../pipeline/core/index.js';
import type { ValueMap } from '../drawing/heatMap.js';
import { mapAtlas } from './atlas.js';
import type { AttentionMaterial, WordMaterial } from './attentionFigure.js';
import type { Atlas, PromptWordPayload, WordAttentionPayload } from '../../shared/outputs/index.js';
import { ifCaptured } from './runReader.js';
import type { RunReader } from './runReader.js';

/** Words with atlases of their own, and words that the figure draws. */
const MOST_WORDS = { atlases: 24, figure: 4 };

interface ReadWord {
  readonly payload: WordAttentionPayload;
  readonly material: WordMaterial;
}

/** The attention of a run by word. */
export interface AttentionView {
  readonly words: PromptWordPayload[];
  readonly attention: { words: WordAttentionPayload[] };
  readonly material: AttentionMaterial;
}

/**
 * The captured attention of a run: atlases for the renderer, and what the figure is drawn from.
 *
 * @param wanted words to show, as typed; all that were captured by default.
 * @returns undefined when none was captured.
 * @throws {FrameloomError} for wanted words that the prompt does not have or whose attention was not captured.
 */
export async function attentionOf(reader: RunReader, wanted?: readonly string[]): Promise<AttentionView | undefined> {
  const { run } = reader;
  const read: ReadWord[] = [];
  for (const text of wanted ??
    [...new Set(run.words.filter(({ tokens }) => tokens.length > 0).map((word) => word.text.toLowerCase()))].slice(0, MOST_WORDS.atlases)) {
    const attention = wanted ? run.attention(text) : await ifCaptured(() => run.attention(text));
    if (attention) read.push(await readWord(reader, text, attention));
  }
  if (read.length === 0) return undefined;
  const entry = (text: string): number =>
    read.findIndex(({ material }) => material.text.toLowerCase().split(/\s+/).includes(text.toLowerCase()));
  const pictures = await picturesUnder(reader);
  return {
    words: run.words.map(({ text, tokens }) => ({ text, tokens: [...tokens], ...(entry(text) >= 0 ? { attention: entry(text) } : {}) })),
    attention: { words: read.map(({ payload }) => payload) },
    material: {
      prompt: run.words.map(({ text }) => ({ text, mass: entry(text) < 0 ? undefined : meanOf(read[entry(text)]!.material.mass) })),
      words: mostTelling(read.map(({ material }) => material)),
      steps: reader.steps.map(({ step }) => step),
      stepCount: run.stepCount,
      frames: reader.figureFrames.map((i) => reader.frames[i]!),
      pictures: pictures ? reader.figureFrames.map((i) => pictures[i]!) : [],
      aspect: reader.aspect,
    },
  };
}

/** What attention is laid over: the finished frames, else what the last step predicted. */
async function picturesUnder(reader: RunReader) {
  return (
    (await reader.sourceAndResult()).result ??
    (await reader.pictures(reader.steps.at(-1)!.step, 'x0')) ??
    (await reader.pictures(reader.steps.at(-1)!.step, 'latents'))
  );
}

async function readWord(reader: RunReader, text: string, attention: WordAttention): Promise<ReadWord> {
  const { run, frames, steps, side, stepNames } = reader;
  const typed = run.words.find((word) => word.text.toLowerCase() === text.toLowerCase())?.text ?? text;
  const bySteps: Tensor[] = [];
  for (const { step } of steps) {
    reader.signal?.throwIfAborted();
    bySteps.push(await attention.maps({ step }));
  }
  const mean = meanMaps(bySteps);
  const size = { width: mean.dims[2]!, height: mean.dims[1]! };
  const atlas = (stem: string, tensors: readonly Tensor[], names: readonly string[]): Promise<Atlas> => {
    const rows = tensors.map((tensor) => frames.map((frame) => sized(mapOf(tensor, run.latentFrameOf(frame)), size)));
    return mapAtlas(`attention-${stem}`, rows, { min: 0, max: Math.max(...tensors.map((tensor) => tensor.range().max)) }, names, side);
  };
  const { sites, heads } = attention.captured;
  const byLayers = sites.length > 1 ? await Promise.all(sites.map(({ id }) => attention.maps({ layer: id }))) : [];
  const byHeads = heads === 'mean' ? [] : await Promise.all(heads.map((head) => attention.maps({ head })));
  const stepPlaces = steps.map(({ step }) => run.steps.findIndex((captured) => captured.step === step));
  const mass = attention.mass();
  const range = mean.range();
  return {
    payload: {
      text: typed,
      bySteps: await atlas('steps', bySteps, stepNames),
      byLayers:
        byLayers.length > 0
          ? await atlas(
              'layers',
              byLayers,
              sites.map(({ id }) => id),
            )
          : undefined,
      byHeads:
        byHeads.length > 0 && heads !== 'mean'
          ? await atlas(
              'heads',
              byHeads,
              heads.map((head) => `head ${head + 1}`),
            )
          : undefined,
      mass: stepPlaces.map((place) => frames.map((frame) => Number(mass[place]![run.latentFrameOf(frame)]!.toPrecision(4)))),
    },
    material: {
      text: typed,
      maps: reader.figureFrames.map((i) => mapOf(mean, run.latentFrameOf(frames[i]!))),
      range: { min: range.min, max: range.max },
      mass: stepPlaces.map((place) => meanOf(mass[place]!)),
    },
  };
}

/** Of many words, those whose maps differ most from place to place, in the order of the prompt. */
function mostTelling(words: readonly WordMaterial[]): WordMaterial[] {
  if (words.length <= MOST_WORDS.figure) return [...words];
  const contrast = ({ range }: WordMaterial): number => range.max - range.min;
  const chosen = [...words].sort((a, b) => contrast(b) - contrast(a)).slice(0, MOST_WORDS.figure);
  return words.filter((word) => chosen.includes(word));
}

function meanMaps(maps: readonly Tensor[]): Tensor {
  const out = Tensor.zeros(maps[0]!.dims);
  for (const { data } of maps) for (let i = 0; i < data.length; i++) out.data[i]! += data[i]! / maps.length;
  return out;
}

function mapOf({ data, dims }: Tensor, frame: number): ValueMap {
  const [, height, width] = dims as [number, number, number];
  return { data: data.subarray(frame * height * width, (frame + 1) * height * width), width, height };
}

/** A map at the size of the others. */
function sized(map: ValueMap, { width, height }: { width: number; height: number }): ValueMap {
  if (map.width === width && map.height === height) return map;
  return { data: resizePlane(map, width, height), width, height };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
