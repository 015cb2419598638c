/** Which of the two directions of a run plays. */
export type Axis = 'step' | 'frame';

/** Steps a second while a frame plays through the steps. */
const stepsPerSecond = 6;

/** How long the last picture stands before play begins again, in pictures. */
const rest = 4;

/** Where in a run the reader looks: a captured step and a frame, both counted from 0. All views share one. */
export class Playhead {
  /** Called after every change. */
  onChange: () => void = () => undefined;
  private at = { step: 0, frame: 0 };
  private axis: Axis | undefined;
  private last: Axis = 'frame';
  private wake = 0;

  constructor(
    readonly steps: number,
    readonly frames: number,
    private readonly fps: number,
  ) {
    this.at.step = Math.max(0, steps - 1);
  }

  get step(): number {
    return this.at.step;
  }

  get frame(): number {
    return this.at.frame;
  }

  /** What plays now. */
  get playing(): Axis | undefined {
    return this.axis;
  }

  /** Entries along an axis. */
  count(axis: Axis): number {
    return axis === 'step' ? this.steps : this.frames;
  }

  /** Looks elsewhere; what is out of range goes to the nearest end. */
  moveTo({ step = this.step, frame = this.frame }: { readonly step?: number; readonly frame?: number }): void {
    const next = { step: within(step, this.steps), frame: within(frame, this.frames) };
    if (next.step === this.step && next.frame === this.frame) return;
    this.at = next;
    this.onChange();
  }

  /** Plays along an axis (the one played last when none is named), or stands still when that plays already. */
  toggle(axis: Axis = this.axis ?? this.last): void {
    if (this.axis === axis) return this.pause();
    this.axis = this.last = axis;
    const interval = 1000 / (axis === 'step' ? stepsPerSecond : Math.min(60, Math.max(1, this.fps)));
    let due = performance.now() + interval;
    let rested = 0;
    const tick = (now: number): void => {
      this.wake = requestAnimationFrame(tick);
      if (now < due) return;
      due = Math.max(due + interval, now);
      const end = this.count(axis) - 1;
      // Steps end in a result that is worth a look; frames go round like the clip.
      if (axis === 'step' && this.step === end && rested++ < rest) return;
      rested = 0;
      this.moveTo({ [axis]: this.at[axis] >= end ? 0 : this.at[axis] + 1 });
    };
    cancelAnimationFrame(this.wake);
    this.wake = requestAnimationFrame(tick);
    this.onChange();
  }

  pause(): void {
    cancelAnimationFrame(this.wake);
    if (this.axis === undefined) return;
    this.axis = undefined;
    this.onChange();
  }
}

function within(value: number, count: number): number {
  return Math.min(Math.max(0, count - 1), Math.max(0, Math.round(value)));
}
