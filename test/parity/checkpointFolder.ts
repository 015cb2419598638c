import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the committed checkpoints lie. */
export function checkpoint(...parts: string[]): string {
  return join(__dirname, 'checkpoints', ...parts);
}

/** A temporary folder with some of the committed checkpoints, the later over the earlier; removed again by `remove`. */
export function checkpointFolder(...layers: readonly string[]): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'frameloom-checkpoint-'));
  for (const layer of layers) cpSync(checkpoint(layer), folder, { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
