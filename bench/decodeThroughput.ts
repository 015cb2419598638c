import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFfmpeg, Video } from '../src/index.js';
import { scalerFlags } from '../src/pipeline/video/decodeFilters.js';
import { round } from './overhead.js';

const ROUNDS = 3;

/**
 * Frames a second that `video.frames()` gives ÷ frames a second of `ffmpeg -f rawvideo` to nowhere, for H.264 at
 * 1280 × 720, with the same accurate conversion to RGB (full chroma, exact rounding) on both sides. ffmpeg's default
 * conversion is faster and coarser; the ratio to it is printed too. The three take turns, and each one's best round
 * counts. Goal: at least 0.8.
 */
export async function decodeThroughput(): Promise<object> {
  const { ffmpeg } = await findFfmpeg();
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-bench-'));
  const file = path.join(folder, 'clip.mp4');
  try {
    execFileSync(ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30:duration=10', '-pix_fmt', 'yuv420p', file]);
    let ours = Infinity;
    let theirs = Infinity;
    let fast = Infinity;
    const raw = (filters: readonly string[]) =>
      seconds(() =>
        spawnSync(ffmpeg, ['-v', 'error', '-nostdin', '-i', file, ...filters, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-y', '/dev/null']),
      );
    let frames = 0;
    for (let i = 0; i < ROUNDS; i++) {
      theirs = Math.min(theirs, raw(['-vf', `scale=flags=${scalerFlags},format=gbrp,format=rgb24`]));
      fast = Math.min(fast, raw([]));
      const clip = await Video.open(file);
      const started = performance.now();
      frames = 0;
      for await (const { width } of clip.frames()) frames += width > 0 ? 1 : 0;
      ours = Math.min(ours, (performance.now() - started) / 1000);
      await clip.close();
    }
    return {
      framesPerSecond: round(frames / ours),
      ffmpegFramesPerSecond: round(frames / theirs),
      ratio: round(theirs / ours),
      goal: '>= 0.8',
      ratioToFastConversion: round(fast / ours),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function seconds(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}
