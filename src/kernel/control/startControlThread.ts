import { fstatSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { CONTROL_FD } from '../../shared/kernelProtocol.js';
import type { ControlThreadData } from './controlThread.js';
import type { MainThreadState } from './mainThreadState.js';

const TURN_MS = 200;

/**
 * Starts the thread that keeps the control wire, when the host has opened that wire.
 *
 * @param script the kernel's own file, which runs as the control thread when it finds itself in one.
 * @param onInterrupt called on the main thread as soon as it turns its event loop.
 */
export function startControlThread(script: string, state: MainThreadState, onInterrupt: () => void): void {
  // The control thread sends this signal when nothing else ends a cell. Where the cell's synchronous part runs, Node
  // turns it into an exception; everywhere else it must not end the process.
  process.on('SIGINT', () => undefined);
  setInterval(() => state.turned(), TURN_MS).unref();
  if (!controlWireIsOpen()) return;
  const worker = new Worker(script, { workerData: { role: 'control', memory: state.memory } satisfies ControlThreadData, stdout: false, stderr: false });
  worker.on('message', () => {
    state.interruptTaken();
    onInterrupt();
  });
  worker.unref();
}

function controlWireIsOpen(): boolean {
  try {
    const stat = fstatSync(CONTROL_FD);
    return stat.isSocket() || stat.isFIFO();
  } catch {
    return false;
  }
}
