import type { ClipSurface } from './clipSurface.js';
import type { FrameClock } from './frameClock.js';

/** A clip that leads, and perhaps another one that shows the same moments along with it. */
export class LinkedClips {
  private follower: ClipSurface | undefined;

  constructor(readonly leader: ClipSurface) {}

  get clock(): FrameClock {
    return this.leader.clock;
  }

  /** Adds or removes the clip that follows. It stays silent. */
  followWith(follower: ClipSurface | undefined, frame: number): void {
    this.follower = follower;
    if (!follower) return;
    follower.muted = true;
    void follower.show(this.followerFrame(follower, frame));
  }

  /** Shows a frame of the leader, and what the follower shows at that moment. Resolves when both are on the screen. */
  async show(frame: number): Promise<void> {
    const { leader, follower } = this;
    await Promise.all([leader.show(frame), follower?.show(this.followerFrame(follower, frame))]);
  }

  /** In play: the leader has come to `frame`. */
  played(frame: number, rate: number): void {
    this.follower?.follow(this.clock.timeOf(frame), rate);
  }

  pause(): void {
    this.leader.pause();
    this.follower?.pause();
  }

  private followerFrame(follower: ClipSurface, frame: number): number {
    const time = this.clock.timeOf(frame) + 0.5 / this.clock.fps;
    return follower.clock.frameAt(time + follower.clock.seekTime(0) - 0.5 / follower.clock.fps);
  }
}
