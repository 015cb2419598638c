import type { ClipPayload } from '../../shared/outputs/index.js';
import type { ClipSurface, PlayerClip } from '../player/clipSurface.js';
import { steadyClock } from '../player/frameClock.js';
import { SequenceSurface } from '../player/sequenceSurface.js';
import { VideoSurface } from '../player/videoSurface.js';
import type { HostWire } from './hostWire.js';
import type { FoundVideo, VideoQuestion } from './videoRequests.js';

/** A way to show a clip that was found, for every surface of it. */
type Way = () => Promise<ClipSurface>;

/** Makes the player's clip of a payload: finds the file when it is opened, and what to show when there is none. */
export function playerClip(clip: ClipPayload, title: string, wire: HostWire, say: (text: string) => void): PlayerClip {
  const file = new ClipFile(clip, wire, say);
  const { strip } = clip;
  return {
    title,
    width: clip.width,
    height: clip.height,
    clock: steadyClock(clip.frames, clip.fps),
    hasAudio: clip.hasAudio ?? false,
    ...(strip ? { strip } : {}),
    async open(signal) {
      try {
        return await file.open(signal);
      } catch (error) {
        if (!strip || signal.aborted) throw error;
        say(`${error instanceof Error ? error.message : String(error)} These are the small pictures kept in the notebook.`);
        return SequenceSurface.fromStrip(strip, steadyClock(clip.frames, clip.fps));
      }
    },
    openForThumbnails: (signal) => file.open(signal),
  };
}

/** The file of a clip: from beside the notebook, or what the controller sends in its place. */
class ClipFile {
  /** Found once and kept while anything shows it. */
  private way: Promise<Way> | undefined;
  private users = 0;
  private letGo: () => void = () => undefined;

  constructor(
    private readonly clip: ClipPayload,
    private readonly wire: HostWire,
    private readonly say: (text: string) => void,
  ) {}

  async open(signal: AbortSignal): Promise<ClipSurface> {
    this.users++;
    try {
      let direct: ClipSurface | undefined;
      this.way ??= this.find(signal, (surface) => (direct = surface));
      const way = await this.way;
      const surface = direct ?? (await way());
      const dispose = surface.dispose.bind(surface);
      surface.dispose = () => {
        dispose();
        this.leave();
      };
      return surface;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  private leave(): void {
    if (--this.users > 0) return;
    this.letGo();
    this.way = undefined;
  }

  /** @param opened gets the surface of the file itself, if that turns out to be the way. */
  private async find(signal: AbortSignal, opened: (surface: ClipSurface) => void): Promise<Way> {
    const {
      clip: { path, frames, fps, hasAudio },
      say,
    } = this;
    if (path === undefined) throw new Error('The notebook holds no video file for this output.');
    const direct: Way = () => VideoSurface.open(address(path), steadyClock(frames, fps));
    const tried = await direct().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    if (!(tried instanceof Error)) {
      // Where AAC does not play, a clip may play in silence although it has sound: the controller knows.
      const sounding = hasAudio && !plays(aac) ? await this.ask(path, 'sound', signal) : undefined;
      if (sounding?.kind !== 'file') {
        opened(tried);
        return direct;
      }
      tried.dispose();
      return this.fileWay(sounding);
    }
    const found = await this.ask(path, (await isThere(path)) ? 'picture' : 'missing', signal);
    switch (found?.kind) {
      case 'file':
        return this.fileWay(found);
      case 'frames':
        say(found.note);
        return () => SequenceSurface.open(found.pictures, steadyClock(frames, fps), found.frames);
      case 'failed':
        throw new Error(found.message, { cause: tried });
      case undefined:
        throw new Error(missing(path), { cause: tried });
    }
  }

  private async ask(path: string, problem: VideoQuestion['problem'], signal: AbortSignal): Promise<FoundVideo | undefined> {
    const { say } = this;
    const found = await this.wire.resolveVideo({
      path,
      problem,
      playsH264: plays(h264),
      signal,
      onPreparing: (why, fraction) => say(`${why}. Preparing a version that plays… ${Math.round(fraction * 100)} %`),
    });
    say('');
    return found;
  }

  private fileWay({ file, offset }: FoundVideo & { kind: 'file' }): Way {
    const url = URL.createObjectURL(file);
    this.letGo = () => URL.revokeObjectURL(url);
    return () => VideoSurface.open(url, steadyClock(this.clip.frames, this.clip.fps, offset));
  }
}

const h264 = 'video/mp4; codecs="avc1.640028"';
const aac = 'audio/mp4; codecs="mp4a.40.2"';

function plays(type: string): boolean {
  return document.createElement('video').canPlayType(type) !== '';
}

/** The notebook's page has the notebook's folder as its base, so a relative address finds the side folder. */
function address(path: string): string {
  return new URL(path.split('/').map(encodeURIComponent).join('/'), document.baseURI).href;
}

/** Whether the page may load the file: a video element says the same of a file that is gone and of one that it cannot play. */
async function isThere(path: string): Promise<boolean> {
  return fetch(address(path), { method: 'HEAD' }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function missing(path: string): string {
  const folder = path.split('/')[0] ?? path;
  return `The video ${path} is not beside this notebook. Keep the folder ${folder} next to the .ipynb file, choose the Frameloom kernel, or run the cell again.`;
}
