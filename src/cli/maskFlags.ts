import { type Command, InvalidArgumentError } from 'commander';
import { FrameloomError, Mask, Video, type VideoOpenOptions } from '../library.js';
import { number } from './flagValues.js';

/** What the flags that say where an edit may act parse to. */
export interface MaskFlags {
  region?: Mask[];
  trackRegion?: number | true;
  mask?: string;
  maskColour?: Mask[];
  maskWord?: Mask[];
  maskInvert?: boolean;
  feather?: number;
}

/** Adds the flags that say where an edit may act. */
export function addMaskFlags(command: Command): void {
  command
    .option(
      '--region <x,y,width,height>',
      'edit only this rectangle: pixels of the input, or shares below 1; for several, repeat it. Of several kinds of mask, what all mark',
      rectangles,
    )
    .option('--track-region [frame]', 'the regions follow what they hold in this frame, counted from 0 (default: the first)', number)
    .option('--mask <file>', 'edit only the bright places of this clip, as large and long as the input, or of this picture')
    .option('--mask-colour <colour>', "edit only pixels near this colour of the input: red, '#c03020'; for several, repeat it", colours)
    .option('--mask-word <word>', 'edit only where the model looks at for this word; for several, repeat it', words)
    .option('--mask-invert', 'edit all the rest instead')
    .option('--feather <px>', 'fade the edit in over so many pixels of the input from the edge of the mask inwards', number);
}

/**
 * The mask that the flags describe; undefined where they describe none.
 *
 * @param clip the mask's, opened.
 * @throws {FrameloomError} `FL_USAGE` for flags that change a mask where there is none.
 */
export function maskOf(flags: MaskFlags, clip: Video | undefined): Mask | undefined {
  const { region, trackRegion, maskColour, maskWord, maskInvert, feather } = flags;
  if (trackRegion !== undefined && !region) throw needs('--track-region', '--region x,y,width,height');
  const drawn = joined(region);
  const tracked = trackRegion === undefined ? drawn : drawn?.track({ from: trackRegion === true ? 0 : trackRegion });
  const kinds = [tracked, clip && Mask.video(clip), joined(maskColour), joined(maskWord)].filter((mask) => mask !== undefined);
  const [first, ...others] = kinds;
  if (!first) {
    if (maskInvert) throw needs('--mask-invert', 'a mask (--region, --mask, --mask-colour or --mask-word)');
    if (feather !== undefined) throw needs('--feather', 'a mask (--region, --mask, --mask-colour or --mask-word)');
    return undefined;
  }
  const together = others.length > 0 ? first.intersection(...others) : first;
  const side = maskInvert ? together.inverse() : together;
  return feather === undefined ? side : side.feather(feather);
}

/**
 * Opens a mask's clip over the same range as the input; a picture is one whatever the range.
 *
 * @param options those that the input is opened with.
 */
export async function openMask(file: string | undefined, options: VideoOpenOptions): Promise<Video | undefined> {
  if (file === undefined) return undefined;
  const { start, end, fps, maxFrames, ...rest } = options;
  const whole = await Video.open(file, rest);
  const isPart = [start, end, fps, maxFrames].some((value) => value !== undefined);
  if (whole.frameCount === 1 || !isPart) return whole;
  await whole.close();
  return Video.open(file, { ...options, audioTrack: undefined });
}

function joined(masks: readonly Mask[] | undefined): Mask | undefined {
  const [first, ...others] = masks ?? [];
  return first && others.length > 0 ? first.union(...others) : first;
}

function needs(flag: string, what: string): FrameloomError {
  return new FrameloomError('FL_USAGE', `${flag} says something about a mask, but there is none. Give ${what} with it, or leave it out.`);
}

function rectangles(text: string, before: readonly Mask[] = []): Mask[] {
  const numbers = text.split(',').map(number);
  const [x, y, width, height] = numbers as [number, number, number, number];
  if (numbers.length !== 4) throw new InvalidArgumentError('It must be four numbers: x,y,width,height.');
  return [...before, asArgument(() => Mask.rectangle({ x, y, width, height }))];
}

function colours(text: string, before: readonly Mask[] = []): Mask[] {
  return [...before, asArgument(() => Mask.colour(text))];
}

function words(text: string, before: readonly Mask[] = []): Mask[] {
  return [...before, asArgument(() => Mask.word(text))];
}

/** What a mask refuses, as commander reports it with the flag's name. */
function asArgument(make: () => Mask): Mask {
  try {
    return make();
  } catch (error) {
    throw error instanceof FrameloomError ? new InvalidArgumentError(error.message) : error;
  }
}
