import type { Frame, Tensor } from '../core/index.js';
import { distances } from '../masks/index.js';
import { type AfterEdit, type HeldFrame, HeldFrames, lookedAtTogether } from './heldFrames.js';

/** Of the frames that show a place, those that say what is there: the first ones, which with a clip in windows are of one window. */
const SAY = 8;

/** Pixels from what is kept at which a place is seen clear of it, best first: what is made right beside it bleeds. */
const CLEAR = [14, 9, 5, 2];

/** Pixels from what is kept within which its soft edge is in the source. */
const EDGE = 3;

/** Levels up to which a place of the source is the same in two frames. */
const STILL = 8;

/** A frame with what lies behind its things, and how far each pixel is from those. */
interface Seen {
  readonly source: Frame;
  readonly edited: Frame;
  /** The edit where the background is new, the source where a thing is. */
  readonly background: Frame;
  readonly away: Float64Array;
  readonly over: Float32Array | undefined;
}

/**
 * Makes what stands still in the source stand still in the edit, to the pixel. A place at which the source shows the same in all frames that show it has one colour behind
 * what moves before it, in all frames, also where something has just moved away.
 *
 * Of another background it is what the edit is there in those frames in which nothing that is kept is near (their median), so that there is no halo. Around another
 * subject it is what the source itself shows there in other frames, so that only the subject is new.
 *
 * Where the camera moves, and around what itself stands still, the edit stays as it is.
 */
export class SteadyPixels implements AfterEdit {
  /** As {@link AfterEdit.comparesRoundTrip}. */
  readonly comparesRoundTrip: boolean;
  private readonly held = new HeldFrames();
  private background: Background | undefined;

  /** @param next what the frames go through then. @param looksAtOver as {@link AfterEdit.looksAtOver}. */
  constructor(
    private readonly next: AfterEdit,
    readonly looksAtOver: boolean,
  ) {
    this.comparesRoundTrip = next.comparesRoundTrip;
  }

  /** As {@link AfterEdit.add}. */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor, over?: Tensor): void {
    this.held.add(start, source, roundTrip, area, over);
    this.next.add(start, source, roundTrip, area);
  }

  /** As {@link AfterEdit.finish}. */
  finish(frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
    return this.next.finish(lookedAtTogether(frames, (start, edited) => this.steady(start, edited)));
  }

  private steady(start: number, edited: readonly Frame[]): Frame[] {
    const seen = edited.map((frame, index) => seenFrame(this.held.take(start + index)!, frame));
    const [first] = edited;
    if (!first) return [];
    this.background ??= new Background(first.width * first.height);
    this.background.learn(seen);
    return seen.map((frame) => this.background!.behind(frame));
  }
}

function seenFrame({ source, area, over }: HeldFrame, edited: Frame): Seen {
  const before = area.map((share) => (share < 0.5 === (over === undefined) ? 1 : 0));
  return { source, edited, background: over ? source : edited, away: distances(before, source.width, source.height), over };
}

/** What is known of the places that stand still. */
class Background {
  private readonly known: Uint8Array;
  private readonly source: Uint8Array;
  private readonly made: Uint8Array;

  constructor(pixels: number) {
    this.known = new Uint8Array(pixels);
    this.source = new Uint8Array(3 * pixels);
    this.made = new Uint8Array(3 * pixels);
  }

  /** Learns the places that are not known yet. */
  learn(frames: readonly Seen[]): void {
    for (let pixel = 0; pixel < this.known.length; pixel++) {
      if (this.known[pixel] === 1) continue;
      const shown = frames.filter(({ away }) => away[pixel]! > EDGE);
      const clear = CLEAR.map((reach) => frames.filter(({ away }) => away[pixel]! > reach)).find(({ length }) => length > 0);
      if (!clear) continue;
      const said = clear.slice(0, SAY);
      for (let i = 3 * pixel; i < 3 * pixel + 3; i++) {
        this.source[i] = median(said.map(({ source }) => source.data[i]!));
        this.made[i] = median(said.map(({ background }) => background.data[i]!));
      }
      if (shown.every(({ source }) => this.isStill(source, pixel))) this.known[pixel] = 1;
    }
  }

  /** An edited frame with what stands still in it as it is known. */
  behind({ source, edited, away, over }: Seen): Frame {
    const data = new Uint8Array(edited.data);
    for (let pixel = 0; pixel < this.known.length; pixel++) {
      if (this.known[pixel] === 0 || !(over || away[pixel]! <= EDGE || this.isStill(source, pixel))) continue;
      const share = over?.[pixel] ?? 0;
      for (let i = 3 * pixel; i < 3 * pixel + 3; i++) data[i] = Math.round(share * data[i]! + (1 - share) * this.made[i]!);
    }
    return { ...edited, data };
  }

  private isStill({ data }: Frame, pixel: number): boolean {
    for (let i = 3 * pixel; i < 3 * pixel + 3; i++) if (Math.abs(data[i]! - this.source[i]!) > STILL) return false;
    return true;
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
