import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { round } from './overhead.js';

const launcher = path.join(__dirname, '..', 'test', 'vscode', 'launch.mjs');

/**
 * The extension in the real VS Code of the tests (build first): milliseconds that activation takes, of `1 + 1` from the
 * command to the end in the document, from Run to the first preview with the model loaded, and for which the event loop
 * of the extension host stood still at most while a cell ran a tight loop and printed 10,000 lines.
 */
export function extension(): object {
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-bench-'));
  const report = path.join(folder, 'report.json');
  try {
    const { status } = spawnSync(process.execPath, [launcher, 'bench'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, FRAMELOOM_BENCH_REPORT: report },
    });
    if (status !== 0 || !existsSync(report)) throw new Error(`VS Code could not be measured (exit code ${status}).`);
    const numbers = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    return {
      ...Object.fromEntries(Object.entries(numbers).map(([name, ms]) => [name, round(ms)])),
      goals: { activationMs: 50, firstPreviewMs: 1500, longestTurnMs: 50 },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
