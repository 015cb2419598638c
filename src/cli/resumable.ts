import { type LatentDiffusionModel, resumably as madeResumably } from '../library.js';
import type { CommonFlags } from './commonOptions.js';

/** Flags that change neither what is computed nor what it is written to; the seed is known only where it was typed. */
const besideTheRun: ReadonlySet<string> = new Set([
  'output',
  'seed',
  'resumable',
  'contactSheet',
  'sideBySide',
  'history',
  'json',
  'quiet',
  'ffmpeg',
  'audio',
  'promptCache',
]);

/** Where what is done is kept until a result is written. */
export function journalOf(output: string): string {
  return `${output}.unfinished`;
}

/** A run that `--resumable` may stand for. */
interface RunOfFlags {
  /** The flags that were typed. */
  readonly flags: CommonFlags;
  /** What is made. */
  readonly prompt: string;
  /** SHA-256 of the input, where there is one. */
  readonly input?: string | undefined;
  /** What makes it. */
  readonly model: LatentDiffusionModel;
  /** Says what there is to say. */
  readonly notice: (text: string) => void;
}

/**
 * Makes a result and writes it; with `--resumable` so that the same command goes on where it ended before its time, by Ctrl-C, an error or a kill.
 *
 * @param make makes it with a seed, which of a run that is taken up is that of its beginning.
 * @throws what `make` throws, and {@link FrameloomError} for what lies in the journal's place and is another's.
 */
export function resumably<Result>(run: RunOfFlags, make: (seed: number | undefined) => Promise<Result>): Promise<Result> {
  const { flags, prompt, input, model, notice } = run;
  if (!flags.resumable) return make(flags.seed);
  const typed = Object.entries(flags).filter(([name, value]) => !besideTheRun.has(name) && value !== undefined);
  const named = typed.map(([name, value]) => [`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value as unknown]);
  const facts = { prompt, input, ...(Object.fromEntries(named) as Record<string, unknown>) };
  return madeResumably({ file: journalOf(flags.output), facts, seed: flags.seed, model, notice }, make);
}
