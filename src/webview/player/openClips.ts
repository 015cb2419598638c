import type { ClipSurface, PlayerClip } from './clipSurface.js';

/** Clips that were opened, the first for certain. */
export interface OpenedClips {
  readonly leader: ClipSurface;
  readonly follower?: ClipSurface;
  /** Why the second clip is missing; empty when nothing is. */
  readonly complaint: string;
}

/**
 * Opens a clip and the one it is compared with, at the same time. The first may be shown without the second.
 *
 * @returns undefined when `signal` fired meanwhile; nothing stays open then.
 * @throws what opening the first clip threw.
 */
export async function openClips([first, second]: readonly PlayerClip[], signal: AbortSignal): Promise<OpenedClips | undefined> {
  const [leader, follower] = await Promise.allSettled([first, second].map(async (clip) => clip?.open(signal)));
  const surfaces = [leader, follower].map((result) => (result?.status === 'fulfilled' ? result.value : undefined));
  const [leading, following] = surfaces;
  if (signal.aborted || !leading) {
    for (const surface of surfaces) surface?.dispose();
    if (!signal.aborted && leader?.status === 'rejected') throw leader.reason;
    return undefined;
  }
  const complaint =
    follower?.status === 'rejected'
      ? `${second?.title ?? 'The second clip'}: ${follower.reason instanceof Error ? follower.reason.message : String(follower.reason)}`
      : '';
  return { leader: leading, ...(following ? { follower: following } : {}), complaint };
}
