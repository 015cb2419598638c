import { exitCodes } from './exitCodes.js';

/**
 * A signal that fires at Ctrl-C, `kill` or a closed terminal, so that work ends between two steps and cleans up.
 * A second Ctrl-C ends the process at once; temporary files and children go with it all the same.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort(new Error('interrupted'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return controller.signal;
}
