import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { flicker, type Frame, type GenerateVideoOptions, type LatentDiffusionModel } from '../src/index.js';
import type { HeldOutClip, HeldOutPrompt } from './heldOut.js';
import { type Judge, type Judged, shareWithoutEffect, sharesRight } from './judge.js';
import { type LooksScores, scoreLooks } from './looks.js';
import { mean, median } from './mean.js';
import { cappedPSNR } from './pictures.js';
import type { ToldApart } from './toldApart.js';

/** What generating from held-out prompts gave. */
export interface GeneratedScores {
  /** Shares of right answers. */
  generated: Record<Judged, number>;
  /** Share of the clips without an effect in which none is read. */
  noEffect: number;
  /** Mean difference between neighbouring frames. */
  flicker: number;
  /** How the clips look beside the drawn ones of the same sentences, of those prompts that have one. */
  looks: LooksScores;
  /** Share of the frames that are taken for generated ones. */
  lookGenerated: number;
  /** Median. */
  secondsPerClip: number;
}

/** Generates a clip for each prompt, judges it, and compares it with the drawn clip of the same sentence; `clips` are those of the first prompts. */
export async function judgeGenerated(
  model: LatentDiffusionModel,
  judge: Judge,
  toldApart: ToldApart,
  prompts: readonly HeldOutPrompt[],
  clips: readonly HeldOutClip[],
  options: GenerateVideoOptions,
  report: (line: string) => void,
): Promise<GeneratedScores> {
  const pairs = [];
  const seconds = [];
  const changes = [];
  const looks = [];
  const lookGenerated = [];
  for (const [seed, asked] of prompts.entries()) {
    const started = performance.now();
    const frames: Frame[] = [];
    const clip = await model.generateVideo(asked.caption, { seed, onNotice: report, ...options });
    for await (const frame of clip.frames()) frames.push(frame);
    seconds.push((performance.now() - started) / 1000);
    const read = await judge.read(frames);
    pairs.push({ asked, read });
    changes.push(flicker(frames));
    lookGenerated.push(await toldApart.lookGenerated(frames));
    const drawn = clips[seed];
    if (drawn) looks.push({ made: frames, drawn: drawn.frames });
    report(`${asked.caption}: read as ${read.colour} ${read.subject}, ${read.motion}, ${read.background}, ${read.effect}`);
  }
  return {
    generated: sharesRight(pairs),
    noEffect: shareWithoutEffect(pairs),
    flicker: mean(changes),
    looks: scoreLooks(looks),
    lookGenerated: mean(lookGenerated),
    secondsPerClip: median(seconds),
  };
}

/** What the judge reads in the drawn clips, which of their frames are taken for generated ones, how well the VAE passes them and how they look after it, and how much their frames differ. */
export async function judgeReal(
  model: LatentDiffusionModel,
  judge: Judge,
  toldApart: ToldApart,
  clips: readonly HeldOutClip[],
): Promise<{
  real: Record<Judged, number>;
  noEffect: number;
  lookGenerated: number;
  vaePSNR: number;
  flicker: number;
  looks: LooksScores;
}> {
  const pairs = [];
  const quality = [];
  const looks = [];
  const lookGenerated = [];
  for (const clip of clips) {
    lookGenerated.push(await toldApart.lookGenerated(clip.frames));
    pairs.push({ asked: clip, read: await judge.read(clip.frames) });
    const passed = await model.vae.decode(await model.encodeFrames(clip.frames));
    looks.push({ made: passed, drawn: clip.frames });
    quality.push(mean(clip.frames.map((frame, index) => cappedPSNR([frame], [passed[index]!]))));
  }
  return {
    real: sharesRight(pairs),
    noEffect: shareWithoutEffect(pairs),
    lookGenerated: mean(lookGenerated),
    vaePSNR: mean(quality),
    flicker: mean(clips.map(({ frames }) => flicker(frames))),
    looks: scoreLooks(looks),
  };
}

/** Megabytes of all files of a folder. */
export async function megabytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1e6;
}
