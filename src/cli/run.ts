import path from 'node:path';
import type { Command } from 'commander';
import { FrameloomError } from '../index.js';
import {
  checkLanguage,
  checkNotebookPlace,
  parseParameters,
  readNotebook,
  runNotebook,
  withParameters,
  writeNotebook,
} from '../kernelHost/notebook/index.js';
import { exitCodes } from './exitCodes.js';
import { interruptSignal } from './interrupt.js';
import { shown } from './summary.js';
import { remark } from './terminal.js';

interface RunFlags {
  output?: string;
  param: string[];
  keepGoing?: boolean;
  timeout?: string;
  quiet?: boolean;
}

/** `frameloom run notebook.ipynb -o out.ipynb`: runs a notebook without VS Code and writes its outputs back. */
export function registerRun(program: Command): void {
  program
    .command('run')
    .description('run a notebook, writing outputs and timings into it')
    .argument('<notebook>', 'an .ipynb whose cells are TypeScript')
    .option('-o, --output <file>', 'where the notebook with its outputs goes (default: in place)')
    .option(
      '-p, --param <name=value>',
      'set a variable before the first cell, or in place of the cell tagged "parameters"; JSON or text; repeatable',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--keep-going', 'run the cells after one that failed too')
    .option('--timeout <s>', 'interrupt a cell that runs longer than this many seconds')
    .option('-q, --quiet', 'print nothing but errors')
    .action(run);
}

async function run(file: string, flags: RunFlags): Promise<void> {
  const timeoutMs = milliseconds(flags.timeout);
  const parameters = parseParameters(flags.param);
  const read = await readNotebook(file);
  checkLanguage(read, file);
  const notebook = withParameters(read, parameters);
  const output = await checkNotebookPlace(flags.output ?? file);
  const say = (text: string): void => void (flags.quiet || remark(text));
  const signal = interruptSignal();
  const {
    notebook: finished,
    failures,
    seconds,
  } = await runNotebook(notebook, {
    script: path.join(__dirname, 'kernel.js'),
    // The cells see the folder of the notebook that is read; heavy outputs go beside the one that is written.
    folder: path.dirname(path.resolve(file)),
    notebookPath: output,
    keepGoing: flags.keepGoing ?? false,
    timeoutMs,
    signal,
    onCell: ({ index, total, status, seconds: took }) =>
      say(`${status === 'ok' ? '✓' : '✗'} cell ${index} of ${total}  ${took.toFixed(1)} s`),
  });
  await writeNotebook(output, finished);
  say(`Wrote ${shown(output)} (${seconds.toFixed(1)} s)`);
  for (const failure of failures) remark(failure);
  if (failures.length > 1) remark(`${failures.length} cells failed.`);
  process.exitCode = signal.aborted ? exitCodes.interrupted : failures.length > 0 ? exitCodes.unexpected : exitCodes.done;
}

/** The longest that a timer can wait, seconds. */
const LONGEST = 2_147_483;

function milliseconds(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  const value = Number(seconds);
  if (!(value > 0 && value <= LONGEST))
    throw new FrameloomError(
      'FL_USAGE',
      `--timeout is ${JSON.stringify(seconds)}, but it must be a number of seconds above 0 and at most ${LONGEST}.`,
    );
  return value * 1000;
}
