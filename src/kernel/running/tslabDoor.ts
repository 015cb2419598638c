import { createRequire } from 'node:module';
import ts from 'typescript';

/** The content of Jupyter's `display_data`. */
export interface JupyterDisplay {
  data: Record<string, unknown>;
  transient?: { display_id?: string };
}

/** Takes what cells show with tslab's own functions. */
export type JupyterSink = (data: JupyterDisplay, update?: boolean) => void;

/** tslab's compiler, as its modules ask for it. */
export const TSLAB_COMPILER = '@tslab/typescript-for-tslab';

/**
 * The one door to tslab: what `import … from 'tslab'` gives cells, so that notebooks made for JupyterLab run here. Cells are
 * compiled without tslab; its modules, which load a compiler of their own, get ours (`resolveAlways` sees to that).
 */
export function loadTslab(sink: JupyterSink): object {
  const require = createRequire(__filename);
  // tslab changes this of the compiler that it loads.
  const { useCaseSensitiveFileNames } = ts.sys;
  const tslab = require('tslab') as object;
  ts.sys.useCaseSensitiveFileNames = useCaseSensitiveFileNames;
  (require('tslab/dist/jupyter') as { lastWriteDisplayData: JupyterSink | null }).lastWriteDisplayData = sink;
  return tslab;
}
