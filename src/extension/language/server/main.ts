import * as path from 'node:path';
import { processChannel } from '../../../shared/kernelChannels.js';
import { offersNothing, RpcPeer } from '../../../shared/rpc.js';
import type { OffersNothing } from '../../../shared/rpc.js';
import { languageContract } from '../protocol.js';
import type { CellPlace, LanguageContract } from '../protocol.js';
import { definitionsAt, diagnosticsOf, explainProposal, hoverAt, proposalsAt, signaturesAt } from './answers.js';
import { NotebookProgram } from './notebookProgram.js';
import type { ModulePlace } from './notebookProgram.js';

/*
 * The language process: TypeScript's language service for the cells of notebooks. It is a process of its own because
 * checking a program takes hundreds of milliseconds, for which the extension host must not stand still.
 */

const programs = new Map<string, NotebookProgram>();
// This file is dist/languageServer.js; the library's declarations lie beside it.
const library = path.join(__dirname, 'types', 'index.d.ts').replaceAll('\\', '/');
const peer = new RpcPeer<LanguageContract, OffersNothing>(processChannel(process), languageContract, offersNothing);

/** Answers with `otherwise` about a cell that is not there any more. */
function at<T>(place: CellPlace, answer: (program: NotebookProgram, where: ModulePlace) => T, otherwise: T): T {
  const program = programs.get(place.notebook);
  const where = program?.place(place.cell, place.offset);
  return program && where ? answer(program, where) : otherwise;
}

peer.handle('update', ({ notebook, folder, cells }) => {
  let program = programs.get(notebook);
  if (!program) programs.set(notebook, (program = new NotebookProgram(folder, library)));
  program.update(cells);
  return null;
});
peer.handle('close', ({ notebook }) => {
  programs.get(notebook)?.service.dispose();
  programs.delete(notebook);
  return null;
});
peer.handle('diagnostics', async ({ notebook }, { signal }) => {
  const program = programs.get(notebook);
  const found = [];
  for (const module of program?.cells ?? []) {
    // Between two cells other questions get their turn: completion must not wait for a long notebook.
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted || program?.cellOf(module.file) !== module) break;
    found.push({ cell: module.uri, diagnostics: diagnosticsOf(program, module) });
  }
  return found;
});
peer.handle('complete', (place) => at(place, proposalsAt, []));
peer.handle('explainProposal', (place) => at(place, (program, where) => explainProposal(program, where, place.name), null));
peer.handle('hover', (place) => at(place, hoverAt, null));
peer.handle('signatures', (place) => at(place, signaturesAt, null));
peer.handle('definition', (place) => at(place, definitionsAt, []));

// The extension host is gone: nobody asks any more.
process.on('disconnect', () => process.exit(0));
