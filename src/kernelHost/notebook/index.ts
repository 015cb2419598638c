/* Runs notebooks without an editor: what `frameloom run` is made of. */
export { checkNotebookPlace, readNotebook, writeNotebook } from './notebookFile.js';
export { sourceOf, type Notebook, type NotebookCell, type NotebookOutput } from './notebookFormat.js';
export { checkLanguage } from './notebookLanguage.js';
export { runNotebook, type NotebookRunOptions, type NotebookRunResult } from './notebookRun.js';
export { parseParameters, withParameters } from './parameters.js';
