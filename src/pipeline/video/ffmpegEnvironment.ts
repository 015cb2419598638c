import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The environment for an ffmpeg or ffprobe. Static builds for Linux, such as the one that comes along, crash on every
 * MPEG-TS file: to read the channel's name their iconv loads a module of the machine's own C library, which is another
 * one. `media/ffmpeg/gconv-modules` hides these modules; names of channels then stay as they are in the file.
 */
export function ffmpegEnvironment(): NodeJS.ProcessEnv {
  const folder = process.platform === 'linux' ? hidingFolder() : undefined;
  return folder ? { ...process.env, GCONV_PATH: folder } : process.env;
}

/** Found from wherever this code was bundled to. */
function hidingFolder(): string | undefined {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'media', 'ffmpeg');
    if (existsSync(join(candidate, 'gconv-modules'))) return candidate;
  }
  return undefined;
}
