import type { ToneMapping } from './decodeFilters.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { runToText } from './ffmpegProcess.js';

const known = new Map<string, Promise<ToneMapping>>();

/** Which way of bringing HDR down an ffmpeg offers: its filter list decides, once per program. */
export function toneMappingOf({ ffmpeg }: FfmpegBinaries): Promise<ToneMapping> {
  let answer = known.get(ffmpeg);
  if (!answer) {
    answer = runToText(ffmpeg, ['-hide_banner', '-filters'], { what: 'Asking ffmpeg for its filters', stallSeconds: 8 })
      .then(({ stdout }) => (/ zscale /.test(stdout) && / tonemap /.test(stdout) ? 'zimg' : 'curve'));
    known.set(ffmpeg, answer);
    answer.catch(() => known.delete(ffmpeg));
  }
  return answer;
}
