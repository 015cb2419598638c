import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LatentDiffusionModel } from '../../src/pipeline/model/latentDiffusionModel.js';

/** The tiny image model in three published layouts. */
export type TinyLayout = 'tiny-sd' | 'tiny-sd-legacy' | 'tiny-sd-fp16';

/** Two cores at most: these models are too small for more to help. */
const runtime = { threads: 1 };

/** Loads one of the committed directories as it stands. */
export function loadTinyModel(layout: TinyLayout): Promise<LatentDiffusionModel> {
  return LatentDiffusionModel.fromPretrained(join(__dirname, layout), runtime);
}

/** Loads the motion model: its own UNet and schedule, and the other parts of `tiny-sd`, joined in a temporary folder. */
export async function loadTinyMotionModel(): Promise<LatentDiffusionModel> {
  const folder = mkdtempSync(join(tmpdir(), 'frameloom-tiny-motion-'));
  try {
    for (const part of ['tokenizer', 'text_encoder', 'vae_encoder', 'vae_decoder']) cpSync(join(__dirname, 'tiny-sd', part), join(folder, part), { recursive: true });
    cpSync(join(__dirname, 'tiny-motion'), folder, { recursive: true });
    return await LatentDiffusionModel.fromPretrained(folder, runtime);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
