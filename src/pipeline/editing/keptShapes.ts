import { boundsOf, cropFrame, cropPlane, type Frame, grownBounds, type Rectangle, type Tensor, withPart } from '../core/index.js';
import { boxMean } from './boxMean.js';
import { above, ColourChanges, type EditedPart, type KnownColours, smoothStep, within } from './colourChanges.js';
import { type AfterEdit, type HeldFrame, HeldFrames, lookedAtTogether } from './heldFrames.js';

/** Around the area: how far is looked for what it is set against, as a share of the picture's width, and how far it is painted, in pixels. */
const MARGIN = { looked: 1 / 8, bled: 10, painted: 4 };

/** Pixels from the area's edge within which a colour may be the background's, and that are looked at around one deeper inside. */
const EDGE = 2;

/** Shares of the pixels around one deep inside that have to be the thing's for it to be so: not yet, and wholly. */
const MOSTLY = { from: 0.4, to: 0.7 };

/** Pixels over which the painted area's edge fades. */
const SOFT = 2;

/** An edited area, and where in the frame it stands. */
interface Part extends EditedPart {
  readonly bounds: Rectangle;
}

/**
 * Takes from an edit only what it made of each colour, and gives that to the source: its shapes, its shading and its sharpness stay.
 *
 * A colour is repainted by the network through a VAE: softly, in patches, with outlines of its own. What it made of the
 * colours is found by comparing the edited frames with the source and what that becomes by the VAE alone, colour by colour, over
 * all frames: if enough pixels of a colour changed decidedly, their mean is that colour's; else that of the others is. A
 * colour that is found more around the edited area than in it belongs to the background and stays.
 *
 * After Chen et al. 2016, "Bilateral Guided Upsampling": an expensive picture-to-picture edit is fitted in a grid of
 * colours and applied to the sharp original. Here the grid has no place, since a recoloured thing moves.
 */
export class KeptShapes implements AfterEdit {
  /** As {@link AfterEdit.comparesRoundTrip}. */
  readonly comparesRoundTrip = true;
  private readonly held = new HeldFrames();
  private readonly changes = new ColourChanges();

  /** As {@link AfterEdit.add}. */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor): void {
    this.held.add(start, source, roundTrip, area);
  }

  /** As {@link AfterEdit.finish}. */
  finish(frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
    // What was learnt from the frames before goes on counting.
    return lookedAtTogether(frames, (start, edited) => this.recolour(start, edited));
  }

  private recolour(start: number, edited: readonly Frame[]): Frame[] {
    const held = edited.map((frame, index) => ({ edited: frame, ...this.held.take(start + index)! }));
    const parts = held.map(surroundings);
    const edits = parts.filter((part) => part !== undefined);
    this.changes.learn(edits);
    const known = this.changes.known(edits.map(({ source }) => source));
    return held.map(({ source }, index) => {
      const part = parts[index];
      return part ? withPart(source, repainted(part, known), part.bounds) : source;
    });
  }
}

/** What is around the edited area of a frame, and of all that is known of it; undefined where nothing was to change. */
function surroundings({ edited, source, roundTrip, area }: HeldFrame & { edited: Frame }): Part | undefined {
  const { width } = source;
  const inside = boundsOf(area, width, 0.5);
  if (!inside) return undefined;
  const looked = Math.round(MARGIN.looked * width);
  const bounds = grownBounds(inside, Math.max(looked, MARGIN.bled, MARGIN.painted + SOFT), source);
  const crop = (frame: Frame) => cropFrame(frame, bounds);
  return { bounds, looked, edited: crop(edited), source: crop(source), roundTrip: crop(roundTrip), area: cropPlane(area, width, bounds) };
}

/** The source with the colours that the edit gave to those it has. */
function repainted({ source, area }: Part, known: KnownColours): Frame {
  const { width, height } = source;
  const deep = deepWithin(area, width, height);
  const soft = boxMean(within(area, width, height, MARGIN.painted), width, height, SOFT);
  const belongs = soft.map((share, pixel) => (share > 0 ? known.belongs(source.data, pixel) : 0));
  const mostly = boxMean(belongs, width, height, EDGE);
  const data = new Uint8Array(source.data);
  const colour = new Float32Array(3);
  for (let pixel = 0; pixel < soft.length; pixel++) {
    if (soft[pixel]! <= 0) continue;
    // Deep inside, a line of a colour that the background has too (where two of the thing's own meet) is the thing's.
    const own = deep[pixel] === 1 ? smoothStep((mostly[pixel]! - MOSTLY.from) / (MOSTLY.to - MOSTLY.from)) : belongs[pixel]!;
    const share = soft[pixel]! * own;
    if (share === 0) continue;
    known.repaint(source.data, pixel, colour);
    for (let i = 3 * pixel, c = 0; c < 3; c++, i++)
      data[i] = Math.round(Math.min(255, Math.max(0, share * colour[c]! + (1 - share) * source.data[i]!)));
  }
  return { data, width, height };
}

/** 1 for pixels of the area whose neighbours, {@link EDGE} pixels far, all belong to it; else 0. */
function deepWithin(area: Float32Array, width: number, height: number): Float32Array {
  return above(boxMean(above(area, 0.5), width, height, EDGE), 1 - 1e-6);
}
