import type { KernelExit } from './kernelProcess.js';

/** What was running when a kernel died. */
export interface InterruptedWork {
  /** The number in the brackets of the running cell. */
  readonly cell?: number;
  /** How far it was, such as `step 7 of 25`. */
  readonly progress?: string;
}

/**
 * Says to a person what became of a kernel, what was lost and what to do next.
 *
 * @param exit how the process ended.
 * @param work what it was doing; empty when it was idle.
 */
export function describeDeath(exit: KernelExit, work: InterruptedWork = {}): string {
  const during = work.cell === undefined ? '' : ` while cell ${work.cell} was running${work.progress ? ` (${work.progress})` : ''}`;
  return `The kernel ${cause(exit)}${during}. Its variables are lost; the notebook and its outputs are kept. The next cell you run starts a fresh kernel, so run the cells above it again first.${lastWords(exit)}`;
}

function cause({ code, signal, stderr, rss }: KernelExit): string {
  if (/heap out of memory|Allocation failed/i.test(stderr)) return 'ran out of JavaScript memory';
  if (/bad_alloc|Failed to allocate memory/i.test(stderr)) return `ran out of memory${used(rss)}`;
  if (signal === 'SIGKILL') return `was killed by the system or by someone (SIGKILL)${rss && rss > 1e9 ? `, perhaps because memory ran out${used(rss)}` : ''}`;
  if (signal === 'SIGSEGV' || signal === 'SIGABRT' || signal === 'SIGBUS' || signal === 'SIGILL') return `crashed in native code (${signal})`;
  if (signal) return `was ended by ${signal}`;
  if (code === null) return 'could not be started';
  if (code === 0) return 'ended itself (process.exit was called)';
  return `ended with exit code ${code}`;
}

function used(rss: number | undefined): string {
  return rss ? ` (it held ${(rss / 2 ** 30).toFixed(1)} GiB)` : '';
}

function lastWords({ stderr }: KernelExit): string {
  const line = stderr.split('\n').map((text) => text.trim()).filter(Boolean).at(-1);
  return line ? ` Its last words: ${line.slice(0, 300)}` : '';
}
