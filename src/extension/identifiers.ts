/** The names that package.json and the code must agree on. A test compares them with package.json. */

/** The notebook type that VS Code gives to `.ipynb` files. */
export const NOTEBOOK_TYPE = 'jupyter-notebook';

/** The language of our cells. */
export const CELL_LANGUAGE = 'typescript';

/** The kernelspec that our notebooks name, so that JupyterLab's tslab runs them too. */
export const KERNELSPEC = 'tslab';

/** The extension's id: publisher and name. */
export const EXTENSION_ID = 'frameloom.frameloom';

/** The id of the notebook controller. */
export const CONTROLLER_ID = 'frameloom';

/** The id of the view of variables. */
export const VARIABLES_VIEW = 'frameloom.variables';

/** The id of the view of runs. */
export const HISTORY_VIEW = 'frameloom.history';

/** Every command that the extension registers itself. */
export const commandIds = {
  newNotebook: 'frameloom.newNotebook',
  openSampleNotebook: 'frameloom.openSampleNotebook',
  showDiagnostics: 'frameloom.showDiagnostics',
  showLog: 'frameloom.showLog',
  restartKernel: 'frameloom.restartKernel',
  interruptKernel: 'frameloom.interruptKernel',
  kernelMenu: 'frameloom.kernelMenu',
  cleanUpNotebookFiles: 'frameloom.cleanUpNotebookFiles',
  showVariable: 'frameloom.showVariable',
} as const;
