import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KernelClient } from '../src/kernelHost/index.js';
import { round } from './overhead.js';

const script = path.join(__dirname, '..', 'dist', 'kernel.js');
const sample = path.join(__dirname, '..', 'media', 'samples', 'red-car.mp4');
const ROUND_TRIPS = 200;

/**
 * The real kernel process (build first): milliseconds until it runs cells, of a warm `1 + 1` there and back, and from
 * Run to the first preview with the model loaded. Goals: 2000, 15, 1500.
 */
export async function kernel(): Promise<object> {
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-bench-'));
  const started = performance.now();
  const client = await KernelClient.start({ script, folder });
  const readyMs = performance.now() - started;
  try {
    for (let i = 0; i < 20; i++) await client.execute('1 + 1');
    const trips: number[] = [];
    for (let i = 0; i < ROUND_TRIPS; i++) {
      const began = performance.now();
      await client.execute('1 + 1');
      trips.push(performance.now() - began);
    }
    trips.sort((a, b) => a - b);
    return {
      readyMs: round(readyMs),
      roundTripP50Ms: round(trips[ROUND_TRIPS / 2]!),
      roundTripP95Ms: round(trips[Math.floor(ROUND_TRIPS * 0.95)]!),
      firstPreviewMs: round(await firstPreview(client)),
      goals: { readyMs: 2000, roundTripMs: 15, firstPreviewMs: 1500 },
    };
  } finally {
    await client.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstPreview(client: KernelClient): Promise<number> {
  await client.execute(`import { LatentDiffusionModel, Video } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained();
const clip = await Video.open(${JSON.stringify(sample)}, { maxFrames: 8 });`);
  const began = performance.now();
  const preview = new Promise<number>((resolve) => client.main.on('preview', () => resolve(performance.now() - began)));
  const running = client.execute("await model.editVideo(clip, 'a big green car', { seed: 1 })");
  const first = await preview;
  await client.interrupt();
  await running;
  return first;
}
