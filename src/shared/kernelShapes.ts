import type { ControlContract, ControlHostContract, HostContract, KernelContract } from './kernelProtocol.js';
import type { ContractShapes } from './rpc.js';
import { aCount, aNumber, aString, anything, bytes, listOf, mapOf, nothing, oneOf, optional, record, wholeFrom } from './shape.js';

/* Checks of what comes over the wires of kernelProtocol.ts: either end may be of another version, or broken. */

const position = record({ line: aCount, column: aCount });
const bundle = mapOf(anything);
const progress = record({ stage: aString, text: optional(aString), step: optional(aNumber), steps: optional(aNumber), fraction: optional(aNumber), secondsLeft: optional(aNumber) });

/** Checks for {@link HostContract}. */
export const hostShapes: ContractShapes<HostContract> = { requests: {}, events: {} };

/** Checks for {@link KernelContract}. */
export const kernelShapes: ContractShapes<KernelContract> = {
  requests: {
    start: record({ folder: aString, notebookPath: optional(aString) }),
    execute: record({ cellId: aString, executionCount: aCount, code: aString }),
    notebookMoved: record({ notebookPath: aString }),
    complete: record({ code: aString, offset: aCount }),
    inspect: record({ code: aString, offset: aCount }),
    variables: nothing,
    variable: record({ name: aString }),
    shutdown: nothing,
  },
  events: {
    stream: record({ cellId: aString, name: oneOf('stdout', 'stderr'), text: aString }),
    display: record({ cellId: aString, displayId: optional(aString), bundle }),
    updateDisplay: record({ displayId: aString, bundle }),
    preview: record({
      cellId: aString,
      displayId: aString,
      stage: optional(aString),
      fraction: optional(aNumber),
      step: aNumber,
      steps: aNumber,
      sigma: optional(aNumber),
      timestep: optional(aNumber),
      secondsLeft: optional(aNumber),
      frames: record({ start: aCount, end: aCount }),
      width: wholeFrom(1, 32768),
      height: wholeFrom(1, 32768),
      rgb: bytes,
    }),
    status: record({ state: oneOf('idle', 'busy'), cellId: optional(aString), progress: optional(progress) }),
    log: record({ level: oneOf('info', 'warn', 'error'), text: aString }),
  },
};

/** Checks for {@link ControlContract}. */
export const controlShapes: ContractShapes<ControlContract> = {
  requests: { interrupt: record({ graceMs: optional(aCount) }) },
  events: { heartbeat: record({ silentMs: aNumber, blockedBy: oneOf('native', 'script', 'nothing'), rss: aNumber }) },
};

/** Checks for {@link ControlHostContract}. */
export const controlHostShapes: ContractShapes<ControlHostContract> = { requests: {}, events: {} };

/** Checks a {@link CellResult}, for a host that does not trust the kernel it runs. */
export const cellResultShape = record({
  status: oneOf('ok', 'error', 'interrupted'),
  durationMs: aNumber,
  error: optional(
    record({
      name: aString,
      message: aString,
      stack: aString,
      at: optional(position),
      diagnostics: optional(listOf(record({ start: position, end: position, message: aString, code: aNumber }))),
    }),
  ),
});
