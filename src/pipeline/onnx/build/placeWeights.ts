import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { WeightsFile } from './builtModel.js';
import { buildErrors } from './errors.js';

/**
 * Where ONNX Runtime finds files of weights. It takes one folder, and for each file a path below it in which no link leads
 * out of the folder; download caches are full of such links, so real paths are given, and the folder is what they have in common.
 *
 * @throws {FrameloomError} `FL_CHECKPOINT_PLACES` for files on different drives of Windows.
 */
export function placeWeights(files: readonly string[]): { folder: string; locations: ReadonlyMap<string, string>; files: WeightsFile[] } {
  const real = new Map([...new Set(files)].map((file) => [file, realpathSync(file)]));
  // A graph without weights needs no place; any folder will do.
  const folder = files.length === 0 ? '.' : commonFolder([...real.values()].map((file) => path.dirname(file)));
  if (folder === undefined) throw buildErrors.noCommonFolder([...real.values()]);
  const locations = new Map([...real].map(([file, target]) => [file, path.relative(folder, target).split(path.sep).join('/')]));
  const versions = [...new Set(real.values())].map((file) => {
    const { size, mtimeMs } = statSync(file);
    return { file, size, modified: mtimeMs };
  });
  return { folder, locations, files: versions };
}

function commonFolder(folders: readonly string[]): string | undefined {
  let [common] = folders;
  for (const folder of folders) {
    while (common !== undefined && !isBelow(folder, common)) {
      const parent = path.dirname(common);
      common = parent === common ? undefined : parent;
    }
  }
  return common;
}

function isBelow(folder: string, above: string): boolean {
  const relative = path.relative(above, folder);
  return !path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..';
}
