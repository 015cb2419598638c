import type { ClipPayload } from '../../shared/display.js';
import type { ClipSurface, PlayerClip } from '../player/clipSurface.js';
import { steadyClock } from '../player/frameClock.js';
import type { FrameClock } from '../player/frameClock.js';
import { SequenceSurface } from '../player/sequenceSurface.js';
import { PlaybackError, VideoSurface } from '../player/videoSurface.js';
import type { HostWire } from './hostWire.js';

/** Makes the player's clip of a payload: finds the file when it is opened, and what to show when there is none. */
export function playerClip(clip: ClipPayload, title: string, wire: HostWire, say: (text: string) => void): PlayerClip {
  const clock = steadyClock(clip.frames, clip.fps);
  const open = async (): Promise<ClipSurface> => {
    try {
      return await openFile(clip, clock, wire);
    } catch (error) {
      if (!clip.strip) throw error;
      say(`${error instanceof Error ? error.message : String(error)} These are the small pictures kept in the notebook.`);
      return SequenceSurface.fromStrip(clip.strip, clock);
    }
  };
  return {
    title,
    width: clip.width,
    height: clip.height,
    clock,
    hasAudio: clip.hasAudio ?? false,
    ...(clip.poster ? { poster: clip.poster } : {}),
    ...(clip.strip ? { strip: clip.strip } : {}),
    open,
    openForThumbnails: () => openFile(clip, clock, wire),
  };
}

async function openFile(clip: ClipPayload, clock: FrameClock, wire: HostWire): Promise<ClipSurface> {
  const { path } = clip;
  if (path === undefined) throw new Error('The notebook holds no video file for this output.');
  try {
    return await VideoSurface.open(address(path), clock);
  } catch (error) {
    const answer = await wire.resolveVideo(path, error instanceof PlaybackError && error.unplayable);
    switch (answer?.kind) {
      case 'address': return VideoSurface.open(new URL(answer.address, document.baseURI).href, clock);
      case 'bytes': return openBytes(answer.bytes, answer.mime, clock);
      case 'frames': return SequenceSurface.open(answer.pictures, steadyClock(answer.pictures.length, answer.fps));
      case 'failed': throw new Error(answer.message, { cause: error });
      case undefined: throw new Error(missing(path), { cause: error });
    }
  }
}

/** The notebook's page has the notebook's folder as its base, so a relative address finds the side folder. */
function address(path: string): string {
  return new URL(path.split('/').map(encodeURIComponent).join('/'), document.baseURI).href;
}

async function openBytes(bytes: Uint8Array, mime: string, clock: FrameClock): Promise<ClipSurface> {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mime }));
  const surface = await VideoSurface.open(url, clock).catch((error: unknown) => {
    URL.revokeObjectURL(url);
    throw error;
  });
  const dispose = surface.dispose.bind(surface);
  surface.dispose = () => {
    dispose();
    URL.revokeObjectURL(url);
  };
  return surface;
}

function missing(path: string): string {
  const folder = path.split('/')[0] ?? path;
  return `The video ${path} is not beside this notebook. Keep the folder ${folder} next to the .ipynb file, choose the Frameloom kernel, or run the cell again.`;
}
