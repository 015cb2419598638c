/**
 * Keeps what this process listens for now. A cell that takes all listeners off `process`, to be rid of its own, would leave a kernel that
 * hears nobody any more, or that the next failure nobody waits for ends.
 */
export function keepListeners(): void {
  const emitter: NodeJS.EventEmitter = process;
  const { removeAllListeners } = process;
  // Node counts by the first two who listens to the wire, so they come back before the others.
  const names = new Set<string | symbol>(['newListener', 'removeListener', ...process.eventNames()]);
  const kept = [...names].flatMap((name) => process.rawListeners(name).map((listener) => ({ name, listener })));
  process.removeAllListeners = (...event) => {
    removeAllListeners.apply(process, event);
    for (const { name, listener } of kept)
      if (!emitter.rawListeners(name).includes(listener)) emitter.prependListener(name, listener as () => void);
    return process;
  };
}
