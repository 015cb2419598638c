import type { Atlas, FrameAttentionPayload, WordAttentionPayload } from '../../../shared/outputs/index.js';
import type { AtlasPicture } from './atlasPicture.js';

/** Which of a word's maps: at the current step, the mean over all steps, of one layer, of one head. */
export type MapKind = 'step' | 'all' | 'layer' | 'head';

/** The atlas that holds maps of a kind, of a word or between frames; undefined where they were not captured. */
export function atlasOf(word: WordAttentionPayload | FrameAttentionPayload, kind: MapKind): Atlas | undefined {
  return { step: word.bySteps, all: word.bySteps, layer: word.byLayers, head: word.byHeads }[kind];
}

/** Maps of one row of an atlas, for all frames, in grey values. */
export interface FrameMaps {
  /** The map of a frame, row by row. */
  of(frame: number): ArrayLike<number>;
  /** Smallest and largest value over all frames. */
  readonly low: number;
  readonly high: number;
}

/** Remembers what was computed from an atlas: ranges of rows, and means over all rows. */
export class WordMaps {
  private readonly known = new WeakMap<AtlasPicture, Map<number | 'all', FrameMaps>>();

  /** Maps of one row, or the mean over all rows. */
  maps(picture: AtlasPicture, row: number | 'all'): FrameMaps {
    const ofPicture = this.known.get(picture) ?? new Map<number | 'all', FrameMaps>();
    this.known.set(picture, ofPicture);
    const made =
      ofPicture.get(row) ??
      withRange(
        Array.from({ length: picture.atlas.frames }, (_, frame) =>
          row === 'all' ? meanOfRows(picture, frame) : picture.values(row, frame),
        ),
      );
    ofPicture.set(row, made);
    return made;
  }
}

/** The value that a grey of an atlas stands for. */
export function valueOf({ range }: Atlas, grey: number): number {
  const { min, max } = range ?? { min: 0, max: 1 };
  return min + (grey / 255) * (max - min);
}

/** The grey at which a mask begins, as the library's `mask(threshold)` has it: a share of the largest value of all frames. */
export function maskGrey(atlas: Atlas, high: number, threshold: number): number {
  const { min, max } = atlas.range ?? { min: 0, max: 1 };
  if (!(max > min)) return 0;
  return ((threshold * valueOf(atlas, high) - min) / (max - min)) * 255;
}

function meanOfRows(picture: AtlasPicture, frame: number): Float32Array {
  const { tileWidth, tileHeight, rows } = picture.atlas;
  const sum = new Float32Array(tileWidth * tileHeight);
  for (let row = 0; row < rows.length; row++) {
    const values = picture.values(row, frame);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (values[i] ?? 0) / rows.length;
  }
  return sum;
}

function withRange(frames: readonly ArrayLike<number>[]): FrameMaps {
  let low = Infinity;
  let high = -Infinity;
  for (const values of frames) {
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i] ?? 0);
      high = Math.max(high, values[i] ?? 0);
    }
  }
  return { of: (frame) => frames[Math.min(frames.length - 1, frame)] ?? [], low, high };
}
