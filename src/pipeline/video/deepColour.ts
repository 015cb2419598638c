import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { runToText } from './ffmpegProcess.js';

/**
 * What brings pictures of more than 8 bits down to 8: `zimg` (ffmpeg's zscale and tonemap filters)
 * dithers and maps light and gamut exactly; `swscale` is for an ffmpeg built without it.
 */
export type DeepColour = 'zimg' | 'swscale';

const known = new Map<string, Promise<DeepColour>>();

/** Which of the two an ffmpeg offers: its filter list decides, once per program. */
export function deepColourOf({ ffmpeg }: FfmpegBinaries): Promise<DeepColour> {
  let answer = known.get(ffmpeg);
  if (!answer) {
    answer = runToText(ffmpeg, ['-hide_banner', '-filters'], { what: 'Asking ffmpeg for its filters', stallSeconds: 60 }).then(
      ({ stdout }) => (/ zscale /.test(stdout) && / tonemap /.test(stdout) ? 'zimg' : 'swscale'),
    );
    known.set(ffmpeg, answer);
    answer.catch(() => known.delete(ffmpeg));
  }
  return answer;
}
