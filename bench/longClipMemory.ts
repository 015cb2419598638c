import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFfmpeg } from '../src/index.js';
import { round } from './overhead.js';

const cli = path.join(__dirname, '..', 'dist', 'cli.js');

/**
 * Peak memory of editing a clip of 60 s ÷ that of 10 s, each by `frameloom edit` in a process of its own. Goal: at most 1.2.
 *
 * One denoising step a window is enough: memory does not depend on the number of steps.
 */
export async function longClipMemory(): Promise<object> {
  const { ffmpeg } = await findFfmpeg();
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-bench-'));
  try {
    const peak = (duration: number) => {
      const file = path.join(folder, `${duration}.mp4`);
      execFileSync(ffmpeg, [
        '-v',
        'error',
        '-f',
        'lavfi',
        '-i',
        `testsrc2=size=640x360:rate=8:duration=${duration}`,
        '-pix_fmt',
        'yuv420p',
        file,
      ]);
      const line = execFileSync(
        process.execPath,
        [cli, 'edit', file, 'a big star', '-o', path.join(folder, 'out.mp4'), '--steps', '4', '--strength', '0.25', '--json', '--quiet'],
        { encoding: 'utf8' },
      );
      return (JSON.parse(line) as { rssPeakMB: number }).rssPeakMB;
    };
    const short = peak(10);
    const long = peak(60);
    return { peakMB10s: short, peakMB60s: long, ratio: round(long / short), goal: '<= 1.2' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
