import { constants } from 'node:fs';
import { access, chmod, stat } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { ffmpegMissing, ffmpegSettingBroken } from './errors.js';
import { checkVideoOptions } from './optionChecks.js';
import type { FindFfmpegOptions } from './videoOptions.js';

/** Where the two programs were found: named by the user, on PATH, or shipped with Frameloom. */
export type FfmpegSource = 'setting' | 'path' | 'bundled';

/** A working pair of programs. */
export interface FfmpegBinaries {
  /** Absolute path of ffmpeg. */
  readonly ffmpeg: string;
  /** Absolute path of ffprobe. */
  readonly ffprobe: string;
  /** ffmpeg's own version text, such as `5.1.9-0+deb12u1` or `N-47683-g0e8eb07980-static`. */
  readonly version: string;
  /** How it was found. */
  readonly source: FfmpegSource;
  /** Candidates that came first but do not work, each with the reason: what `doctor` tells. */
  readonly skipped: readonly string[];
}

interface Candidate {
  readonly source: FfmpegSource;
  readonly ffmpeg: string;
  /** ffprobe programs to try, the best first. */
  readonly ffprobes: readonly string[];
}

const suffix = process.platform === 'win32' ? '.exe' : '';
const found = new Map<string, Promise<FfmpegBinaries>>();

/**
 * Finds ffmpeg and ffprobe: the setting first, then PATH, then the programs shipped as npm
 * packages. Each candidate is run once to see that it works. A broken one on PATH is skipped and its reason
 * kept in `skipped`; one that was named must work. The answer is remembered for the life of the process.
 *
 * @throws FrameloomError `FL_VIDEO_FFMPEG_SETTING` when what was named does not work, `FL_VIDEO_FFMPEG_MISSING` when nothing does.
 */
export async function findFfmpeg(options: FindFfmpegOptions = {}): Promise<FfmpegBinaries> {
  checkVideoOptions.findFfmpeg(options);
  const setting = options.ffmpegPath || process.env.FRAMELOOM_FFMPEG || '';
  const probeSetting = options.ffprobePath || process.env.FRAMELOOM_FFPROBE || '';
  const key = [setting, probeSetting, process.env.PATH].join('\0');
  let search = found.get(key);
  if (!search) {
    search = searchFfmpeg(setting, probeSetting, {
      ffmpeg: options.ffmpegPath ? 'The ffmpeg setting' : 'FRAMELOOM_FFMPEG',
      ffprobe: options.ffprobePath ? 'The ffprobe setting' : 'FRAMELOOM_FFPROBE',
    });
    found.set(key, search);
    // A failure is not remembered: the user may install ffmpeg while the process lives.
    search.catch(() => found.delete(key));
  }
  return search;
}

async function searchFfmpeg(
  setting: string,
  probeSetting: string,
  named: Readonly<Record<'ffmpeg' | 'ffprobe', string>>,
): Promise<FfmpegBinaries> {
  const skipped: string[] = [];
  for (const candidate of await candidates(setting, probeSetting)) {
    const ffmpeg = await versionOf(candidate.ffmpeg, 'ffmpeg');
    if ('broken' in ffmpeg) {
      if (candidate.source === 'setting') throw ffmpegSettingBroken(candidate.ffmpeg, named.ffmpeg, ffmpeg.broken);
      skipped.push(`${candidate.source}: ${candidate.ffmpeg} ${ffmpeg.broken}`);
      continue;
    }
    for (const ffprobe of candidate.ffprobes) {
      const probe = await versionOf(ffprobe, 'ffprobe');
      if ('version' in probe) {
        return { ffmpeg: candidate.ffmpeg, ffprobe, version: ffmpeg.version, source: candidate.source, skipped };
      }
      if (ffprobe === probeSetting) throw ffmpegSettingBroken(ffprobe, named.ffprobe, probe.broken);
      skipped.push(`${candidate.source}: ${ffprobe} ${probe.broken}`);
    }
  }
  throw ffmpegMissing(skipped);
}

async function candidates(setting: string, probeSetting: string): Promise<Candidate[]> {
  const probes = probeSetting ? [probeSetting] : [];
  const onPath = (name: string): string[] =>
    (process.env.PATH ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, name + suffix));
  const bundledFfmpeg = await bundled('@ffmpeg-installer/ffmpeg');
  const bundledFfprobe = await bundled('@ffprobe-installer/ffprobe');
  const anyProbe = [...(await existing(onPath('ffprobe'))), ...bundledFfprobe];
  const list: Candidate[] = [];
  if (setting)
    list.push({ source: 'setting', ffmpeg: setting, ffprobes: [...probes, ...(await existing([sibling(setting)])), ...anyProbe] });
  for (const ffmpeg of await existing(onPath('ffmpeg'))) {
    list.push({ source: 'path', ffmpeg, ffprobes: [...probes, ...(await existing([sibling(ffmpeg)])), ...anyProbe] });
  }
  for (const ffmpeg of bundledFfmpeg) list.push({ source: 'bundled', ffmpeg, ffprobes: [...probes, ...bundledFfprobe, ...anyProbe] });
  return list;
}

function sibling(ffmpeg: string): string {
  return join(dirname(ffmpeg), `ffprobe${suffix}`);
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const checks = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (entry) => entry.isFile(),
        () => false,
      ),
    ),
  );
  return paths.filter((_, index) => checks[index]);
}

/** The program that an installer package ships for this platform, if it does. */
async function bundled(name: '@ffmpeg-installer/ffmpeg' | '@ffprobe-installer/ffprobe'): Promise<string[]> {
  try {
    const installer = (
      name === '@ffmpeg-installer/ffmpeg' ? await import('@ffmpeg-installer/ffmpeg') : await import('@ffprobe-installer/ffprobe')
    ) as { path?: string; default?: { path?: string } };
    const path = installer.path ?? installer.default?.path;
    if (!path) return [];
    // npm unpacks ffprobe without its executable bit; put it back where we may.
    await access(path, constants.X_OK)
      .catch(() => chmod(path, 0o755))
      .catch(() => undefined);
    return [path];
  } catch {
    // No build for this platform: the installers throw on import.
    return [];
  }
}

/** A program answers at once; on a busy machine, or from a slow drive, it may take its time. */
const patienceSeconds = 60;

function versionOf(path: string, name: 'ffmpeg' | 'ffprobe'): Promise<{ version: string } | { broken: string }> {
  return new Promise((resolve) => {
    execFile(path, ['-version'], { timeout: patienceSeconds * 1000, windowsHide: true, maxBuffer: 1 << 20 }, (error, stdout) => {
      const version = new RegExp(`^${name} version (\\S+)`).exec(stdout)?.[1];
      if (!error && version) resolve({ version });
      else if (error?.killed) resolve({ broken: `did not answer within ${patienceSeconds} s` });
      else if (error) resolve({ broken: `does not run (${(error as NodeJS.ErrnoException).code ?? error.message})` });
      else resolve({ broken: `is not ${name}` });
    });
  });
}
