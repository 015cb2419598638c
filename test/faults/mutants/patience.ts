/** Milliseconds between two looks at the clock. */
const look = 200;

/**
 * Waits so long, and leaves out the time in which this process itself was stopped or not served: what it watches stood still then, too.
 *
 * @returns what ends the waiting before.
 */
export function afterOwnTime(ms: number, then: () => void): () => void {
  let [waited, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    waited += Math.min(now - last, 2 * look);
    last = now;
    if (waited < ms) return;
    clearInterval(timer);
    then();
  }, look);
  return () => clearInterval(timer);
}
