import { ArgumentError, type OptionCheck } from '../../core/index.js';
import { type Expression, type ExpressionNames, isExpression, readExpression } from './expression.js';
import { type Keyframes, keyframesProblem, requireFramesOf, sortedKeyframes } from './keyframes.js';

/**
 * A number for each frame of a clip. A number holds for all; a text is a formula in the frame, `0.5 + 0.2*sin(2*pi*t/24)`; and keyframes say either by frames,
 * `{ 0: 0.3, 48: 0.8 }`: from one number to the next keyframe it goes evenly, a formula holds up to the next, and what stands last stays. As Deforum reads its
 * schedules.
 *
 * A formula has numbers, `+ - * / % ^`, brackets, `sin`, `cos`, `tan`, `asin`, `acos`, `atan`, `atan2`, `sqrt`, `abs`, `exp`, `log`, `floor`, `ceil`, `round`,
 * `sign`, `pow`, `mod`, `min`, `max`, `clamp(value, low, high)`, `pi`, `e`, and names: `t` and `frame` (from 0), `seconds`, `frames` (of the clip), `fps`, and,
 * where a clip with sound is edited, `loudness` and `onset`, 0 … 1.
 */
export type NumberSchedule = number | string | Keyframes<number | string>;

/** One number for each frame of a clip. */
export type FrameNumbers = readonly number[];

/** The least and the greatest number that an option takes. */
export type NumberRange = readonly [least: number, greatest: number];

/** A clip, as schedules see it. */
export interface ScheduledClip {
  /** Its frames; undefined where nobody knows how many there are. */
  readonly frameCount: number | undefined;
  /** Frames a second. */
  readonly fps: number;
  /** How loud each frame is; undefined where there is no sound to be heard. */
  readonly loudness?: () => Promise<readonly number[]>;
  /** How strongly something begins to sound during each. */
  readonly onsets?: () => Promise<readonly number[]>;
}

/**
 * The check of an option that is one number, or a schedule of them; without a clip what is constant is held against the range, and formulas are read.
 *
 * @param alone the check of a number that holds for all frames. @param range of every number.
 */
export function numberScheduleCheck(alone: OptionCheck, [least, greatest]: NumberRange): OptionCheck {
  return (value, name) => {
    if (typeof value === 'number') return withSchedules(alone(value, name), 'a schedule of such');
    const numbers = `numbers from ${least} to ${greatest} by frames, from frame 0 on: { 0: ${least}, 48: '${greatest}*t/96' }`;
    const problemOf = (each: unknown): string | undefined => {
      if (typeof each !== 'number' && typeof each !== 'string') return 'has neither a number nor a formula';
      const read = readNumber(each);
      if (!isExpression(read)) return `cannot be read: ${read.problem}`;
      if (read.names.size > 0) return undefined;
      const constant = read.valueAt({});
      return constant >= least && constant <= greatest ? undefined : `is ${constant}`;
    };
    if (typeof value !== 'string') return withSchedules(alone(value, name), keyframesProblem(value, numbers, problemOf));
    const problem = problemOf(value);
    return problem && `a number from ${least} to ${greatest}, or a formula of the frame such as '0.5 + 0.2*sin(2*pi*t/24)'; it ${problem}`;
  };
}

function withSchedules(number: string | undefined, schedule: string | undefined): string | undefined {
  return number === undefined || schedule === undefined ? undefined : `${number}, or ${schedule}`;
}

/** Whether numbers were asked for that may differ from frame to frame. */
export function isSchedule(value: unknown): value is Exclude<NumberSchedule, number> {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

/** An option's number, where it is one for all frames. */
export function oneNumber(value: NumberSchedule | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/**
 * The number of every frame.
 *
 * @param name the option's. @param schedule as its check passed it.
 * @throws {ArgumentError} for a clip whose frames are not counted, keyframes that it does not have, names of a sound that is not there, and at the first frame
 * whose number is out of range; what reading the sound throws.
 */
export async function numbersOf(name: string, schedule: NumberSchedule, clip: ScheduledClip, range: NumberRange): Promise<FrameNumbers> {
  const { frameCount: frames, fps } = clip;
  if (frames === undefined)
    throw new ArgumentError(
      name,
      schedule,
      'one number for a clip of which nobody knows how many frames it has, or give maxFrames (--max-frames)',
    );
  const keyframes = typeof schedule === 'object' ? schedule : { 0: schedule };
  requireFramesOf(name, keyframes, frames);
  const read = sortedKeyframes(keyframes).map(([frame, value]) => [frame, readNumber(value) as Expression] as const);
  const used = new Set(read.flatMap(([, { names }]) => [...names]));
  const heard = async (word: string, listen: ScheduledClip['loudness']): Promise<readonly number[] | undefined> => {
    if (!used.has(word)) return undefined;
    if (!listen) throw new ArgumentError(name, schedule, `without ${word}: there is no clip with sound that is edited`);
    return listen();
  };
  const [loudness, onsets] = [await heard('loudness', clip.loudness), await heard('onset', clip.onsets)];
  const namesAt = (frame: number): ExpressionNames => ({
    t: frame,
    frame,
    seconds: frame / fps,
    frames,
    fps,
    loudness: loudness?.[frame] ?? 0,
    onset: onsets?.[frame] ?? 0,
  });
  return Array.from({ length: frames }, (_, frame) => {
    const value = numberAt(read, frame, namesAt);
    if (value >= range[0] && value <= range[1]) return value;
    throw new ArgumentError(
      name,
      schedule,
      `numbers from ${range[0]} to ${range[1]}`,
      `${name} must be numbers from ${range[0]} to ${range[1]}, but at frame ${frame} it is ${Number.isFinite(value) ? value : `${value}, no finite number`}. Change what holds there${typeof schedule === 'string' ? ` (clamp(…, ${range[0]}, ${range[1]}) keeps within)` : ''}.`,
    );
  });
}

function numberAt(
  keyframes: readonly (readonly [frame: number, value: Expression])[],
  frame: number,
  namesAt: (frame: number) => ExpressionNames,
): number {
  const next = keyframes.findIndex(([at]) => at > frame);
  const [from, value] = keyframes.at(next < 0 ? -1 : next - 1)!;
  const before = value.valueAt(namesAt(frame));
  if (next < 0 || value.names.size > 0) return before;
  const [to, after] = keyframes[next]!;
  return before + ((after.valueAt(namesAt(to)) - before) * (frame - from)) / (to - from);
}

function readNumber(value: number | string): ReturnType<typeof readExpression> {
  return typeof value === 'number' ? { names: new Set(), valueAt: () => value } : readExpression(value);
}
