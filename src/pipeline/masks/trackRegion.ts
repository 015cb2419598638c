import type { Frame } from '../core/index.js';
import type { Video } from '../video/index.js';
import { canvasOf } from './canvas.js';
import { maskErrors } from './errors.js';
import type { MaskForm } from './maskForm.js';
import { paintMask } from './paintMask.js';

/** Longest side of the pictures that are searched, in pixels. */
const SIDE = 192;

/** Farthest that a region is looked for from where it is expected, as a share of the picture's longest side. */
const REACH = 1 / 12;

/** Share of the region's pixels that have to be in a frame for a place to be looked at. */
const VISIBLE = 0.25;

/** How far a tracked region has moved, frame by frame. */
export class Track {
  /** @param places pixels of the source, to the right and down, for each frame of the clip. */
  constructor(private readonly places: readonly (readonly [right: number, down: number])[]) {}

  /** Of a frame; behind the end it stays where it was last. */
  at(frame: number): readonly [right: number, down: number] {
    return this.places[Math.min(frame, this.places.length - 1)]!;
  }
}

/**
 * Follows a region through a clip by template matching: it is laid where the mean absolute difference of the colours from those that it has in the
 * frame it is given on is least, near where its last movement lets it be expected. Places are refined below the pixel by a parabola.
 * Brunelli 2009, "Template Matching Techniques in Computer Vision", chapters 2 and 3.
 *
 * The region moves and keeps size and shape. Frames before `from` are held, small, until it has been read.
 * @param region an outline, or made of some.
 * @param from the frame on which it is given.
 * @throws {FrameloomError} `FL_MASK_TRACK` where it is not in that frame; what reading the clip throws.
 */
export async function trackRegion(region: MaskForm, from: number, clip: Video, signal?: AbortSignal): Promise<Track> {
  const shrunk = Math.min(1, SIDE / Math.max(clip.width, clip.height));
  const size = { width: Math.max(1, Math.round(clip.width * shrunk)), height: Math.max(1, Math.round(clip.height * shrunk)) };
  const small = await clip.resize({ ...size, fit: 'fill' });
  const canvas = canvasOf(clip, size, 'fill');
  const before: Frame[] = [];
  const places: Place[] = [];
  let template: Template | undefined;
  let last = new Follower();
  for await (const frame of small.frames({ signal })) {
    const index = before.length + places.length;
    if (index < from) {
      before.push(frame);
      continue;
    }
    if (!template) {
      template = templateOf(paintMask(region, { canvas }), frame);
      if (!template) throw maskErrors.notInFrame(from);
      places.push([0, 0]);
    } else places.push(last.follow(template, frame));
  }
  if (!template) throw maskErrors.notInFrame(from);
  last = new Follower();
  for (const frame of before.reverse()) places.unshift(last.follow(template, frame));
  return new Track(places.map(([right, down]) => [right / canvas.scale[0], down / canvas.scale[1]] as const));
}

type Place = readonly [right: number, down: number];

/** The pixels of a region, and the colours they have where it is given. */
interface Template {
  /** Column and row of each pixel, by turns. */
  readonly pixels: Int32Array;
  /** Red, green and blue of each. */
  readonly colours: Uint8Array;
}

function templateOf(mask: Float32Array, { data, width }: Frame): Template | undefined {
  const marked = [...mask.keys()].filter((pixel) => mask[pixel]! >= 0.5);
  if (marked.length === 0) return undefined;
  return {
    pixels: Int32Array.from(marked.flatMap((pixel) => [pixel % width, Math.floor(pixel / width)])),
    colours: Uint8Array.from(marked.flatMap((pixel) => [...data.subarray(3 * pixel, 3 * pixel + 3)])),
  };
}

/** Where a region was last, and how it moved. */
class Follower {
  private place: Place = [0, 0];
  private movement: Place = [0, 0];

  /** Finds the template in the next frame. */
  follow(template: Template, frame: Frame): Place {
    const expected = [Math.round(this.place[0] + this.movement[0]), Math.round(this.place[1] + this.movement[1])] as const;
    const reach = Math.max(2, Math.ceil(REACH * Math.max(frame.width, frame.height)));
    let least = Infinity;
    let found = expected;
    // Nearest first: of places that are equally like it, the expected one counts.
    for (const [dx, dy] of nearestFirst(reach)) {
      const place = [expected[0] + dx, expected[1] + dy] as const;
      const difference = differenceAt(template, frame, place, least);
      if (difference < least) [least, found] = [difference, place];
    }
    const refined = refine(template, frame, found, least);
    this.movement = [refined[0] - this.place[0], refined[1] - this.place[1]];
    this.place = refined;
    return refined;
  }
}

/** Mean absolute difference of the colours at a place; infinite where too little of the region is in the frame, or it is above `least`. */
function differenceAt({ pixels, colours }: Template, { data, width, height }: Frame, [right, down]: Place, least: number): number {
  const count = colours.length / 3;
  let [sum, seen] = [0, 0];
  for (let pixel = 0; pixel < count; pixel++) {
    const x = pixels[2 * pixel]! + right;
    const y = pixels[2 * pixel + 1]! + down;
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    seen++;
    const i = 3 * (y * width + x);
    const own = 3 * pixel;
    sum += Math.abs(data[i]! - colours[own]!) + Math.abs(data[i + 1]! - colours[own + 1]!) + Math.abs(data[i + 2]! - colours[own + 2]!);
    // Even if all that is left were alike.
    if (sum >= least * count) return Infinity;
  }
  return seen < VISIBLE * count ? Infinity : sum / seen;
}

/** The lowest point of the parabola through a place and its neighbours, along rows and columns. */
function refine(template: Template, frame: Frame, [right, down]: Place, least: number): Place {
  const offset = (before: number, after: number): number => {
    const bend = before - 2 * least + after;
    return Number.isFinite(bend) && bend > 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0;
  };
  if (least === 0) return [right, down];
  const at = (dx: number, dy: number) => differenceAt(template, frame, [right + dx, down + dy], Infinity);
  return [right + offset(at(-1, 0), at(1, 0)), down + offset(at(0, -1), at(0, 1))];
}

/** All displacements, the nearest first. */
function nearestFirst(reach: number): readonly Place[] {
  const side = 2 * reach + 1;
  return Array.from({ length: side * side }, (_, i) => [(i % side) - reach, Math.floor(i / side) - reach] as const).sort(
    ([ax, ay], [bx, by]) => ax * ax + ay * ay - (bx * bx + by * by),
  );
}
