import type { ClipTiming, ClipView } from '../../shared/videoPreviewProtocol.js';
import type { PlayerClip } from '../player/clipSurface.js';
import { steadyClock, unevenClock } from '../player/frameClock.js';
import type { FrameClock } from '../player/frameClock.js';
import { PlaybackError } from '../player/loadVideo.js';
import { VideoSurface } from '../player/videoSurface.js';

/** The player's clip of a file that can be played; undefined while it cannot. */
export function viewClip(view: ClipView, cannotPlay: () => void): PlayerClip | undefined {
  const { playback, facts } = view;
  if (playback.kind !== 'ready' || !facts) return undefined;
  const clock = clockOf(playback.timing);
  return {
    title: view.name,
    width: facts.width,
    height: facts.height,
    clock,
    hasAudio: playback.hasAudio,
    async open() {
      try {
        return await VideoSurface.open(playback.address, clock);
      } catch (error) {
        if (error instanceof PlaybackError) cannotPlay();
        throw error;
      }
    },
    openForThumbnails: () => VideoSurface.open(playback.address, clock),
  };
}

function clockOf({ frames, fps, offset, times, end }: ClipTiming): FrameClock {
  return times && times.length > 0 && end !== undefined ? unevenClock(times, end, offset) : steadyClock(frames, fps, offset);
}
