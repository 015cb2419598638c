import { ArgumentError, type Frame } from '../core/index.js';
import { type Caption, captionHeight, captionWidth, drawCaptions, drawPicture, fitCaption, paperColour, plainFrame } from './canvas.js';
import { checkVideoOptions } from './optionChecks.js';
import { PictureScaler } from './pictureScaler.js';
import type { Video } from './video.js';
import type { SideBySideOptions } from './videoOptions.js';

/**
 * Two clips next to each other, frame by frame: the second is brought to the first one's height and
 * rate, and the result ends with the shorter. It has the first clip's sound.
 *
 * Streams: neither clip is held in memory, and a long result goes to a temporary file.
 *
 * @throws ArgumentError for a gap that is no pixel count, and what reading the clips throws.
 */
export async function sideBySide(a: Video, b: Video, options: SideBySideOptions = {}): Promise<Video> {
  checkVideoOptions.sideBySide(options);
  const gap = options.gap ?? 8;
  if (!Number.isInteger(gap) || gap < 0 || gap > 1024) throw new ArgumentError('gap', gap, 'a whole number of pixels from 0 to 1024');
  const right = Math.abs(b.fps / a.fps - 1) < 1e-6 ? b : await b.resample({ fps: a.fps });
  return a.withFrames(pairs(a, right, gap, options), { origins: b.origins, signal: options.signal });
}

async function* pairs(a: Video, b: Video, gap: number, { labels, signal }: SideBySideOptions): AsyncGenerator<Frame> {
  const rightWidth = Math.max(1, Math.round((b.width * a.height) / b.height));
  const size = { width: rightWidth, height: a.height };
  const scaler = new PictureScaler(b, { size, scaled: size, x: 0, y: 0 });
  const top = labels ? captionHeight : 0;
  const blank = plainFrame(a.width + gap + rightWidth, a.height + top, paperColour);
  if (labels) drawCaptions(blank, [captionOver(labels[0], 0, a.width), captionOver(labels[1], a.width + gap, rightWidth)]);
  const second = b.frames({ signal })[Symbol.asyncIterator]();
  try {
    for await (const left of a.frames({ signal })) {
      const right = await second.next();
      if (right.done) return;
      const frame = { ...blank, data: blank.data.slice() };
      drawPicture(frame, left, 0, top);
      drawPicture(frame, scaler.scale(right.value), a.width + gap, top);
      yield frame;
    }
  } finally {
    await second.return?.(undefined);
  }
}

/** A caption in the middle over a clip. */
function captionOver(label: string, left: number, width: number): Caption {
  const text = fitCaption(label, width);
  return { text, x: left + Math.floor((width - captionWidth(text)) / 2), y: 4 };
}
