import type { FrameTimes } from './videoInfo.js';

/** Files up to this size have their packets listed when opened: exact counts for well under a second. */
export const listableBytes = 256 * 2 ** 20;

/** What the packets of one stream say about its frames, in the container's own clock, seconds. */
export interface PacketList {
  /** When the frames are shown, ascending; without those that an edit list cuts away. */
  readonly shown: readonly number[];
  /** How long the last of them is shown; 0 where the container does not say. */
  readonly lastLength: number;
  /** When the key frames are shown, ascending. */
  readonly keys: readonly number[];
  /** Whether every packet says when it is shown. AVI and raw streams only say when to decode. */
  readonly timed: boolean;
  /** Whether the packets may stand for the frames: the first is a key frame, none is shown before it, no two at once. */
  readonly whole: boolean;
}

interface Packet {
  readonly time: number;
  readonly length: number;
  readonly key: boolean;
}

/**
 * Reads ffprobe's `compact` listing of packets. A packet is not always a frame: there are packed and hidden frames, and frames
 * without the key frame before them. {@link PacketList.whole} says where to be careful.
 *
 * @returns the list of each stream by its index.
 */
export function readPackets(listing: string): Map<number, PacketList> {
  const streams = new Map<number, { packets: Packet[]; timed: boolean }>();
  for (const line of listing.split('\n')) {
    const field = (name: string): string | undefined => new RegExp(`(?:^|\\|)${name}=([^|\\r]*)`).exec(line)?.[1];
    if (!line.includes('pts_time=') || field('flags')?.includes('D')) continue;
    const index = Number(field('stream_index') ?? 0);
    const stream = streams.get(index) ?? { packets: [], timed: true };
    streams.set(index, stream);
    const time = [field('pts_time'), field('dts_time')].map(Number).find(Number.isFinite);
    if (!Number.isFinite(Number(field('pts_time')))) stream.timed = false;
    const before = stream.packets.at(-1);
    // Raw streams know no times at all; there packets are at least counted.
    const next = before ? before.time + (before.length || 0.04) : 0;
    stream.packets.push({ time: time ?? next, length: Number(field('duration_time')) || 0, key: field('flags')?.includes('K') ?? false });
  }
  return new Map([...streams].map(([index, { packets, timed }]) => [index, condense(packets, timed)] as const));
}

function condense(packets: readonly Packet[], timed: boolean): PacketList {
  const [first] = packets;
  const ordered = [...packets].sort((a, b) => a.time - b.time);
  return {
    shown: ordered.map(({ time }) => time),
    lastLength: ordered.at(-1)?.length ?? 0,
    keys: ordered.filter(({ key }) => key).map(({ time }) => time),
    timed,
    whole:
      timed &&
      first?.key === true &&
      ordered[0] === first &&
      ordered.every(({ time }, index) => index === 0 || time > (ordered[index - 1]?.time ?? 0)),
  };
}

/** Containers that jump when recordings are joined. A break above this many seconds is such a jump and no long picture. */
const longestBreak = 10;

/**
 * The moments of a list of frames from their times on the file's clock: seconds from the first, ascending. Times that are
 * missing, stand still or go back, and jumps of more than ten seconds where the container has such, count as one usual step.
 *
 * @param lastLength how long the last frame is shown, in seconds; 0 where nobody says.
 */
export function momentsOf(clock: readonly number[], lastLength: number, jumps: boolean): Pick<FrameTimes, 'times' | 'end'> {
  const steps = clock.slice(1).map((time, index) => time - (clock[index] ?? NaN));
  const sensible = (step: number): boolean => step > 0 && !(jumps && step > longestBreak);
  const usual = median(steps.filter(sensible)) ?? 0.04;
  const times = [0];
  for (const [index, step] of steps.entries()) times.push((times[index] ?? 0) + (sensible(step) ? step : usual));
  return { times, end: (times.at(-1) ?? 0) + (lastLength > 0 ? lastLength : usual) };
}

/** A step back of more than this many seconds begins another recording; a smaller one is a clock in disorder. */
const leastStepBack = 0.5;

/** How the clock of sound tells a join, for an ffmpeg expression over the step to it, in seconds: as {@link joinsOf} tells one. */
export const isJoin = (step: string): string => `gt(${step},${longestBreak})+lt(${step},-${leastStepBack})`;

/**
 * Where recordings with clocks of their own follow each other: by how many seconds the file's clock is ahead of the first one's,
 * as it would have gone on, from each such place on.
 */
export function joinsOf(clock: readonly number[], times: readonly number[]): number[] {
  const first = (clock[0] ?? 0) - (times[0] ?? 0);
  return clock.flatMap((time, index) => {
    const step = time - (clock[index - 1] ?? NaN);
    return step > longestBreak || step < -leastStepBack ? [time - first - (times[index] ?? 0)] : [];
  });
}

/** Whether times ascend and are all there, so that a frame can be told by its time. */
export function ascending(clock: readonly number[]): boolean {
  return clock.every((time, index) => Number.isFinite(time) && (index === 0 || time > (clock[index - 1] ?? Infinity)));
}

/** The middle value; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Index of the last frame shown at or before `time` seconds; 0 when none is. */
export function frameAt(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] ?? Infinity) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}
