import type { ClipTiming } from './clipTiming.js';
import { framesPerSecond } from './frameRate.js';
import type { Interlacing } from './interlacing.js';

/** What decoding does to a file that its user may want to know, a sentence each. */
export function noticesOn(timing: ClipTiming, interlacing: Interlacing | undefined, undecoded: number): string[] {
  return [...pace(timing), ...fields(interlacing), ...beginning(undecoded), ...clocks(timing)];
}

function pace({ variable, rate, frameCount, slotCount, slots }: ClipTiming): string[] {
  if (!variable) return [];
  const fps = Number(framesPerSecond(rate).toFixed(3));
  const repeats = slotCount - frameCount;
  const lasts = slots ? slotCount - 1 - (slots.at(-1) ?? 0) : 0;
  if (repeats > 0 && repeats === lasts) return [`The last picture is held for ${lasts + 1} frames at ${fps} fps.`];
  return [
    `The frames come at uneven times. Each is shown at ${fps} fps${repeats > 0 ? `, and ${repeats === 1 ? 'one gap is' : `${repeats} frames' worth of gaps are`} filled by the frame before` : ''}; the option fps chooses another rate.`,
  ];
}

function clocks({ frameTimes: { joins = [] } }: ClipTiming): string[] {
  if (joins.length === 0) return [];
  return [
    `The file's clock jumps ${joins.length === 1 ? 'once' : `${joins.length} times`}, as where recordings were joined. They are shown one after the other, each with its sound.`,
  ];
}

function fields(interlacing: Interlacing | undefined): string[] {
  if (!interlacing) return [];
  return [
    `The pictures are interlaced (${interlacing.order} field first, ${interlacing.known === 'flagged' ? 'as the file says' : 'measured in their lines'}) and are deinterlaced.`,
  ];
}

function beginning(undecoded: number): string[] {
  if (undecoded === 0) return [];
  return [
    `The first ${undecoded === 1 ? 'frame' : `${undecoded} frames`} cannot be decoded without the key frame before ${undecoded === 1 ? 'it' : 'them'}, which the file does not hold. The clip begins after ${undecoded === 1 ? 'it' : 'them'}.`,
  ];
}
