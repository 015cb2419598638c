import path from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { processChannel } from '../shared/kernelChannels.js';
import { runControlThread } from './control/controlThread.js';
import type { ControlThreadData } from './control/controlThread.js';
import { MainThreadState } from './control/mainThreadState.js';
import { startControlThread } from './control/startControlThread.js';
import { superviseChildren } from './control/superviseChildren.js';
import { Kernel } from './kernel.js';
import { installLoopGuard } from './typescript/loopGuards.js';

/* The kernel process: forked by the host of a notebook (see src/shared/kernelProtocol.ts), it runs the cells. */

if (isMainThread) startKernel();
else if ((workerData as Partial<ControlThreadData> | null)?.role === 'control') runControlThread(workerData as ControlThreadData, parentPort!);

function startKernel(): void {
  if (!process.send) {
    console.error('This is a part of Frameloom that its notebooks start. To run a notebook from the command line: frameloom run notebook.ipynb');
    process.exit(2);
  }
  const state = new MainThreadState();
  const kernel = new Kernel(processChannel(process), state, { library: path.join(__dirname, 'index.js'), types: path.join(__dirname, 'types', 'index.d.ts') });
  installLoopGuard(() => state.stopLoops);
  const tellControl = startControlThread(__filename, state, () => kernel.interrupt());
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
}
