import { FrameloomError, type MachineMemory } from '../core/index.js';

/** Numbers of a refusal, bytes. */
interface Shortage {
  readonly needed: number;
  readonly free: number;
  /** Whose memory it is. */
  readonly of: MachineMemory['of'];
}

/** Errors of models and runs that would not fit into memory; nothing has been read or computed. */
export const memoryErrors = {
  /** @param shortage with what `memory: 'least'` would take, where that was not chosen. */
  cannotLoad: (name: string, { needed, free, of, least }: Shortage & { least: number | undefined }) =>
    new FrameloomError(
      'FL_MEMORY_SHORT',
      `Loading ${name} takes ${gigabytes(needed)} of memory, but ${freeIn(free, of)}. ${
        least === undefined || least > free
          ? 'Close other programs, or take a smaller model, or one with its weights in safetensors, which stay in their files.'
          : `With memory: 'least' (--memory least) it takes ${gigabytes(least)}.`
      }`,
    ),
  /** @param what the run. @param parts what it is made up of. @param advice what to do, as sentences. */
  cannotRun: (what: string, { needed, free, of }: Shortage, parts: string, advice: readonly string[]) =>
    new FrameloomError(
      'FL_MEMORY_SHORT',
      `${what} takes ${gigabytes(needed)} of memory (${parts}), but ${freeIn(free, of)}. ${advice.join(' ')}`,
    ),
} as const;

function freeIn(free: number, of: MachineMemory['of']): string {
  return `${gigabytes(free)} are free ${of === 'container' ? 'in this container' : 'on this machine'}`;
}

/** `1.5 GB`: two digits. */
export function gigabytes(bytes: number): string {
  return bytes < 995e6 ? `${Number((bytes / 1e6).toPrecision(2))} MB` : `${Number((bytes / 1e9).toPrecision(2))} GB`;
}
