import path from 'node:path';
import type { Command } from 'commander';
import { FrameloomError } from '../pipeline/index.js';
import { runNotebook } from '../kernel/host/notebookRun.js';
import { readNotebook, writeNotebook } from '../kernel/host/notebookFile.js';
import { parseParameters, withParameters } from '../kernel/host/parameters.js';
import { exitCodes } from './exitCodes.js';

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
    .option('-p, --param <name=value>', 'set a variable before the first cell, or in place of the cell tagged "parameters"; JSON or text; repeatable', (value: string, all: string[]) => [...all, value], [])
    .option('--keep-going', 'run the cells after one that failed too')
    .option('--timeout <s>', 'interrupt a cell that runs longer than this many seconds')
    .option('-q, --quiet', 'print nothing but errors')
    .action(run);
}

async function run(file: string, flags: RunFlags): Promise<void> {
  const output = path.resolve(flags.output ?? file);
  const timeout = flags.timeout === undefined ? undefined : Number(flags.timeout);
  if (timeout !== undefined && !(timeout > 0)) throw new FrameloomError('FL_USAGE', `--timeout is ${flags.timeout}, but it must be a number of seconds above 0.`);
  const parameters = parseParameters(flags.param);
  const notebook = withParameters(await readNotebook(file), parameters);
  const say = (text: string): void => void (flags.quiet || process.stderr.write(text));
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const result = await runNotebook(notebook, {
    script: path.join(__dirname, 'kernel.js'),
    // The cells see the folder of the notebook that is read; heavy outputs go beside the one that is written.
    folder: path.dirname(path.resolve(file)),
    notebookPath: output,
    keepGoing: flags.keepGoing ?? false,
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    signal: stop.signal,
    onCell: ({ index, total, status, seconds }) => say(`${status === 'ok' ? '✓' : '✗'} cell ${index} of ${total}  ${seconds.toFixed(1)} s\n`),
  });
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  await writeNotebook(output, result.notebook);
  say(`Wrote ${path.relative('', output) || output} (${result.seconds.toFixed(1)} s)\n`);
  if (result.failure) process.stderr.write(`${result.failure}\n`);
  process.exitCode = stop.signal.aborted ? exitCodes.interrupted : result.failure ? exitCodes.unexpected : exitCodes.done;
}
