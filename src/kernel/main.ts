import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { runControlThread } from './control/controlThread.js';
import type { ControlThreadData } from './control/controlThread.js';

/* The kernel process: forked by the host of a notebook (see src/shared/kernelProtocol.ts), it runs the cells. */

// The control thread must not load the compiler.
if (isMainThread) void import('./startKernel.js').then(({ startKernel }) => startKernel(__filename));
else if ((workerData as Partial<ControlThreadData> | null)?.role === 'control')
  runControlThread(workerData as ControlThreadData, parentPort!);
