import type { Tensor } from '../core/index.js';

/**
 * What a scheduler must remember from one step to the next, by name: tensors, lists of tensors, and whole numbers.
 *
 * A memory as it is before the first step tells what may be in it: `undefined` a tensor that may be missing, `[]` a list.
 */
export type SchedulerMemory = Record<string, number | Tensor | undefined | readonly Tensor[]>;

/** All that a run of a scheduler depends on between two steps, beside its timesteps; put it back with `restore`. */
export interface SchedulerState {
  /** In an order that the scheduler knows. */
  readonly tensors: readonly Tensor[];
  /** Whole numbers that single precision holds; the steps done first. */
  readonly numbers: readonly number[];
}

/** Lays a memory out as a state: for each entry a number, or how many tensors of it there are. */
export function packMemory(stepsDone: number, memory: SchedulerMemory): SchedulerState {
  const tensors: Tensor[] = [];
  const numbers = [stepsDone];
  for (const entry of Object.values(memory)) {
    if (typeof entry === 'number') {
      numbers.push(entry);
    } else {
      const kept: readonly Tensor[] = entry === undefined ? [] : 'length' in entry ? entry : [entry];
      numbers.push(kept.length);
      tensors.push(...kept);
    }
  }
  return { tensors, numbers };
}

/**
 * The memory that {@link packMemory} laid out.
 *
 * @param fresh the same scheduler's memory as it is before the first step.
 */
export function unpackMemory<M extends SchedulerMemory>({ tensors, numbers }: SchedulerState, fresh: M): M {
  const left = [...tensors];
  const entries = Object.entries(fresh).map(([name, entry], i) => {
    const number = numbers[i + 1] ?? 0;
    if (typeof entry === 'number') return [name, number];
    const kept = left.splice(0, number);
    return [name, Array.isArray(entry) ? kept : kept[0]];
  });
  return Object.fromEntries(entries) as M;
}
