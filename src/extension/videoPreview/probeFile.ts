import type { FfmpegBinaries } from '../../pipeline/video/ffmpegBinaries.js';
import { probeVideo } from '../../pipeline/video/probe.js';
import type { ProbedVideo } from '../../pipeline/video/videoInfo.js';

/** Probes one plain file: no image sequence, nothing that a pattern could mean. */
export function probeFile(binaries: FfmpegBinaries, file: string, signal?: AbortSignal): Promise<ProbedVideo> {
  return probeVideo(binaries, { path: file, inputPath: file, inputOptions: [], files: [file], signal });
}
