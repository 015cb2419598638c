import type { FrameClock } from './frameClock.js';

/** Milliseconds from the end of a seek to its picture, on a busy machine. */
const presentation = 200;

/**
 * Seeks a video and waits for the picture, not just for the decoder.
 *
 * @param time seconds of the file.
 * @returns the frame that was presented; undefined when none was, as in a hidden page.
 */
export function presentedSeek(element: HTMLVideoElement, clock: FrameClock, time: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    let handle = 0;
    let stamp: number | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const done = (frame: number | undefined): void => {
      clearTimeout(timer);
      element.cancelVideoFrameCallback(handle);
      element.removeEventListener('seeked', onSeeked);
      resolve(frame);
    };
    const onPicture = (_now: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      stamp = clock.frameStamped(mediaTime);
      // While the seek is under way this may still be the picture before it.
      if (!element.seeking) done(stamp);
      else handle = element.requestVideoFrameCallback(onPicture);
    };
    const onSeeked = (): void => {
      if (stamp === clock.frameAt(time)) done(stamp);
      else timer = setTimeout(() => done(undefined), presentation);
    };
    handle = element.requestVideoFrameCallback(onPicture);
    element.addEventListener('seeked', onSeeked, { once: true });
    element.currentTime = time;
  });
}
