import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { AbortError, throwIfAborted, guardChild } from '../core/index.js';
import { ffmpegCrashed, ffmpegFailed, ffmpegStalled } from './errors.js';
import { ffmpegEnvironment } from './ffmpegEnvironment.js';

/** How to start and watch one ffmpeg or ffprobe process. */
export interface RunOptions {
  /** What it does, as the start of a sentence ("Decoding clip.mp4"); used in messages. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** Seconds without any sign of life, while it is its turn, after which it is killed. */
  readonly stallSeconds?: number;
  /** Gets each line of stderr first; those it answers true for are left out of {@link ExitReport.stderr}. */
  readonly takeLine?: ((line: string) => boolean) | undefined;
}

/** How a process ended. */
export interface ExitReport {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  /** The end of what it wrote to stderr, at most 16 kB. */
  readonly stderr: string;
}

const stderrLimit = 16_384;

/**
 * A running ffmpeg: never a shell, always an argument array, killed with this process, on abort
 * and when it stalls. `exited` settles after the process is gone, so no child outlives its caller.
 */
export class FfmpegProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the process is gone and its pipes are closed; rejects only if it never started. */
  readonly exited: Promise<ExitReport>;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly what: string;
  private readonly signal: AbortSignal | undefined;
  private readonly stallSeconds: number;
  private stallTimer: NodeJS.Timeout | undefined;
  private stalled = false;
  private ended = false;

  constructor(program: string, args: readonly string[], options: RunOptions) {
    throwIfAborted(options.signal, options.what);
    this.what = options.what;
    this.signal = options.signal;
    this.stallSeconds = options.stallSeconds ?? 60;
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], shell: false, windowsHide: true, env: ffmpegEnvironment() });
    guardChild(this.child);
    this.stdin = this.child.stdin;
    this.stdout = this.child.stdout;
    // A child that dies early breaks the pipe; its exit code and stderr tell why, so EPIPE does not matter.
    this.stdin.on('error', () => undefined);
    this.stdout.on('error', () => undefined);
    let stderr = '';
    let unfinished = '';
    const keep = (text: string): void => void (stderr = (stderr + text).slice(-stderrLimit));
    this.child.stderr.setEncoding('utf8');
    this.child.stderr.on('data', (text: string) => {
      if (!options.takeLine) return keep(text);
      const lines = (unfinished + text).split('\n');
      unfinished = (lines.pop() ?? '').slice(-stderrLimit);
      for (const line of lines) if (!options.takeLine(line)) keep(`${line}\n`);
    });
    const onAbort = (): void => this.kill();
    this.signal?.addEventListener('abort', onAbort, { once: true });
    this.exited = new Promise<ExitReport>((resolve, reject) => {
      this.child.once('error', (cause) => reject(ffmpegFailed(this.what, cause.message)));
      this.child.once('close', (code, killedBy) => resolve({ code, killedBy, stderr: stderr + unfinished }));
    }).finally(() => {
      this.ended = true;
      this.signal?.removeEventListener('abort', onAbort);
      this.idle();
    });
    // Whoever awaits `exited` gets the rejection; this keeps an early one from being called unhandled.
    this.exited.catch(() => undefined);
  }

  /** Whether the process has ended and its pipes are closed. */
  get gone(): boolean {
    return this.ended;
  }

  /** Ends the process at once; harmless when it is gone already. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** The process has to do something now: starts the time after which it counts as stalled. */
  expectProgress(): void {
    if (this.stallTimer || this.ended) return;
    this.stallTimer = setTimeout(() => {
      this.stalled = true;
      this.kill();
    }, this.stallSeconds * 1000);
  }

  /** It did something: the time starts anew, if it was running. */
  noteProgress(): void {
    this.stallTimer?.refresh();
  }

  /** It is our turn, not the process's: a slow consumer or producer is no stall. */
  idle(): void {
    clearTimeout(this.stallTimer);
    this.stallTimer = undefined;
  }

  /**
   * Writes to its stdin and waits until the bytes have left, so that the caller may reuse them.
   *
   * @returns false when the process has ended and takes no more.
   */
  async write(data: Uint8Array): Promise<boolean> {
    this.expectProgress();
    // A process that ends destroys its stdin, which fails this write: no separate watch is needed.
    const taken = await new Promise<boolean>((resolve) => this.stdin.write(data, (error) => resolve(!error)));
    this.idle();
    return taken;
  }

  /** Waits for the end and throws the error that stands for a kill by abort or stall. */
  async finish(): Promise<ExitReport> {
    this.expectProgress();
    const report = await this.exited;
    if (this.signal?.aborted) throw new AbortError(this.what, { cause: this.signal.reason });
    if (this.stalled) throw ffmpegStalled(this.what, this.stallSeconds);
    // We end processes with SIGKILL; any other signal means that it crashed on what it was given.
    if (report.killedBy && report.killedBy !== 'SIGKILL') throw ffmpegCrashed(this.what, report.killedBy);
    return report;
  }
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @param maxBytes more output than this ends the process; the text is then cut there.
 * @throws AbortError, or FrameloomError `FL_VIDEO_TIMEOUT` when it takes longer than `stallSeconds`.
 */
export async function runToText(
  program: string,
  args: readonly string[],
  options: RunOptions & { maxBytes?: number },
): Promise<ExitReport & { stdout: string }> {
  const run = new FfmpegProcess(program, args, options);
  run.stdin.end();
  const chunks: Buffer[] = [];
  let bytes = 0;
  run.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > (options.maxBytes ?? 1 << 26)) run.kill();
    else chunks.push(chunk);
  });
  const report = await run.finish();
  return { ...report, stdout: Buffer.concat(chunks).toString('utf8') };
}

/** What ffmpeg says of an option or filter that it does not know; undefined when that is not the trouble. */
export function unknownOption(stderr: string): string | undefined {
  return /(Unrecognized option|Option .{0,80}not found|No such filter|Failed to set value .{0,80} for option)[^\r\n]{0,120}/.exec(
    stderr,
  )?.[0];
}

/** The most telling line of ffmpeg's stderr, without addresses and file names of its own. */
export function lastComplaint(stderr: string): string {
  const lines = stderr
    .split(/\r?\n/)
    .map((line) => line.replace(/^\[[^\]]*\]\s*/, '').trim())
    .filter(Boolean);
  return (lines.at(-1) ?? '')
    .replace(/^(file:)?.*: (?=(Invalid data|No such file|Permission denied|End of file|Input\/output))/, '')
    .slice(0, 300);
}
