import { readdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const MOST_FILES = 4000;
/** Where systems keep fonts, nest them no deeper. */
const DEEPEST = 5;

/** The font files of this machine (`.ttf`, `.otf`, `.ttc`), by path. @param folders where to look; by default where the system keeps them. */
export function systemFontFiles(folders: readonly string[] = fontFolders()): string[] {
  const files: string[] = [];
  const look = (folder: string, level: number): void => {
    if (level > DEEPEST || files.length >= MOST_FILES) return;
    for (const entry of entriesOf(folder)) {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(place))) look(place, level + 1);
      else if (/\.(ttf|otf|ttc|otc)$/i.test(entry.name)) files.push(place);
    }
  };
  for (const folder of folders) look(folder, 0);
  return files.sort();
}

function fontFolders(): string[] {
  const home = os.homedir();
  switch (process.platform) {
    case 'darwin':
      return ['/System/Library/Fonts', '/Library/Fonts', path.join(home, 'Library/Fonts')];
    case 'win32':
      return [
        path.join(process.env.WINDIR ?? 'C:\\Windows', 'Fonts'),
        path.join(process.env.LOCALAPPDATA ?? home, 'Microsoft', 'Windows', 'Fonts'),
      ];
    default:
      return [
        '/usr/share/fonts',
        '/usr/local/share/fonts',
        path.join(home, '.fonts'),
        path.join(process.env.XDG_DATA_HOME ?? path.join(home, '.local/share'), 'fonts'),
      ];
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // there is none, or it is not ours to read
  }
}

function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch {
    return false;
  }
}
