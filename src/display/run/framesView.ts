import type { Tensor } from '../../pipeline/core/index.js';
import type { FrameAttentionPayload } from '../../shared/outputs/index.js';
import type { ValueMap } from '../drawing/heatMap.js';
import { mapAtlas } from './atlas.js';
import { spread } from './figure.js';
import type { FramesMaterial } from './framesFigure.js';
import type { RunReader } from './runReader.js';

/** Layers that the figure draws. */
const MOST_LAYERS = 18;

/** Attention between the frames of a run: atlases for the renderer, and what the figure is drawn from; undefined when it was not captured. */
export async function framesOf(reader: RunReader): Promise<{ payload: FrameAttentionPayload; material: FramesMaterial } | undefined> {
  const { run, steps, frames, side, stepNames } = reader;
  const { frameSites, frameHeads } = run;
  if (frameSites.length === 0 || frameHeads === undefined || steps.length === 0) return undefined;
  reader.signal?.throwIfAborted();
  const bySteps = await Promise.all(steps.map(({ step }) => run.frameAttention({ step })));
  const byLayers = await Promise.all(frameSites.map(({ id }) => run.frameAttention({ layer: id })));
  const byHeads = frameHeads === 'mean' ? [] : await Promise.all(frameHeads.map((head) => run.frameAttention({ head })));
  const names = shortNames(frameSites.map(({ id }) => id));
  const atlas = (stem: string, maps: readonly Tensor[], rows: readonly string[]) =>
    mapAtlas(
      `frames-${stem}`,
      maps.map((map) => [mapOf(map)]),
      { min: 0, max: Math.max(...maps.map((map) => map.range().max)) },
      rows,
      side,
    );
  return {
    payload: {
      bySteps: await atlas('steps', bySteps, stepNames),
      ...(byLayers.length > 1 && {
        byLayers: await atlas(
          'layers',
          byLayers,
          frameSites.map(({ id }) => id),
        ),
      }),
      ...(byHeads.length > 0 && {
        byHeads: await atlas(
          'heads',
          byHeads,
          byHeads.map((_, i) => `head ${(frameHeads as readonly number[])[i]! + 1}`),
        ),
      }),
      lines: frames.map((frame) => run.latentFrameOf(frame)),
    },
    material: {
      mean: mapOf(await run.frameAttention()),
      layers: byLayers.length > 1 ? spread(byLayers.length, MOST_LAYERS).map((i) => ({ name: names[i]!, map: mapOf(byLayers[i]!) })) : [],
      frameTitle: run.latentFrames < run.frames ? 'latent frame' : 'frame',
    },
  };
}

function mapOf({ data, dims }: Tensor): ValueMap {
  return { data, width: dims[1]!, height: dims[0]! };
}

/** Paths of layers without what all of them end in. */
function shortNames(paths: readonly string[]): string[] {
  const parts = paths.map((each) => each.split('.'));
  while (parts.length > 1 && parts.every((each) => each.length > 1 && each.at(-1) === parts[0]!.at(-1)))
    for (const each of parts) each.pop();
  return parts.map((each) => each.join('.'));
}
