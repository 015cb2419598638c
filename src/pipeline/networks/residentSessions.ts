import type { InferenceSession } from './onnxRuntime.js';

/** Parts of a model whose sessions are needed at the same time. */
export type SessionGroup = 'text' | 'encode' | 'denoise' | 'decode' | 'read';

/**
 * The sessions of one model that are in memory. Where that is short, they are those of one group: text encoder, VAE encoder, the UNet with its ControlNets, VAE decoder
 * come and go as they are used.
 */
export class ResidentSessions {
  private readonly resident = new Map<LazySession, SessionGroup>();

  /** @param oneGroup whether the sessions of other groups are given back when one of a group is used. */
  constructor(private readonly oneGroup: boolean) {}

  /** Whether sessions are kept only until those of another group are used. */
  get takeTurns(): boolean {
    return this.oneGroup;
  }

  /** @internal A session is about to be used. */
  async enter(session: LazySession, group: SessionGroup): Promise<void> {
    if (this.oneGroup) {
      for (const [other, of] of [...this.resident]) if (of !== group && (await other.setAside())) this.resident.delete(other);
    }
    this.resident.set(session, group);
  }

  /** @internal A session is gone. */
  leave(session: LazySession): void {
    this.resident.delete(session);
  }
}

/** A session that is made when it is first used, can be set aside, and is then made anew at its next use. */
export class LazySession {
  private session: Promise<InferenceSession> | undefined;
  private users = 0;
  private released = false;

  /** @param create makes it. */
  constructor(
    private readonly create: () => Promise<InferenceSession>,
    private readonly resident: ResidentSessions,
    private readonly group: SessionGroup,
  ) {}

  /** Whether it is in memory. */
  get isResident(): boolean {
    return this.session !== undefined;
  }

  /** Uses it. @throws what making it throws; an Error once it was released. */
  async use<Result>(run: (session: InferenceSession) => Promise<Result>): Promise<Result> {
    if (this.released) throw new Error('The model was released, and cannot be used any more.');
    this.users++;
    try {
      await this.resident.enter(this, this.group);
      this.session ??= this.create();
      return await run(await this.session.catch((error: unknown) => this.forget(error)));
    } finally {
      this.users--;
    }
  }

  /** Gives its memory back until it is used again. @returns false while it is at work. */
  async setAside(): Promise<boolean> {
    if (this.users > 0) return false;
    const session = this.session;
    this.session = undefined;
    await (await session)?.release();
    return true;
  }

  /** Gives its memory back; it cannot be used afterwards. */
  async release(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    this.released = true;
    this.resident.leave(this);
    await (await session)?.release();
  }

  /** One that could not be made is tried anew the next time. */
  private forget(error: unknown): never {
    this.session = undefined;
    this.resident.leave(this);
    throw error;
  }
}
