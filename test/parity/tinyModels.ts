import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';

/** The tiny image model in three published layouts. */
export type TinyLayout = 'tiny-sd' | 'tiny-sd-legacy' | 'tiny-sd-fp16';

/** Two cores at most: these models are too small for more to help. */
const runtime = { threads: 1 };

/** Loads one of the committed directories as it stands. */
export function loadTinyModel(layout: TinyLayout): Promise<LatentDiffusionModel> {
  return LatentDiffusionModel.fromPretrained(join(__dirname, layout), runtime);
}

/** Loads the motion model: its own UNet and schedule, and the other parts of `tiny-sd`, joined in a temporary folder. */
export function loadTinyMotionModel(): Promise<LatentDiffusionModel> {
  return inTinyFolder(['tiny-motion'], (folder) => LatentDiffusionModel.fromPretrained(folder, runtime));
}

/**
 * A temporary folder with the parts of `tiny-sd`, for as long as `use` takes.
 *
 * @param overlays folders whose files lie over those of `tiny-sd`.
 */
export async function inTinyFolder<Result>(overlays: readonly string[], use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'frameloom-tiny-'));
  try {
    for (const layer of ['tiny-sd', ...overlays]) cpSync(join(__dirname, layer), folder, { recursive: true });
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
