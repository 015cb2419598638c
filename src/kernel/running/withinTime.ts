import vm from 'node:vm';

const CALL = '__frameloom_call__';
const script = new vm.Script(`${CALL}()`);
let call: () => void = () => undefined;
Object.defineProperty(globalThis, CALL, { get: () => call });

/**
 * Calls a function that may run a person's code, getters and the like, and ends it when it takes too long.
 *
 * @param ms how long it may take, at least 1.
 * @throws what it throws, or an error with the code `ERR_SCRIPT_EXECUTION_TIMEOUT`.
 */
export function withinTime<T>(ms: number, work: () => T): T {
  const outer = call;
  let result: T | undefined;
  call = () => {
    result = work();
  };
  try {
    script.runInThisContext({ timeout: Math.max(1, Math.ceil(ms)) });
    return result as T;
  } finally {
    call = outer;
  }
}
