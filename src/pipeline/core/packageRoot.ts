import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder that holds Frameloom's package.json, from wherever this code was bundled to. */
export function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json')) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  return folder;
}
