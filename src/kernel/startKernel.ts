import path from 'node:path';
import { processChannel } from '../shared/kernelChannels.js';
import { MainThreadState } from './control/mainThreadState.js';
import { startControlThread } from './control/startControlThread.js';
import { superviseChildren } from './control/superviseChildren.js';
import { Kernel } from './kernel.js';
import { keepListeners } from './running/keptListeners.js';
import { installLoopGuard } from './typescript/loopGuards.js';

/** Starts the kernel of this process. @param script the file that this process was started with; its control thread runs it too. */
export function startKernel(script: string): void {
  if (!process.send) {
    console.error(
      'This is a part of Frameloom that its notebooks start. To run a notebook from the command line: frameloom run notebook.ipynb',
    );
    process.exit(2);
  }
  const state = new MainThreadState();
  const beside = (...names: string[]): string => path.join(path.dirname(script), ...names);
  const kernel = new Kernel(processChannel(process), state, { library: beside('library.js'), types: beside('types', 'index.d.ts') });
  installLoopGuard(() => state.stopLoops);
  const tellControl = startControlThread(script, state, () => kernel.interrupt());
  superviseChildren(state, (others) => tellControl({ kind: 'waits-for-child', others }));
  // A failure in a callback that no cell waits for must not cost the session.
  process.on('uncaughtException', (error) => kernel.reportStray('Uncaught exception', error));
  process.on('unhandledRejection', (reason) => kernel.reportStray('Unhandled rejection of a promise', reason));
  process.on('exit', () => {
    kernel.flush();
    // A cell's own handler comes after this one, and may never end.
    tellControl({ kind: 'exits' });
  });
  // The host is gone, and with it every reason to go on.
  process.on('disconnect', () => process.exit(0));
  keepListeners();
}
