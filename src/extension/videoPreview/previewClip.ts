import * as path from 'node:path';
import * as vscode from 'vscode';
import { AbortError } from '../../pipeline/core/index.js';
import { findFfmpeg, checkInputFile, type Provenance, readProvenance } from '../../pipeline/video/index.js';
import type { ClipPlayback, ClipSlot, ClipView } from '../../shared/videoPreviewProtocol.js';
import { videoPrograms } from '../settings.js';
import { requireTrust } from '../trust.js';
import { clipFacts, clipTiming, provenanceSummary } from './clipReport.js';
import { watchFile } from './fileWatch.js';
import { fallbackPlan, playbackPlan } from './playability.js';
import type { ProxyPlan } from './playability.js';
import { probeFile } from './probeFile.js';
import { stampOf } from './proxyCache.js';
import type { ProxyMaker } from './proxyMaker.js';

/** What a clip needs from the panel that shows it. */
export interface ClipSurroundings {
  readonly proxies: ProxyMaker;
  /** The address under which the page may load a file; undefined when it may not. */
  addressOf(file: string): string | undefined;
  /** Takes every new state of the clip to the page. */
  tell(view: ClipView): void;
}

let revisions = 0;

/** One file in a preview: read, made playable, watched and told to the page. */
export class PreviewClip implements vscode.Disposable {
  private current: ClipView;
  private work = new AbortController();
  private readonly watch: vscode.Disposable;
  private record: Provenance | undefined;
  private forced: ProxyPlan | undefined;

  constructor(
    readonly file: string,
    readonly slot: ClipSlot,
    private readonly around: ClipSurroundings,
  ) {
    this.current = { slot, name: path.basename(file), revision: ++revisions, playback: { kind: 'reading' } };
    this.watch = vscode.Disposable.from(
      watchFile(file, () => this.load()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.load()),
    );
  }

  get view(): ClipView {
    return this.current;
  }

  /** How the clip was made, if Frameloom made it. */
  get provenance(): Provenance | undefined {
    return this.record;
  }

  /** Reads the file, from the start; whatever was under way for it ends. */
  load(): void {
    this.work.abort();
    const { signal } = (this.work = new AbortController());
    this.change({ revision: ++revisions, playback: { kind: 'reading' } });
    this.read(signal).catch((error: unknown) => {
      if (signal.aborted) return;
      this.change({ playback: { kind: 'failed', message: error instanceof Error ? error.message : String(error), canRetry: true } });
    });
  }

  /** The page could not play what it got: makes it a version that it surely can, once. */
  cannotPlay(revision: number): void {
    if (revision !== this.current.revision) return;
    const { playback } = this.current;
    if (playback.kind !== 'ready') return;
    if (playback.proxy) {
      this.change({
        playback: { kind: 'failed', message: 'VS Code cannot play even the version that ffmpeg made of this video.', canRetry: true },
      });
      return;
    }
    this.forced = {
      ...fallbackPlan({ container: '', codec: '', pixelFormat: '', bitDepth: 8 }),
      audio: this.current.facts?.audio ? 'mp3' : 'none',
    };
    this.load();
  }

  /** Stops making a playable version. */
  cancel(): void {
    if (this.current.playback.kind !== 'preparing') return;
    this.work.abort(new AbortError('Preparing the video'));
    this.change({ playback: { kind: 'failed', message: 'Preparing the video was cancelled.', canRetry: true } });
  }

  dispose(): void {
    this.work.abort();
    this.watch.dispose();
  }

  private async read(signal: AbortSignal): Promise<void> {
    const { file } = this;
    requireTrust('VS Code\'s own editor plays most videos ("Reopen Editor With..."). For ffmpeg to read this one, trust the folder');
    const programs = videoPrograms();
    if ((await checkInputFile(file)) === 'folder') throw new Error('This is a folder, not a video.');
    const stamp = await stampOf(file);
    const binaries = await findFfmpeg(programs);
    const probed = await probeFile(binaries, file, signal);
    this.record = await readProvenance(file, { ...programs, signal }).catch(() => undefined);
    this.change({ facts: clipFacts(probed.info, stamp.bytes), ...(this.record ? { provenance: provenanceSummary(this.record) } : {}) });

    const plan = this.forced ?? playbackPlan(probed.info);
    const hasAudio = probed.info.audio !== undefined;
    const address = this.around.addressOf(file);
    if (plan.kind === 'direct' && address !== undefined) {
      this.ready({ kind: 'ready', address, timing: clipTiming(probed), hasAudio, proxy: false });
      return;
    }
    const making: ProxyPlan =
      plan.kind === 'proxy'
        ? plan
        : {
            kind: 'proxy',
            video: probed.info.codec === 'h264' ? 'copy' : 'encode',
            audio: hasAudio ? 'mp3' : 'none',
            why: 'The file lies outside of what this view may load',
          };
    this.change({ playback: { kind: 'preparing', why: making.why, fraction: 0 } });
    const proxy = await this.around.proxies.make(binaries, stamp, probed, making, {
      signal,
      onProgress: (fraction) => !signal.aborted && this.change({ playback: { kind: 'preparing', why: making.why, fraction } }),
    });
    // The times of the file that plays are what counts when seeking in it.
    const played = await probeFile(binaries, proxy, signal);
    const proxyAddress = this.around.addressOf(proxy);
    if (proxyAddress === undefined) throw new Error('The folder for prepared videos cannot be shown in this view.');
    this.ready({
      kind: 'ready',
      address: proxyAddress,
      timing: clipTiming(played),
      hasAudio: played.info.audio !== undefined,
      proxy: true,
      why: making.why,
    });
  }

  private ready(playback: ClipPlayback & { kind: 'ready' }): void {
    // The same address would be answered from the page's cache after the file changed.
    const fresh = `${playback.address}${playback.address.includes('?') ? '&' : '?'}revision=${this.current.revision}`;
    this.change({ playback: { ...playback, address: fresh } });
  }

  private change(part: Partial<ClipView>): void {
    this.current = { ...this.current, ...part };
    this.around.tell(this.current);
  }
}
