import { existsSync, readdirSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { FrameloomError, packageRoot } from '../index.js';
import { print } from './terminal.js';

interface PruneFlags {
  dryRun?: boolean;
}

/** `frameloom prune` */
export function registerPrune(program: Command): void {
  program
    .command('prune')
    .description('remove the binaries of other operating systems and processors from this installation; installing again brings them back')
    .option('-n, --dry-run', 'only say what would go')
    .action(prune);
}

async function prune({ dryRun }: PruneFlags): Promise<void> {
  if (!packageRoot().split(path.sep).includes('node_modules')) {
    throw new FrameloomError(
      'FL_USAGE',
      `${packageRoot()} is a clone, not an installed package: packages for all systems are made from it, so nothing is removed.`,
    );
  }
  const folders = otherPlatforms();
  let bytes = 0;
  for (const folder of folders) {
    const size = await sizeOf(folder);
    bytes += size;
    if (!dryRun) await rm(folder, { recursive: true });
    print(`${dryRun ? 'Would remove' : 'Removed'} ${folder} (${megabytes(size)})`);
  }
  if (folders.length === 0) print(`Nothing to remove: only the binaries for ${process.platform}-${process.arch} are here.`);
  else print(`${dryRun ? 'That would free' : 'Freed'} ${megabytes(bytes)}. Installing Frameloom again brings them back.`);
}

/** Folders with ONNX Runtime's binaries that this machine cannot load; none unless those that it can load are there. */
function otherPlatforms(): string[] {
  const bin = path.join(path.dirname(require.resolve('onnxruntime-node/package.json')), 'bin');
  return subfolders(bin).flatMap((api) => {
    const own = path.join(api, process.platform, process.arch);
    if (!existsSync(path.join(own, 'onnxruntime_binding.node'))) return [];
    return subfolders(api).flatMap((platform) =>
      path.basename(platform) === process.platform ? subfolders(platform).filter((folder) => folder !== own) : [platform],
    );
  });
}

function subfolders(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => path.join(folder, name))
    : [];
}

async function sizeOf(folder: string): Promise<number> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(path.join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
