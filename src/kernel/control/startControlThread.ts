import { fstatSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { CONTROL_FD } from '../../shared/kernelProtocol.js';
import type { ControlThreadData, MainThreadMessage } from './controlThread.js';
import { TURN_MS } from './mainThreadState.js';
import type { MainThreadState } from './mainThreadState.js';
import { allowTermination } from './terminateScript.js';

/**
 * Starts the thread that keeps the control wire, when the host has opened that wire.
 *
 * @param script the kernel's own file, which runs as the control thread when it finds itself in one.
 * @param onInterrupt called on the main thread as soon as it turns its event loop.
 * @returns how to tell that thread something.
 */
export function startControlThread(script: string, state: MainThreadState, onInterrupt: () => void): (message: MainThreadMessage) => void {
  // Ctrl-C in a terminal reaches every process there; what becomes of the kernel is its host's business.
  process.on('SIGINT', () => undefined);
  allowTermination(script, () => state.running && state.nativeCalls === 0);
  setInterval(() => state.turned(), TURN_MS).unref();
  if (!controlWireIsOpen()) return () => undefined;
  const worker = new Worker(script, {
    workerData: { role: 'control', memory: state.memory } satisfies ControlThreadData,
    stdout: false,
    stderr: false,
  });
  worker.on('message', () => {
    state.interruptTaken();
    onInterrupt();
  });
  worker.unref();
  return (message) => worker.postMessage(message);
}

function controlWireIsOpen(): boolean {
  try {
    const stat = fstatSync(CONTROL_FD);
    return stat.isSocket() || stat.isFIFO();
  } catch {
    return false;
  }
}
