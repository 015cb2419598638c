/**
 * Which frame is shown at which moment of a file, and where to seek for a frame.
 *
 * HTML video knows seconds only. Seeking to the first moment of a frame shows the one before it as
 * often as not, because the file rounds its times and the browser rounds ours; so we seek to the
 * middle of a frame and read back which one came.
 */
export interface FrameClock {
  readonly frames: number;
  /** Seconds from the first frame to the end of the last. */
  readonly duration: number;
  /** Average frames per second. */
  readonly fps: number;
  /** Seconds from the first frame to the moment `frame` appears. */
  timeOf(frame: number): number;
  /** Where to seek in the file so that `frame` is shown: the middle of it. */
  seekTime(frame: number): number;
  /** The frame that stands at a moment of the file. */
  frameAt(fileTime: number): number;
  /** The frame whose own timestamp in the file is nearest: for `mediaTime` of a presented frame. */
  frameStamped(fileTime: number): number;
}

/**
 * A clock for frames at equal distances.
 *
 * @param offset the file's time of the first frame, seconds.
 */
export function steadyClock(frames: number, fps: number, offset = 0): FrameClock {
  const count = Math.max(1, Math.floor(frames));
  const clamp = (frame: number): number => Math.min(count - 1, Math.max(0, frame));
  return {
    frames: count,
    fps,
    duration: count / fps,
    timeOf: (frame) => clamp(frame) / fps,
    seekTime: (frame) => offset + (clamp(frame) + 0.5) / fps,
    // WebM stores whole milliseconds: a frame may begin up to half of one early.
    frameAt: (fileTime) => clamp(Math.floor((fileTime - offset) * fps + Math.min(0.25, 0.001 * fps))),
    frameStamped: (fileTime) => clamp(Math.round((fileTime - offset) * fps)),
  };
}

/**
 * A clock for a file whose frames stand unevenly (variable frame rate).
 *
 * @param times when each frame appears, seconds after the first, ascending.
 * @param end when the last frame stops being shown.
 */
export function unevenClock(times: readonly number[], end: number, offset = 0): FrameClock {
  const count = Math.max(1, times.length);
  const clamp = (frame: number): number => Math.min(count - 1, Math.max(0, frame));
  const start = (frame: number): number => times[clamp(frame)] ?? 0;
  const stop = (frame: number): number => (frame + 1 < count ? start(frame + 1) : Math.max(end, start(frame)));
  /** The last frame that begins at or before `time`. */
  const last = (time: number): number => {
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (start(middle) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    frames: count,
    fps: end > 0 ? count / end : 1,
    duration: end,
    timeOf: (frame) => start(frame),
    seekTime: (frame) => offset + (start(clamp(frame)) + stop(clamp(frame))) / 2,
    frameAt: (fileTime) => last(fileTime - offset + 0.001),
    frameStamped: (fileTime) => {
      const time = fileTime - offset;
      const before = last(time);
      const after = clamp(before + 1);
      return start(after) - time < time - start(before) ? after : before;
    },
  };
}

/** `0:03.250`, or `1:02:03.250` from an hour on. */
export function clockText(seconds: number): string {
  const milliseconds = Math.max(0, Math.round(seconds * 1000));
  const whole = Math.floor(milliseconds / 1000);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = `${String(whole % 60).padStart(2, '0')}.${String(milliseconds % 1000).padStart(3, '0')}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
