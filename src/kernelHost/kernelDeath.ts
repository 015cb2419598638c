/** How a kernel process ended, with what was known of it just before. */
export interface KernelEnd {
  /** Its exit code; null where a signal ended it or it never started. */
  readonly code: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: NodeJS.Signals | null;
  /** The last that it wrote to its own stderr, at most 4,000 characters: the words of Node or a native library. */
  readonly stderr: string;
  /** Resident memory at the last sign of life, in bytes. */
  readonly rss: number | undefined;
  /** True when this side ended it. */
  readonly expected: boolean;
}

/** What was running when a kernel ended. */
export interface InterruptedWork {
  /** The number in the brackets of the running cell. */
  readonly cell?: number;
  /** How far it was, such as `step 7 of 25`. */
  readonly progress?: string;
}

/**
 * Says to a person what became of a kernel and what was lost.
 *
 * @param end how the process ended.
 * @param work what it was doing; empty when it was idle.
 * @param next what to do now, in whole sentences; where a person runs single cells that is more than where a file is run.
 */
export function describeDeath(end: KernelEnd, work: InterruptedWork = {}, next = ''): string {
  const during = work.cell === undefined ? '' : ` while cell ${work.cell} was running${work.progress ? ` (${work.progress})` : ''}`;
  const sentences = [`The kernel ${cause(end)}${during}.`, 'Its variables are lost.', remedy(end), next, lastWords(end)];
  return sentences.filter(Boolean).join(' ');
}

function cause({ code, signal, stderr, rss }: KernelEnd): string {
  if (isHeapFull(stderr)) return 'ran out of JavaScript memory';
  if (/bad_alloc|Failed to allocate memory/i.test(stderr)) return `ran out of memory${used(rss)}`;
  if (signal === 'SIGKILL')
    return `was killed by the system or by someone (SIGKILL)${rss && rss > 1e9 ? `, perhaps because memory ran out${used(rss)}` : ''}`;
  if (signal === 'SIGSEGV' || signal === 'SIGABRT' || signal === 'SIGBUS' || signal === 'SIGILL')
    return `crashed in native code (${signal})`;
  if (signal) return `was ended by ${signal}`;
  if (code === null) return 'could not be started';
  if (endOfError.test(stderr)) return `was ended by an error that nobody caught (exit code ${code})`;
  if (code === 0) return 'ended itself (process.exit was called)';
  return `ended with exit code ${code} (process.exit was called)`;
}

function remedy({ stderr }: KernelEnd): string {
  return isHeapFull(stderr)
    ? 'Hold fewer values at once, or work on a shorter clip; frameloom run takes more with NODE_OPTIONS=--max-old-space-size=8192.'
    : '';
}

function isHeapFull(stderr: string): boolean {
  return /heap out of memory|Allocation failed/i.test(stderr);
}

function used(rss: number | undefined): string {
  return rss ? ` (it held ${(rss / 2 ** 30).toFixed(1)} GiB)` : '';
}

/** What Node writes below an error that ends it. */
const endOfError = /^Node\.js v\d[\w.-]*\s*$/m;

function lastWords({ stderr }: KernelEnd): string {
  const ofError = endOfError.test(stderr);
  const line = stderr
    .split('\n')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !(ofError && (endOfError.test(text) || text.startsWith('at '))))
    .at(-1);
  return line ? `Its last words: ${line.slice(0, 300)}` : '';
}
