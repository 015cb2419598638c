import { type FfmpegBinaries, probeVideo, singleFile, type ProbedVideo } from '../../pipeline/video/index.js';

/** Probes one plain file: no image sequence, nothing that a pattern could mean. */
export async function probeFile(binaries: FfmpegBinaries, file: string, signal?: AbortSignal): Promise<ProbedVideo> {
  return probeVideo(binaries, { ...(await singleFile(file)), signal });
}
