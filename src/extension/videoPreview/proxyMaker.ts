import { AbortError } from '../../pipeline/core/index.js';
import { type FfmpegBinaries, FfmpegProcess, lastComplaint, PartialFile, type ProbedVideo } from '../../pipeline/video/index.js';
import type { ProxyPlan } from './playability.js';
import type { FileStamp, ProxyCache } from './proxyCache.js';
import { proxyArguments } from './proxyCommand.js';

/** Who waits for a proxy. */
export interface ProxyWish {
  readonly signal: AbortSignal;
  /** Told how much is done, from 0 to 1. */
  onProgress(fraction: number): void;
}

interface Job {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  readonly wishes: Set<ProxyWish>;
}

/** Makes playable versions with ffmpeg, one for each file however many editors show it. */
export class ProxyMaker {
  private readonly jobs = new Map<string, Job>();

  constructor(private readonly cache: ProxyCache) {}

  /** Where the versions lie. */
  get folder(): string {
    return this.cache.folder;
  }

  /**
   * The playable version of a file, from the cache or made now.
   *
   * @returns its path.
   * @throws AbortError when the wish's signal fired; Error with a sentence for the reader when ffmpeg failed.
   */
  async make(binaries: FfmpegBinaries, stamp: FileStamp, probed: ProbedVideo, plan: ProxyPlan, wish: ProxyWish): Promise<string> {
    const place = await this.cache.place(stamp, plan);
    if (!this.jobs.has(place) && (await this.cache.has(place))) return place;
    let job = this.jobs.get(place);
    // One that was given up but has not ended yet cannot be joined.
    if (!job || job.abort.signal.aborted) {
      const wishes = new Set<ProxyWish>();
      const abort = new AbortController();
      const started: Job = { done: this.run(binaries, probed, plan, place, wishes, abort.signal), abort, wishes };
      const forget = (): void => void (this.jobs.get(place) === started && this.jobs.delete(place));
      started.done.then(forget, forget);
      this.jobs.set(place, started);
      job = started;
    }
    await this.await(job, wish, probed.info.path);
    return place;
  }

  private async await(job: Job, wish: ProxyWish, name: string): Promise<void> {
    job.wishes.add(wish);
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(new AbortError(`Preparing ${JSON.stringify(name)} for playing`));
      wish.signal.addEventListener('abort', leave, { once: true });
      if (wish.signal.aborted) leave();
    });
    try {
      await Promise.race([job.done, left]);
    } finally {
      wish.signal.removeEventListener('abort', leave);
      job.wishes.delete(wish);
      // The work ends with the last who waits for it.
      if (job.wishes.size === 0) job.abort.abort();
    }
  }

  private async run(
    binaries: FfmpegBinaries,
    probed: ProbedVideo,
    plan: ProxyPlan,
    place: string,
    wishes: Set<ProxyWish>,
    signal: AbortSignal,
  ): Promise<void> {
    const what = `Preparing ${JSON.stringify(probed.info.path)} for playing`;
    const partial = await PartialFile.create(place, true);
    try {
      const ffmpeg = new FfmpegProcess(binaries.ffmpeg, await proxyArguments(binaries, probed, plan, partial.path), { what, signal });
      ffmpeg.stdin.end();
      ffmpeg.expectProgress();
      ffmpeg.stdout.setEncoding('utf8');
      ffmpeg.stdout.on('data', (text: string) => {
        ffmpeg.expectProgress();
        const fraction = progressIn(text, probed.info.duration);
        if (fraction !== undefined) for (const wish of wishes) wish.onProgress(fraction);
      });
      const { code, stderr } = await ffmpeg.finish();
      if (code !== 0) throw new Error(`ffmpeg could not read the video: ${lastComplaint(stderr) || `it ended with code ${code}`}`);
      await partial.commit();
    } finally {
      await partial.discard();
    }
    await this.cache.trim(place);
  }
}

/** How far ffmpeg's `-progress` says it is, from 0 to 1; the last report in the text counts. */
export function progressIn(text: string, duration: number): number | undefined {
  const times = [...text.matchAll(/^out_time_us=(\d+)/gm)];
  const last = times.at(-1)?.[1];
  return last === undefined || !(duration > 0) ? undefined : Math.min(1, Number(last) / 1e6 / duration);
}
