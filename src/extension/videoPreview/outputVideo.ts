import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import { findFfmpeg, checkInputFile } from '../../pipeline/video/index.js';
import type { ResolveVideo } from '../../shared/rendererMessages.js';
import type { ProgramSettings } from '../settings.js';
import { framePlan } from './framePlan.js';
import { jpegFrames } from './jpegFrames.js';
import { fallbackPlan, playbackPlan } from './playability.js';
import { probeFile } from './probeFile.js';
import { stampOf } from './proxyCache.js';
import type { ProxyMaker } from './proxyMaker.js';

/** Larger files are not copied into the page of the outputs. */
const largestCopy = 64 * 2 ** 20;

/** What can be copied into the page of the outputs to show a clip there. */
export type OutputVideo =
  /** A file that plays; its first frame stands at `offset` seconds. */
  | { readonly kind: 'file'; readonly file: string; readonly mime: string; readonly offset: number }
  /** JPEG pictures, each of one of `frames`, and what to say about them. */
  | { readonly kind: 'frames'; readonly pictures: readonly Uint8Array[]; readonly frames: readonly number[]; readonly note: string };

/** Why a clip is asked for, and what may be done for it. */
export interface OutputVideoWish {
  readonly problem: ResolveVideo['problem'];
  readonly playsH264: boolean;
  /** Whether ffmpeg may run on the file: not in a folder that is not trusted. */
  readonly mayConvert: boolean;
  readonly programs: Pick<ProgramSettings, 'ffmpegPath' | 'ffprobePath'>;
  readonly signal: AbortSignal;
  /** A version is being made: why, and how much of it is done, from 0 to 1. */
  onProgress(why: string, fraction: number): void;
}

/**
 * Finds a way to show a clip in a notebook output: the file itself where that will do, else the playable version that the
 * video preview makes too, else its frames as pictures.
 *
 * @throws AbortError when the wish's signal fired; Error with a sentence for the reader when there is no way.
 */
export async function outputVideo(file: string, wish: OutputVideoWish, versions: ProxyMaker): Promise<OutputVideo> {
  const { signal } = wish;
  if (wish.problem === 'missing' && (await stat(file)).size <= largestCopy) return { kind: 'file', file, mime: mimeOf(file), offset: 0 };
  if (!wish.mayConvert)
    throw new Error('VS Code cannot play this video as it is, and nothing is converted in a folder that is not trusted.');
  if ((await checkInputFile(file)) === 'folder') throw new Error('This is a folder, not a video.');
  const binaries = await findFfmpeg(wish.programs);
  const probed = await probeFile(binaries, file, signal);
  const wanted = playbackPlan(probed.info);
  if (wish.problem === 'sound' && wanted.kind === 'direct') throw new Error('The sound of this video plays as it is.');
  const plan = wanted.kind === 'proxy' ? wanted : fallbackPlan(probed.info);
  const onProgress = (fraction: number): void => wish.onProgress(plan.why, fraction);
  if (wish.playsH264) {
    const version = await versions.make(binaries, await stampOf(file), probed, plan, { signal, onProgress });
    if ((await stat(version)).size <= largestCopy) {
      const { startOffset } = await probeFile(binaries, version, signal);
      return { kind: 'file', file: version, mime: 'video/mp4', offset: Math.max(0, startOffset) };
    }
  }
  const shown = framePlan({ ...probed.info, frameCount: probed.slotCount });
  const pictures = await jpegFrames(binaries, probed, shown, { signal, onProgress });
  return {
    kind: 'frames',
    pictures,
    frames: shown.frames.slice(0, pictures.length),
    note: noteOn(shown.every, probed.info.audio !== undefined),
  };
}

/** What is missing when a clip is shown as pictures. */
function noteOn(every: number, sound: boolean): string {
  const ordinal = { 1: '', 2: '2nd', 3: '3rd' }[every] ?? `${every}th`;
  const silent = sound ? 'Shown without sound. ' : '';
  const thinned = every > 1 ? `The clip is long: only every ${ordinal} frame is shown. ` : '';
  return silent || thinned ? `${thinned}${silent}The video preview shows all of it.` : '';
}

function mimeOf(file: string): string {
  const types: Record<string, string> = {
    '.webm': 'video/webm',
    '.gif': 'image/gif',
    '.mov': 'video/quicktime',
    '.mkv': 'video/x-matroska',
  };
  return types[path.extname(file).toLowerCase()] ?? 'video/mp4';
}
