import { HistoryStore } from '../../../src/pipeline/history/index.js';
import { aRun } from './aRun.js';

/* Notes runs in the folder that it is given, one after the other, and says the id of each that is noted. */

const folder = process.argv[2]!;

async function noteRuns(): Promise<void> {
  const store = new HistoryStore({ base: folder, folder });
  for (let i = 0; i < 40; i++) process.stdout.write(`${(await store.add(aRun())).id}\n`);
}

void noteRuns();
