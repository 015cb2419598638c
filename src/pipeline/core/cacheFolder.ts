import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The folder in which this user's programs keep what they can make again: `$XDG_CACHE_HOME/frameloom` or `~/.cache/frameloom`; on Windows below `%LOCALAPPDATA%`, on macOS
 * below `~/Library/Caches`.
 */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: chosen, LOCALAPPDATA: local } = process.env;
  // A relative path there is to be ignored, as the specification of XDG says.
  if (chosen && path.isAbsolute(chosen)) return path.join(chosen, 'frameloom');
  if (process.platform === 'win32') return path.join(local ?? path.join(homedir(), 'AppData', 'Local'), 'frameloom', 'cache');
  return path.join(homedir(), ...(process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']), 'frameloom');
}
