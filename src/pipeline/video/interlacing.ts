/** How a picture's lines were taken: all at once, or in two fields of which the one named came first. */
export type FieldOrder = 'progressive' | 'top' | 'bottom';

/** Fields that a clip's frames consist of, and how that is known. */
export interface Interlacing {
  /** The field that was taken first. */
  readonly order: 'top' | 'bottom';
  /** `flagged`: the frames say so themselves. `measured`: their lines stand apart where things move. */
  readonly known: 'flagged' | 'measured';
}

/** One frame by two witnesses. */
export interface FrameFields {
  /** What the coded frame says. */
  readonly flagged: FieldOrder;
  /** What ffmpeg's `idet` sees in its lines; what the frame says where nothing moves. */
  readonly measured: FieldOrder;
}

/** The shares that make a clip interlaced; below five frames a measure says nothing. */
const enough = { frames: 5, oneOrder: 0.9, measured: 0.6, flagged: 0.1 };

/**
 * Whether a clip is interlaced, from a number of its frames. Flags are believed, except where the lines clearly show whole
 * pictures (broadcast marks films as interlaced) or the other order of fields; a clip without flags must show its fields in
 * most frames, nearly all in one order.
 */
export function interlacingOf(frames: readonly FrameFields[]): Interlacing | undefined {
  const share = (witness: keyof FrameFields, order: FieldOrder): number =>
    frames.filter((frame) => frame[witness] === order).length / Math.max(1, frames.length);
  const [top, bottom] = [share('measured', 'top'), share('measured', 'bottom')];
  const seen = top > bottom ? 'top' : 'bottom';
  const clear = frames.length >= enough.frames && Math.max(top, bottom) >= enough.oneOrder * (top + bottom) && top + bottom > 0;
  const flags = { top: share('flagged', 'top'), bottom: share('flagged', 'bottom') };
  if (flags.top + flags.bottom >= enough.flagged) {
    if (frames.length >= enough.frames && share('measured', 'progressive') >= enough.oneOrder) return undefined;
    const said = flags.top >= flags.bottom ? 'top' : 'bottom';
    return { order: clear && Math.max(top, bottom) >= enough.measured ? seen : said, known: 'flagged' };
  }
  return clear && top + bottom >= enough.measured ? { order: seen, known: 'measured' } : undefined;
}

/**
 * Makes whole pictures of fields, one for each frame, with ffmpeg's `bwdif` (Weston's three-field filter with motion compared as
 * in yadif). Of a clip that is flagged only the frames that say so are changed.
 */
export function deinterlaceFilters(interlacing: Interlacing | undefined): string[] {
  if (!interlacing) return [];
  const { order, known } = interlacing;
  return [`bwdif=mode=send_frame:parity=${order === 'top' ? 'tff' : 'bff'}:deint=${known === 'flagged' ? 'interlaced' : 'all'}`];
}
