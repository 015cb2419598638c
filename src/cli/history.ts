import type { Command } from 'commander';
import { type HistoryRun, openHistory } from '../index.js';
import { host, placeOfHistory } from '../library.js';
import type { CommonFlags } from './commonOptions.js';
import { onOneLine, print, printJson, remark } from './terminal.js';

/** `frameloom history PLACE` */
export function registerHistory(program: Command): void {
  program
    .command('history')
    .description('list the runs that a notebook, or the folder of --history, remembers')
    .argument('<place>', 'a notebook (.ipynb), or the folder that was given to --history')
    .option('--json', 'print one line of JSON')
    .action(list);
}

async function list(place: string, { json }: { json?: boolean }): Promise<void> {
  const runs = await openHistory(place).runs();
  if (json) return printJson(runs.map(({ id, seconds, metrics, provenance }: HistoryRun) => ({ id, seconds, metrics, provenance })));
  for (const run of runs) print(onOneLine(String(run)));
  if (runs.length === 0) remark(`There are no runs in the history of ${place}.`);
}

/**
 * Has the run that follows noted where `--history` says; without it nothing is left anywhere.
 *
 * @throws {FrameloomError} `FL_HISTORY_LINK` where a link stands in the way, before the work begins.
 */
export async function followRuns({ history }: Pick<CommonFlags, 'history'>): Promise<void> {
  if (history === undefined) return;
  await openHistory(history).runs();
  const files = placeOfHistory(history);
  host.setAmbient({
    onRunEnd: async (run) => {
      const entry = await host.recordRun(run, files);
      if (entry) remark(`Noted in the history of ${history} as ${entry.id}.`);
    },
  });
}
