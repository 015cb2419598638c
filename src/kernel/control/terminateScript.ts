import { Session } from 'node:inspector';

/** Under which name the control thread finds what {@link allowTermination} leaves in the main thread. */
const PREPARE = '__frameloom_prepare_termination__';

/** How long JavaScript may take to be seen running. A long regular expression and a sort look up now and then only. */
const ANSWER_MS = 1500;
const END_MS = 1000;

/** What an attempt to end the main thread's JavaScript found: it was ended, none of the person's was running, or the thread is in native code. */
export type Termination = 'ended' | 'nothing-runs' | 'native';

/**
 * Ends whatever JavaScript runs in the main thread, down to the event loop: loops in packages, regular expressions, recursion,
 * storms of microtasks, `Atomics.wait`. To be called in a worker. It uses V8's inspector, which serves requests in the midst of
 * running code on every system, and is connected for the attempt only.
 */
export async function terminateScript(): Promise<Termination> {
  const session = new Session();
  try {
    session.connectToMainThread();
    const prepared = await answerOf<{ result: { value?: unknown } }>(
      (done) => session.post('Runtime.evaluate', { expression: `${PREPARE}()`, returnByValue: true }, done),
      ANSWER_MS,
    );
    if (!prepared) return 'native';
    if (prepared.result.value !== true) return 'nothing-runs';
    const ended = await answerOf((done) => session.post('Runtime.terminateExecution', done), END_MS);
    return ended ? 'ended' : 'native';
  } catch {
    return 'native'; // a Node without an inspector: no other way
  } finally {
    // What has not been answered by now must not be carried out later, when something else runs.
    session.disconnect();
  }
}

/** @returns undefined when no answer comes in time. */
function answerOf<T extends object>(
  post: (done: (error: Error | null, result?: object) => void) => void,
  ms: number,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    post((error, result = {}) => {
      clearTimeout(timer);
      resolve(error ? undefined : (result as T));
    });
  });
}

/**
 * Lets the main thread be terminated; to be called in it at its start.
 *
 * @param kernel the kernel's own file: code of it, and of Node, is never ended by itself.
 * @param mayEnd whether what runs may be ended now.
 */
export function allowTermination(kernel: string, mayEnd: () => boolean): void {
  Object.defineProperty(globalThis, PREPARE, { value: () => mayEnd() && personsCodeRuns(kernel) && clearAsyncStack() });
}

/**
 * Node keeps a stack of what asynchronous work runs, and ends the process when it does not find it as it left it. After an
 * uncaught exception it clears that stack: so it does here, in the midst of what is to be ended.
 */
function clearAsyncStack(): boolean {
  const node = process as typeof process & { _fatalException?: (error: Error, fromPromise: boolean) => boolean };
  if (typeof node._fatalException !== 'function' || process.hasUncaughtExceptionCaptureCallback()) return false;
  process.setUncaughtExceptionCaptureCallback(() => undefined);
  try {
    node._fatalException(new Error('The cell is being interrupted.'), false);
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
  return true;
}

/** Whether a function of a cell, or of a file or package that it imports, is under way. */
function personsCodeRuns(kernel: string): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 200;
  Error.prepareStackTrace = (_, sites) =>
    sites.some((site) => {
      const file = site.getScriptNameOrSourceURL() ?? '';
      return file !== '' && file !== kernel && !file.startsWith('node:') && !file.startsWith('evalmachine.');
    });
  const runs = new Error().stack as unknown as boolean;
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return runs;
}
