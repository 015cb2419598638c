import type { FfmpegBinaries } from '../../pipeline/video/ffmpegBinaries.js';
import { probeVideo } from '../../pipeline/video/probe.js';
import { singleFile } from '../../pipeline/video/singleFile.js';
import type { ProbedVideo } from '../../pipeline/video/videoInfo.js';

/** Probes one plain file: no image sequence, nothing that a pattern could mean. */
export async function probeFile(binaries: FfmpegBinaries, file: string, signal?: AbortSignal): Promise<ProbedVideo> {
  return probeVideo(binaries, { ...(await singleFile(file)), signal });
}
