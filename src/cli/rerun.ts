import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  AbortError,
  checkSettings,
  FrameloomError,
  LatentDiffusionModel,
  openRecordedSource,
  packageRoot,
  type Provenance,
  rerun,
  type Video,
} from '../library.js';
import { ask } from './ask.js';
import { interruptSignal } from './interrupt.js';
import { prepareOutputs } from './outputs.js';
import { ProgressDisplay } from './progressDisplay.js';
import { shown } from './summary.js';
import { onOneLine, print, remark } from './terminal.js';

/** What the person named for making a video again. */
export interface RerunChoices {
  /** Where to write it. */
  readonly output: string;
  /** The clip that was edited. */
  readonly source: string | undefined;
  /** The model, by name or directory. */
  readonly model: string | undefined;
}

/**
 * Makes a video again with the settings of its record. The record comes out of a file that anyone may have made, so it only
 * proposes: which clip and which model are read is for the person to say, by option or when asked on a terminal. Only the model that
 * ships with Frameloom needs no word.
 *
 * @throws {FrameloomError} `FL_USAGE` for what was neither named nor could be asked, `FL_RERUN_RECORD` for settings that cannot be.
 */
export async function makeAgain(file: string, record: Provenance, choices: RerunChoices): Promise<void> {
  checkSettings(record);
  const signal = interruptSignal();
  const source = await sourceOf(record, choices.source, signal);
  const modelName = await modelOf(record, choices.model, signal);
  const takeAway = await prepareOutputs([{ option: '--rerun', file: choices.output }], [file, source]);
  try {
    const clip = source === undefined ? undefined : await openSource(record, source, signal);
    const model = await LatentDiffusionModel.fromPretrained(modelName);
    if (model.name !== record.model)
      remark(`The record names the model "${onOneLine(record.model)}"; with ${model.name} the result will differ.`);
    const display = new ProgressDisplay();
    const result = await rerun(model, record, clip, { signal, onProgress: display.report, onNotice: display.notice }).finally(() =>
      display.clear(),
    );
    const saved = await result.save(choices.output, { signal });
    print(`Wrote ${shown(saved.path)}, made with the settings of ${shown(file)}.`);
    await result.close();
    await clip?.close();
  } finally {
    await takeAway();
  }
}

async function sourceOf({ kind, source }: Provenance, given: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  if (kind === 'generated') {
    if (given !== undefined)
      throw new FrameloomError('FL_USAGE', 'This video was made from words alone, without a source. Leave --source out.');
    return undefined;
  }
  if (given !== undefined) return given;
  const called = source ? `, which the record calls "${onOneLine(source.name)}"` : '';
  const answer = await asked(`Which file is the clip that was edited${called}? (its path; nothing to stop)`, signal);
  if (answer) return answer;
  throw new FrameloomError(
    'FL_USAGE',
    `Say with --source which file is the clip that was edited${called}. Nothing is read that you did not name.`,
  );
}

async function modelOf({ model }: Provenance, given: string | undefined, signal: AbortSignal): Promise<string> {
  if (given !== undefined) return given;
  const shipped = path.join(packageRoot(), 'models', model);
  if (/^\w[\w.-]*$/.test(model) && existsSync(shipped)) return shipped;
  const called = `"${onOneLine(model)}"`;
  const answer = await asked(
    `The record says that the model was called ${called}. Which model is to be loaded? (name or directory; nothing to stop)`,
    signal,
  );
  if (answer) return answer;
  throw new FrameloomError(
    'FL_USAGE',
    `Say with --model which model is to be loaded; the record calls it ${called}. Nothing is read that you did not name.`,
  );
}

async function asked(question: string, signal: AbortSignal): Promise<string | undefined> {
  return ask(question, signal).catch((cause: unknown) => {
    if (signal.aborted) throw new AbortError('Making the video again', { cause });
    throw cause;
  });
}

async function openSource({ source }: Provenance, file: string, signal: AbortSignal): Promise<Video> {
  const clip = await openRecordedSource(source, file, { signal, onNotice: remark });
  if ((await clip.describeSource())?.sha256 !== source?.sha256)
    remark(`${file} is not the file that was edited (its SHA-256 differs); the result will differ too.`);
  return clip;
}
