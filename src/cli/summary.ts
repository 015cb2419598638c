import { realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { contactSheet, type SavedVideo, type Stopwatch, type Video } from '../index.js';
import { duration, shellQuoted, writeWhole } from '../pipeline/core/index.js';
import type { CommonFlags } from './commonOptions.js';
import { print, printJson } from './terminal.js';

/** What happened, as `--json` prints it. */
export interface Summary {
  output: string;
  frames: number;
  width: number;
  height: number;
  fps: number;
  steps: number;
  seed: number;
  scheduler: string;
  model: string;
  /** What its networks ran on. */
  device: string;
  seconds: ReturnType<Stopwatch['report']>;
  /** Most memory the process had, MB (10⁶ bytes). */
  rssPeakMB: number;
}

/** Gathers the summary from what was saved and the record of what made it. */
export function summarise(saved: SavedVideo, result: Video, stopwatch: Stopwatch): Summary {
  const { seed, model, device = 'cpu', settings } = result.provenance!;
  const seconds = Object.fromEntries(
    Object.entries(stopwatch.report()).map(([stage, value]) => [stage, Number(value.toFixed(3))]),
  ) as Summary['seconds'];
  return {
    output: saved.path,
    frames: saved.frames,
    width: saved.width,
    height: saved.height,
    fps: saved.fps,
    steps: settings.numInferenceSteps as number,
    seed,
    scheduler: (settings.scheduler as { name: string }).name,
    model,
    device,
    seconds,
    rssPeakMB: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
  };
}

/** Prints the summary: one line of JSON, or a few lines for people. */
export function printSummary(summary: Summary, flags: CommonFlags, extra: readonly string[] = []): void {
  if (flags.json) {
    printJson(summary);
    return;
  }
  const { output, frames, width, height, fps, steps, scheduler, seed, device, seconds, rssPeakMB } = summary;
  print(
    [
      `Wrote ${shown(output)}: ${frames} ${frames === 1 ? 'frame' : 'frames'} of ${width} × ${height} at ${Number(fps.toFixed(3))} fps.`,
      ...extra,
      `${steps} steps of ${scheduler}, seed ${seed}, ${duration(seconds.total)} (UNet ${duration(seconds.unet)}) on ${device}, at most ${rssPeakMB} MB.`,
      `frameloom inspect ${shellQuoted(shown(output))} says how it was made.`,
    ].join('\n'),
  );
}

/** Writes the contact sheet that was asked for; returns the line that says so. `labels` stand over the clips. */
export async function writeContactSheet(flags: CommonFlags, clips: Video[], labels: readonly string[]): Promise<string[]> {
  if (!flags.contactSheet) return [];
  const sheet = await contactSheet(clips, { labels });
  // Of a link it is the file that is written anew, not the link.
  const place = await realpath(flags.contactSheet).catch(() => path.resolve(flags.contactSheet!));
  await writeWhole(place, (draft) => writeFile(draft, sheet, { flag: 'wx' }));
  return [`Wrote ${shown(flags.contactSheet)}: evenly spaced frames${clips.length > 1 ? ', the source above the result' : ''}.`];
}

/** A path as people would type it from here. */
export function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative || file;
}
