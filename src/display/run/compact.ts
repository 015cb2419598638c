import type { AttentionMaterial } from './attentionFigure.js';
import { spread } from './figure.js';
import type { LatentsMaterial } from './latentsFigure.js';
import type { StepsMaterial } from './stepsFigure.js';

/*
 * The same figures with fewer pictures: where bytes are few, some that can be made out say more than many that cannot.
 */
const FEW = { frames: 4, steps: 3, words: 2 };

/** Fewer steps, and fewer frames too unless `what` says otherwise. */
export function compactSteps(material: StepsMaterial, what: 'steps' | 'both' = 'both'): StepsMaterial {
  const columns = spread(material.frames.length, what === 'both' ? FEW.frames : Infinity);
  const chosen = <T>(items: readonly T[]): T[] => columns.filter((i) => i < items.length).map((i) => items[i]!);
  return {
    ...material,
    frames: chosen(material.frames),
    rows: spread(material.rows.length, FEW.steps).map((i) => ({ ...material.rows[i]!, pictures: chosen(material.rows[i]!.pictures) })),
    source: material.source && chosen(material.source),
    result: material.result && chosen(material.result),
  };
}

/** Fewer words and frames. */
export function compactAttention(material: AttentionMaterial): AttentionMaterial {
  const columns = spread(material.frames.length, FEW.frames);
  const chosen = <T>(items: readonly T[]): T[] => columns.filter((i) => i < items.length).map((i) => items[i]!);
  return {
    ...material,
    frames: chosen(material.frames),
    pictures: chosen(material.pictures),
    words: material.words.slice(0, FEW.words).map((word) => ({ ...word, maps: chosen(word.maps) })),
  };
}

/** Fewer steps. */
export function compactLatents(material: LatentsMaterial): LatentsMaterial {
  const columns = spread(material.steps.length, FEW.steps);
  const chosen = <T>(items: readonly T[]): T[] => columns.filter((i) => i < items.length).map((i) => items[i]!);
  return {
    ...material,
    steps: chosen(material.steps),
    channels: material.channels.map((channel) => ({ ...channel, maps: chosen(channel.maps), histograms: chosen(channel.histograms) })),
  };
}
