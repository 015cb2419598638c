import type { Frame, Tensor } from '../core/index.js';
import { type AfterEdit, HeldFrames } from './heldFrames.js';

/** Puts the source's own pixels around a mask that was given: where it is 0 they are the source's bit for bit, where it is 1 the edit's. */
export class MaskedPixels implements AfterEdit {
  /** As {@link AfterEdit.comparesRoundTrip}. */
  readonly comparesRoundTrip: boolean;
  private readonly held = new HeldFrames();

  /** @param first what the frames go through before. */
  constructor(private readonly first?: AfterEdit) {
    this.comparesRoundTrip = first?.comparesRoundTrip ?? false;
  }

  /** As {@link AfterEdit.add}. */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor): void {
    this.first?.add(start, source, roundTrip, area);
    this.held.add(start, source, roundTrip, area);
  }

  /** As {@link AfterEdit.finish}. */
  async *finish(frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
    let index = 0;
    for await (const edited of this.first?.finish(frames) ?? frames) {
      const held = this.held.take(index++);
      yield held ? composed(held.source, edited, held.area) : edited;
    }
  }
}

/** One picture over another. @param weight one value in 0 … 1 a pixel: 0 for the picture below, 1 for the one above. */
export function composed(below: Frame, above: Frame, weight: Float32Array): Frame {
  const data = new Uint8Array(below.data);
  for (let pixel = 0; pixel < weight.length; pixel++) {
    const share = weight[pixel]!;
    if (share === 0) continue;
    for (let i = 3 * pixel; i < 3 * pixel + 3; i++) data[i] = Math.round(share * above.data[i]! + (1 - share) * below.data[i]!);
  }
  return { data, width: below.width, height: below.height };
}
