import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Measured } from './checkpoint/measure.js';
import { writeLora, writeMotionAdapter, writeUNet } from './checkpoint/randomWeights.js';

/*
 * Needs 9 GB of temporary space, as much memory, and some minutes. Each measurement has a process of its own. CPU seconds say more than wall seconds where
 * others use the machine too. FRAMELOOM_BENCH_FOLDER names a folder in which the files are kept for the next time.
 */

/**
 * Networks of Stable Diffusion 1.5's size, built and loaded from checkpoints of random weights: seconds until they are there, calls, memory. Goals: built and
 * loaded in 0.6 s, 0.1 GB of its own when loaded and 0.4 while running with 32 bits, 0.9 with 16; a call of the 16-bit file 1.0 times as long as of the
 * 32-bit one, with a LoRA 1.12 times, a frame of AnimateDiff 1.7 times, in 0.5 GB.
 */
export function checkpoint(): Promise<object> {
  const kept = process.env.FRAMELOOM_BENCH_FOLDER;
  const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'frameloom-bench-'));
  try {
    const [F32, F16, motion] = ['F32', 'F16', 'motion'].map((name) => path.join(folder, name)) as [string, string, string];
    const lora = path.join(folder, 'lora.safetensors');
    for (const [place, write] of [
      [F32, () => writeUNet(F32, 'F32')],
      [F16, () => writeUNet(F16, 'F16')],
      [motion, () => writeMotionAdapter(motion)],
    ] as const) {
      mkdirSync(place, { recursive: true });
      if (!existsSync(path.join(place, 'done'))) write();
      mkdirSync(path.join(place, 'done'), { recursive: true });
    }
    if (!existsSync(lora) || statSync(lora).size === 0) writeLora(lora);

    const picture = { unet: F32, side: 64, frames: 1 };
    const half = { ...picture, unet: F16 };
    const withLora = { ...picture, lora };
    const small = { ...picture, side: 32 };
    const clip = { ...small, motion, frames: 8 };
    const results = {
      F32: measured('alone', picture),
      F16: measured('alone', half),
      lora: measured('alone', withLora),
      animateDiff: measured('alone', clip),
      F16OverF32: measured('inTurn', picture, half),
      loraOverNone: measured('inTurn', picture, withLora),
      animateDiffOverUNet: measured('inTurn', small, clip),
    };
    return Promise.resolve(results);
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures in a process of its own. */
function measured(what: 'alone' | 'inTurn', ...networks: readonly Measured[]): object {
  const script = path.join(__dirname, 'checkpoint', 'measure.ts');
  const args = ['--import=tsx', script, what, ...networks.map((network) => JSON.stringify(network))];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const result = JSON.parse(stdout) as object;
  console.error(what, networks, result);
  return result;
}
