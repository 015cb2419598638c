import type { TuneValues } from '../../shared/outputs/index.js';
import { requireTrust } from '../trust.js';
import { insertCell } from './insertCell.js';
import type { NotebookSession } from './notebookSession.js';
import { goneSentences } from './outputRun.js';

/** Makes the clip of a form anew. @returns a sentence for the reader where it was not made. @throws {UntrustedFolderError} */
export async function tuneForm(session: NotebookSession | undefined, tuneId: string, values: TuneValues): Promise<string | undefined> {
  requireTrust();
  return session?.kernel.runningKernel() ? session.ask('tune', { tuneId, values }) : goneSentences.tune;
}

/** Writes the call that made the clip of a form into a new cell below it. The kernel says the call: what an output sends is never run. */
export async function formAsCode(session: NotebookSession | undefined, tuneId: string): Promise<void> {
  requireTrust();
  const kernel = session?.kernel.runningKernel();
  const code = await kernel?.main.request('tunedCode', { tuneId });
  if (!session || !code) throw new Error(goneSentences.tune);
  const { notebook } = session;
  await insertCell(notebook, (session.cellShowing(tuneId)?.index ?? notebook.cellCount - 1) + 1, code);
}
