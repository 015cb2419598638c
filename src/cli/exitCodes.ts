import { AbortError, ArgumentError, FrameloomError } from '../index.js';

/** What the process answers; documented in the help and the README. */
export const exitCodes = {
  done: 0,
  /** Something that should not happen; the stack is printed. */
  unexpected: 1,
  /** A wrong option, argument or setting. */
  usage: 2,
  /** A video or notebook that cannot be read. */
  video: 3,
  /** A model that cannot be loaded or run. */
  model: 4,
  /** A result that cannot be written. */
  output: 5,
  /** Ctrl-C or a request to end. */
  interrupted: 130,
} as const;

/** The exit code for an error. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof AbortError) return exitCodes.interrupted;
  if (error instanceof ArgumentError) return exitCodes.usage;
  if (!(error instanceof FrameloomError)) return exitCodes.unexpected;
  const { code } = error;
  if (code === 'FL_USAGE' || /^FL_(SCHEDULER|RERUN|RESUME|MASK|SHARD)/.test(code)) return exitCodes.usage;
  if (/^FL_(VIDEO_(OUTPUT|DISK)|NOTEBOOK_WRITE)/.test(code)) return exitCodes.output;
  if (/^FL_(VIDEO|NOTEBOOK)/.test(code)) return exitCodes.video;
  if (/^FL_(MODEL|CHECKPOINT)/.test(code)) return exitCodes.model;
  return exitCodes.unexpected;
}

/** The lines of the help that say what the exit codes mean. */
export const exitCodeHelp = `
Exit codes: 0 done, 1 unexpected error, 2 wrong option or setting, 3 unreadable video or notebook,
4 model missing or broken, 5 result cannot be written, 130 interrupted.`;
