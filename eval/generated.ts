import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { flicker, type Frame, type GenerateVideoOptions, type LatentDiffusionModel } from '../src/index.js';
import { median } from './edits.js';
import type { HeldOutClip, HeldOutPrompt } from './heldOut.js';
import { type Judge, type Judged, mean, shareWithoutEffect, sharesRight } from './judge.js';
import { cappedPSNR } from './pictures.js';

/** What generating from held-out prompts gave. */
export interface GeneratedScores {
  /** Shares of right answers. */
  generated: Record<Judged, number>;
  /** Share of the clips without an effect in which none is read. */
  noEffect: number;
  /** Mean difference between neighbouring frames. */
  flicker: number;
  /** Median. */
  secondsPerClip: number;
}

/** Generates a clip for each prompt and judges it. */
export async function judgeGenerated(
  model: LatentDiffusionModel,
  judge: Judge,
  prompts: readonly HeldOutPrompt[],
  options: GenerateVideoOptions,
  report: (line: string) => void,
): Promise<GeneratedScores> {
  const pairs = [];
  const seconds = [];
  const changes = [];
  for (const [seed, asked] of prompts.entries()) {
    const started = performance.now();
    const frames: Frame[] = [];
    const clip = await model.generateVideo(asked.caption, { seed, onNotice: report, ...options });
    for await (const frame of clip.frames()) frames.push(frame);
    seconds.push((performance.now() - started) / 1000);
    const read = await judge.read(frames);
    pairs.push({ asked, read });
    changes.push(flicker(frames));
    report(`${asked.caption}: read as ${read.colour} ${read.subject}, ${read.motion}, ${read.background}, ${read.effect}`);
  }
  return { generated: sharesRight(pairs), noEffect: shareWithoutEffect(pairs), flicker: mean(changes), secondsPerClip: median(seconds) };
}

/** What the judge reads in the drawn clips, how well the VAE passes them, and how much their frames differ. */
export async function judgeReal(
  model: LatentDiffusionModel,
  judge: Judge,
  clips: readonly HeldOutClip[],
): Promise<{ real: Record<Judged, number>; noEffect: number; vaePSNR: number; flicker: number }> {
  const pairs = [];
  const quality = [];
  for (const clip of clips) {
    pairs.push({ asked: clip, read: await judge.read(clip.frames) });
    const passed = await model.vae.decode(await model.encodeFrames(clip.frames));
    quality.push(mean(clip.frames.map((frame, index) => cappedPSNR([frame], [passed[index]!]))));
  }
  return {
    real: sharesRight(pairs),
    noEffect: shareWithoutEffect(pairs),
    vaePSNR: mean(quality),
    flicker: mean(clips.map(({ frames }) => flicker(frames))),
  };
}

/** Megabytes of all files of a folder. */
export async function megabytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1e6;
}
