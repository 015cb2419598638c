import type { ClipSurface } from './clipSurface.js';
import { LinkedClips } from './linkedClips.js';
import { isPartial, nextInPlay, wholeRange, withIn, withOut } from './playRange.js';
import type { PlayRange } from './playRange.js';
import type { TransportState } from './transportState.js';

/** Plays, steps and seeks one clip, and another one along with it. */
export class Transport {
  /** Called after every change. */
  onChange: (state: TransportState) => void = () => undefined;
  private current: TransportState;
  /** Counts orders, so that work begun under an older order ends by itself. */
  private turn = 0;
  private readonly clips: LinkedClips;
  private wrapTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly leader: ClipSurface,
    loop: boolean,
  ) {
    this.clips = new LinkedClips(leader);
    this.current = { frame: 0, direction: 0, rate: 1, loop, range: wholeRange(leader.clock.frames), muted: true };
    leader.onFrame = (frame) => this.played(frame);
    leader.onEnded = () => this.wrap(this.turn);
  }

  get state(): TransportState {
    return this.current;
  }

  get frames(): number {
    return this.leader.clock.frames;
  }

  /** Adds or removes the clip that is shown along with the first. It stays silent. */
  followWith(follower: ClipSurface | undefined): void {
    this.clips.followWith(follower, this.current.frame);
  }

  /** Shows a frame and stands still there. Resolves when it is on the screen. */
  async seek(frame: number): Promise<void> {
    this.stop();
    const target = Math.min(this.frames - 1, Math.max(0, Math.round(frame)));
    this.change({ frame: target, direction: 0 });
    await this.present();
  }

  step(frames: number): Promise<void> {
    return this.seek(this.current.frame + frames);
  }

  toggle(): void {
    if (this.current.direction === 0) this.play();
    else this.pause();
  }

  play(): void {
    this.stop();
    this.change({ direction: 1 });
    void this.start(this.turn);
  }

  pause(): void {
    const frame = this.current.frame;
    void this.seek(frame);
  }

  /** L: plays, and when it plays already, faster. */
  forward(): void {
    if (this.current.direction === 1) this.setRate(this.current.rate >= 4 ? 1 : Math.max(1, this.current.rate) * 2);
    else this.play();
  }

  /** J: plays backward, frame by frame, since browsers cannot. */
  backward(): void {
    this.stop();
    this.change({ direction: -1 });
    void this.runBackward(this.turn);
  }

  setRate(rate: number): void {
    this.change({ rate });
    if (this.current.direction === 1) this.play();
  }

  setIn(frame = this.current.frame): void {
    this.setRange(withIn(this.current.range, frame, this.frames));
  }

  setOut(frame = this.current.frame): void {
    this.setRange(withOut(this.current.range, frame, this.frames));
  }

  clearRange(): void {
    this.setRange(wholeRange(this.frames));
  }

  setRange(range: PlayRange): void {
    this.change({ range });
    this.leader.loop = this.loopsByItself();
  }

  setLoop(loop: boolean): void {
    this.change({ loop });
    this.leader.loop = this.loopsByItself();
  }

  setMuted(muted: boolean): void {
    this.leader.muted = muted;
    this.change({ muted });
  }

  /** Ends all work; the surfaces are the caller's to dispose. */
  dispose(): void {
    this.stop();
    this.onChange = () => undefined;
  }

  private async start(turn: number): Promise<void> {
    const { range, frame } = this.current;
    if (frame < range.first || frame >= range.last) {
      this.change({ frame: range.first });
      await this.present();
    }
    if (turn !== this.turn) return;
    this.leader.loop = this.loopsByItself();
    try {
      await this.leader.play(this.current.rate);
    } catch {
      // A seek that comes at the same moment interrupts play(); only an order to play still in force is news.
      if (turn === this.turn) this.change({ direction: 0 });
    }
  }

  private played(frame: number): void {
    if (this.current.direction !== 1) return;
    const { range, rate } = this.current;
    this.clips.played(frame, rate);
    if (frame > range.last) {
      this.wrap(this.turn);
      return;
    }
    this.change({ frame });
    // The last frame of the range stays for as long as any other.
    if (frame === range.last && !this.loopsByItself()) {
      const turn = this.turn;
      clearTimeout(this.wrapTimer);
      this.wrapTimer = setTimeout(() => this.wrap(turn), 1000 / (this.leader.clock.fps * rate));
    }
  }

  private wrap(turn: number): void {
    if (turn !== this.turn || this.current.direction !== 1) return;
    const { range, loop } = this.current;
    if (!loop) {
      void this.seek(range.last);
      return;
    }
    this.stop();
    this.change({ frame: range.first });
    const next = this.turn;
    void this.present().then(() => (next === this.turn ? this.start(next) : undefined));
  }

  private async runBackward(turn: number): Promise<void> {
    while (turn === this.turn) {
      const began = performance.now();
      const next = nextInPlay(this.current.range, this.current.frame, -1, this.current.loop);
      if (next === undefined) return this.pause();
      this.change({ frame: next });
      await this.present();
      const rest = 1000 / (this.leader.clock.fps * this.current.rate) - (performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, rest)));
    }
  }

  private present(): Promise<void> {
    return this.clips.show(this.current.frame);
  }

  private loopsByItself(): boolean {
    return this.current.loop && !isPartial(this.current.range, this.frames);
  }

  private stop(): void {
    this.turn++;
    clearTimeout(this.wrapTimer);
    this.clips.pause();
  }

  private change(part: Partial<TransportState>): void {
    this.current = { ...this.current, ...part };
    this.onChange(this.current);
  }
}
