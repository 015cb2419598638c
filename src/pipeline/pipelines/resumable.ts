import { createHash, randomInt } from 'node:crypto';
import path from 'node:path';
import { ArgumentError, CallJournal, duration, keepingCalls, place, type RunFacts, Tensor } from '../core/index.js';
import { type DiffusionOptions, notice } from '../diffusion/index.js';
import type { LatentDiffusionNetworks } from '../networks/index.js';
import { Scheduler } from '../schedulers/index.js';
import { Video } from '../video/index.js';

/** A run that can be taken up again. */
export interface ResumableRun {
  /** Where what is done is kept until the result is there. */
  readonly file: string;
  /** What makes it. */
  readonly model: LatentDiffusionNetworks;
  /** What it is known by besides, as a person would say it: a run that differs in one of them is another. */
  readonly facts: RunFacts;
  /** The seed, where one was given. */
  readonly seed: number | undefined;
  /** Says what there is to say. */
  readonly notice: (text: string) => void;
}

/** A call of the library that makes a clip. */
interface ClipCall<Options extends DiffusionOptions> {
  readonly model: LatentDiffusionNetworks;
  /** What it makes a clip of. */
  readonly facts: RunFacts;
  /** The clip that is edited, or whose run goes on. */
  readonly source: Video | undefined;
  readonly options: Options;
}

/** Options that change neither what is computed nor what is drawn; the seed is a fact of its own. */
const besideTheRun: ReadonlySet<string> = new Set<keyof DiffusionOptions>([
  'resumable',
  'seed',
  'callbackOnStepEnd',
  'signal',
  'onProgress',
  'onNotice',
  'capture',
  'stopwatch',
  'shared',
]);

/** Characters of a fact that are written down; of longer ones a digest is. */
const LONGEST_FACT = 10_000;

/**
 * Makes something so that, ended before its time by an interrupt, an error or a kill, it goes on where it was when it is made again.
 *
 * @param make makes it with a seed, which of a run that is taken up is that of its beginning.
 * @throws {FrameloomError} as {@link CallJournal.open}; what `make` throws.
 */
export async function resumably<Result>(run: ResumableRun, make: (seed: number) => Promise<Result>): Promise<Result> {
  const { model, facts, seed, notice } = run;
  const file = path.relative(process.cwd(), run.file).startsWith('..') ? run.file : path.relative(process.cwd(), run.file);
  const { unet, textEncoder, vae } = model;
  const networks = [textEncoder.graph, unet.graph, vae.encoder, vae.decoder].map((graph) => graph?.identity?.slice(0, 12) ?? '');
  const known = {
    ...facts,
    ...(seed === undefined ? {} : { seed }),
    'state of the model and of what it runs by': networks.join(' '),
    'version of Frameloom': model.libraryVersion,
  };
  const journal = await CallJournal.open(run.file, known, seed ?? randomInt(2 ** 32), notice);
  const { calls, seconds } = journal.kept;
  if (calls === 0) notice(`What is done is kept in ${file}, so that the same run goes on where it is interrupted or killed.`);
  else notice(`Taken up again: ${counted(calls)}, ${duration(seconds)} of work, are kept in ${file} and not made again.`);
  let finished = false;
  try {
    const result = await keepingCalls(journal, () => make(journal.seed));
    finished = true;
    return result;
  } finally {
    const { kept } = journal;
    if (finished || kept.calls === 0) await journal.remove();
    else {
      await journal.close();
      notice(
        `What is done is kept in ${file} (${counted(kept.calls)}, ${duration(kept.seconds)} of work, ${Math.ceil(kept.bytes / 1e6)} MB): the same run goes on from there. Delete the file to give it up.`,
      );
    }
  }
}

/**
 * Makes a clip, resumably where the option of that name says so.
 *
 * @throws {ArgumentError} for an option that is no file; what {@link resumably} throws.
 */
export async function asResumable<Options extends DiffusionOptions, Result>(
  { model, facts, source, options }: ClipCall<Options>,
  make: (options: Options) => Promise<Result>,
): Promise<Result> {
  // Whether they are options at all, the call itself says.
  const { resumable, seed, signal } = (options as Options | null) ?? ({} as Options);
  if (resumable === undefined) return make(options);
  const wanted = place(resumable, 'resumable');
  if (wanted !== undefined) throw new ArgumentError('resumable', resumable, `${wanted}: resumable: 'harbour.unfinished'`);
  const run: ResumableRun = {
    file: path.resolve(resumable),
    model,
    facts: { ...facts, input: source && (await factOfClip(source, signal)), ...factsOf(options) },
    seed,
    notice: (text) => notice(options, text),
  };
  return resumably(run, (seed) => make({ ...options, seed }));
}

async function factOfClip(clip: Video, signal: AbortSignal | undefined): Promise<string> {
  return (await clip.describeSource(signal))?.sha256 ?? sizeOf(clip);
}

function sizeOf({ width, height, frameCount }: Video): string {
  return `a clip of ${width} × ${height}${frameCount === undefined ? '' : `, ${frameCount} frames`}`;
}

/** Options as plain data. What cannot be written down, such as a function, says nothing; what networks compute is told by their inputs in any case. */
function factsOf(options: object): RunFacts {
  const plain = (value: unknown) =>
    JSON.stringify(value, (_, part: unknown) => {
      if (part instanceof Video) return sizeOf(part);
      if (part instanceof Tensor) return `a tensor of [${part.dims.join(', ')}]`;
      return part instanceof Scheduler ? { name: part.className, ...part.config } : part;
    }) as string | undefined;
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]): [string, unknown][] => {
      const text = besideTheRun.has(name) ? undefined : plain(value);
      if (text === undefined) return [];
      return [[name, text.length > LONGEST_FACT ? createHash('sha256').update(text).digest('hex') : JSON.parse(text)]];
    }),
  );
}

function counted(calls: number): string {
  return `${calls} ${calls === 1 ? 'call' : 'calls'} of the networks`;
}
