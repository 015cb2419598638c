/** Loads a file into a new video element until its first picture is there. @throws PlaybackError when it cannot be played here. */
export async function loadVideo(address: string): Promise<HTMLVideoElement> {
  const element = document.createElement('video');
  element.muted = true;
  element.preload = 'auto';
  element.playsInline = true;
  element.disablePictureInPicture = true;
  element.disableRemotePlayback = true;
  element.tabIndex = -1;
  try {
    await new Promise<void>((resolve, reject) => {
      element.addEventListener('loadeddata', () => resolve(), { once: true });
      element.addEventListener('error', () => reject(new PlaybackError(element.error)), { once: true });
      element.src = address;
    });
    // A codec that is missing here may still bring the sound, with a picture of no size.
    if (element.videoWidth === 0) throw new PlaybackError(null);
    return element;
  } catch (error) {
    unloadVideo(element);
    throw error;
  }
}

/** Lets go of the file. */
export function unloadVideo(element: HTMLVideoElement): void {
  element.pause();
  element.removeAttribute('src');
  // Without a new load() the browser keeps the decoder and the file.
  element.load();
  element.remove();
}

/** The file cannot be played here: its codec or container is unknown to the browser, or it is damaged or gone. */
export class PlaybackError extends Error {
  constructor(error: MediaError | null) {
    const missing = error?.code === MediaError.MEDIA_ERR_NETWORK || (error?.message.includes('404') ?? false);
    super(missing ? 'The video file could not be loaded.' : 'VS Code cannot play this kind of video.');
    this.name = 'PlaybackError';
  }
}
