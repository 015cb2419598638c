import { createFrame, type Frame, Tensor } from '../core/index.js';
import { type AfterEdit, type HeldFrame, HeldFrames } from '../editing/index.js';
import type { Size } from '../video/index.js';

/** What a frame of a part shows, from top to bottom. */
export type PartContent = 'edited' | 'roundTrip' | 'area' | 'over';

/** What has to be kept of every frame for what is done when the parts are joined. */
export function contentOf(after: AfterEdit | undefined): PartContent[] {
  if (!after) return ['edited'];
  return [
    'edited',
    ...(after.comparesRoundTrip ? (['roundTrip'] as const) : []),
    'area',
    ...(after.looksAtOver ? (['over'] as const) : []),
  ];
}

/** Whether a content has a number a pixel rather than a colour. */
const hasNumbers = (content: PartContent): content is 'area' | 'over' => content === 'area' || content === 'over';

/** Rows of a picture that each content takes: those with numbers have one of four bytes a pixel. */
const rowsOf = (content: PartContent, { height }: Size): number => (hasNumbers(content) ? Math.ceil((4 * height) / 3) : height);

/** The size of a part's frames. @param size of the edited ones. */
export function partSize(contents: readonly PartContent[], size: Size): Size {
  return { width: size.width, height: contents.reduce((sum, content) => sum + rowsOf(content, size), 0) };
}

/**
 * The frames of a part: under each edited frame, as pictures, what {@link AfterEdit} was told of it. What is done after an edit may learn from all frames of a clip,
 * so that it has to wait until they are together.
 */
export class PartFrames {
  private readonly held = new HeldFrames();

  /** @param contents what is kept. @param start index of the part's first frame in the clip. */
  constructor(
    private readonly contents: readonly PartContent[],
    private readonly start: number,
  ) {}

  /** As {@link AfterEdit.add}. */
  add(start: number, source: readonly Frame[], roundTrip: readonly Frame[], area: Tensor, over?: Tensor): void {
    this.held.add(start, source, roundTrip, area, over);
  }

  /** The part's frames out of the edited ones. */
  async *finish(edited: AsyncIterable<Frame>): AsyncGenerator<Frame> {
    let index = this.start;
    for await (const frame of edited) yield this.together(frame, this.held.take(index++));
  }

  private together(edited: Frame, held: HeldFrame | undefined): Frame {
    const size = partSize(this.contents, edited);
    const out = createFrame(size.width, size.height);
    let row = 0;
    for (const content of this.contents) {
      const at = 3 * size.width * row;
      if (content === 'edited') out.data.set(edited.data, at);
      if (content === 'roundTrip') out.data.set(held?.roundTrip.data ?? edited.data, at);
      // A frame of which nothing was told has no number there.
      if (hasNumbers(content)) out.data.set(bytesOf(held?.[content] ?? new Float32Array(edited.width * edited.height).fill(NaN)), at);
      row += rowsOf(content, edited);
    }
    return out;
  }
}

/** A frame of a part taken apart. */
export interface PartFrame {
  /** What the network made. */
  readonly edited: Frame;
  /** What the source becomes by the VAE alone, where that was kept. */
  readonly roundTrip: Frame | undefined;
  /** Where the edit may have changed pixels, `[1, 1, height, width]`; undefined where nothing was told of the frame. */
  readonly area: Tensor | undefined;
  /** What of it is new, likewise. */
  readonly over: Tensor | undefined;
}

/** Takes a frame of a part apart. @param size of the edited ones. */
export function takenApart({ data }: Frame, contents: readonly PartContent[], size: Size): PartFrame {
  const { width, height } = size;
  const found = new Map<PartContent, Uint8Array>();
  let at = 0;
  for (const content of contents) {
    const length = hasNumbers(content) ? 4 * width * height : 3 * width * height;
    found.set(content, data.slice(at, at + length));
    at += 3 * width * rowsOf(content, size);
  }
  const picture = (content: PartContent): Frame | undefined => {
    const own = found.get(content);
    return own && { data: own, width, height };
  };
  const numbers = (name: 'area' | 'over'): Tensor | undefined => {
    const bytes = found.get(name);
    const values = bytes && Float32Array.from({ length: width * height }, (_, i) => viewOf(bytes).getFloat32(4 * i, true));
    return values && !Number.isNaN(values[0]) ? new Tensor(values, [1, 1, height, width]) : undefined;
  };
  return { edited: picture('edited')!, roundTrip: picture('roundTrip'), area: numbers('area'), over: numbers('over') };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);

/** Numbers as bytes, lowest first whatever the machine. */
function bytesOf(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = viewOf(bytes);
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return bytes;
}
