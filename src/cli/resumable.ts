import { randomInt } from 'node:crypto';
import { CallJournal, host, type LatentDiffusionModel, type RunFacts } from '../library.js';
import packageJson from '../../package.json';
import type { CommonFlags } from './commonOptions.js';
import { duration } from './progressDisplay.js';
import { shown } from './summary.js';

/** Flags that change neither what is computed nor what it is written to. */
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

/** A run as its journal knows it. */
interface ResumableRun {
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
 * Makes a result; with `--resumable` so that the same command goes on where it ended before its time, by Ctrl-C, an error or a kill.
 *
 * @param make makes it with a seed, which of a run that is taken up is that of its beginning.
 * @throws {FrameloomError} as {@link CallJournal.open}; what `make` throws.
 */
export async function resumably<Result>(run: ResumableRun, make: (seed: number | undefined) => Promise<Result>): Promise<Result> {
  const { flags, notice } = run;
  if (!flags.resumable) return make(flags.seed);
  const file = journalOf(flags.output);
  const journal = await CallJournal.open(file, factsOf(run), flags.seed ?? randomInt(2 ** 32), notice);
  const { calls, seconds } = journal.kept;
  if (calls === 0) notice(`What is done is kept in ${shown(file)}, so that the same command goes on where it is interrupted or killed.`);
  else notice(`Taken up again: ${counted(calls)}, ${duration(seconds)} of work, are kept in ${shown(file)} and not made again.`);
  const before = host.setAmbient({});
  host.setAmbient({ ...before, calls: journal });
  let finished = false;
  try {
    const result = await make(journal.seed);
    finished = true;
    return result;
  } finally {
    host.setAmbient(before);
    const { kept } = journal;
    if (finished || kept.calls === 0) await journal.remove();
    else {
      await journal.close();
      notice(
        `What is done is kept in ${shown(file)} (${counted(kept.calls)}, ${duration(kept.seconds)} of work, ${Math.ceil(kept.bytes / 1e6)} MB): the same command goes on from there. Delete the file to give it up.`,
      );
    }
  }
}

/** What the run is known by. The seed is known only where it was typed. */
function factsOf({ flags, prompt, input, model }: ResumableRun): RunFacts {
  const typed = Object.entries(flags).filter(([name, value]) => !besideTheRun.has(name) && value !== undefined);
  const named = typed.map(([name, value]): [string, unknown] => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    value,
  ]);
  const { unet, textEncoder, vae } = model;
  const networks = [textEncoder.graph, unet.graph, vae.encoder, vae.decoder].map((graph) => graph?.identity?.slice(0, 12) ?? '');
  return {
    prompt,
    input,
    ...Object.fromEntries(named),
    ...(flags.seed === undefined ? {} : { '--seed': flags.seed }),
    'state of the model and of what it runs by': networks.join(' '),
    'version of Frameloom': packageJson.version,
  };
}

function counted(calls: number): string {
  return `${calls} ${calls === 1 ? 'call' : 'calls'} of the networks`;
}
