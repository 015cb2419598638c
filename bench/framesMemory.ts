import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFfmpeg } from '../src/index.js';
import { round } from './overhead.js';

const cli = path.join(__dirname, '..', 'dist', 'cli.js');
const counts = [16, 32, 64];

/** Memory of its own that a process has, GB, 0 of one that has just ended; pages of files are not counted. Linux only. */
function ownGB(pid: number): number {
  const [, kB = '0'] = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kB) / 1e6;
}

/** Runs `frameloom` and looks at its memory several times a second. */
async function peakOf(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  let peak = 0;
  const look = setInterval(() => {
    try {
      peak = Math.max(peak, ownGB(child.pid!));
    } catch {
      // It has just ended.
    }
  }, 200);
  const code = await new Promise((resolve) => child.on('exit', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`frameloom ${args.join(' ')} ended with ${String(code)}.`);
  return round(peak);
}

/**
 * Peak of memory of its own, of edits and of generated clips, with 16, 32 and 64 frames. FRAMELOOM_BENCH_MODEL names a model's folder, FRAMELOOM_BENCH_SIDE the
 * pictures' side in pixels. Goal: 64 frames take at most 1.1 times as much as 16.
 */
export async function framesMemory(): Promise<object> {
  const model = process.env.FRAMELOOM_BENCH_MODEL ?? 'motion-stickers';
  const side = process.env.FRAMELOOM_BENCH_SIDE ?? '128';
  const { ffmpeg } = await findFfmpeg();
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-bench-'));
  const common = ['-m', model, '--steps', '1', '-g', '1', '--seed', '1', '--width', side, '--height', side, '--quiet'];
  try {
    const editGB: number[] = [];
    const generateGB: number[] = [];
    for (const count of counts) {
      const clip = path.join(folder, `${count}.mp4`);
      execFileSync(ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', `testsrc=size=${side}x${side}:rate=8`, '-frames:v', `${count}`, clip]);
      const out = path.join(folder, 'out.mp4');
      editGB.push(await peakOf(['edit', clip, 'a star', '-o', out, '--method', 'sdedit', '--strength', '1', ...common]));
      generateGB.push(await peakOf(['generate', 'a star', '-o', out, '--num-frames', `${count}`, ...common]));
    }
    const growth = (peaks: readonly number[]) => round(peaks.at(-1)! / peaks[0]!);
    return {
      model,
      side,
      frames: counts,
      editGB,
      generateGB,
      growth: { edit: growth(editGB), generate: growth(generateGB) },
      goal: '<= 1.1',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
