/**
 * The option by which ffmpeg neither repeats nor leaves out frames: `passthrough` keeps each with its time, `vfr` only sees to
 * it that times ascend. Renamed in ffmpeg 5.1; the old name is on its way out, the new one unknown to older builds.
 *
 * @param version ffmpeg's version text, as in `FfmpegBinaries.version`.
 */
export function frameMode(version: string, mode: 'passthrough' | 'vfr'): string[] {
  return [renamedOptions(version) ? '-fps_mode' : '-vsync', mode];
}

/** Whether an ffmpeg is 5.1 or newer. Builds between releases are counted by their commits. */
export function renamedOptions(version: string): boolean {
  const build = /^N-(\d+)/.exec(version)?.[1];
  if (build !== undefined) return Number(build) >= 107_000;
  const [, major = '0', minor = '0'] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 1);
}
