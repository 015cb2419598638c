/** How much memory a model may take: see {@link RuntimeOptions.memory}. */
export type MemoryChoice = 'auto' | 'speed' | 'least';

/** All of them. */
export const memoryChoices: readonly MemoryChoice[] = ['auto', 'speed', 'least'];

/** How ONNX Runtime prepares a graph and keeps memory for it. */
export interface SessionSettings {
  /** `all` brings weights of convolutions into the order in which the processor reads them, `basic` leaves them as they are. */
  readonly graphOptimizationLevel: 'all' | 'basic';
  /** Whether matrices are copied into the order in which the processor reads them. */
  readonly prepacking: boolean;
  /** Whether memory of a call is kept for the next one. Without, a call costs a tenth more where weights of 16 bits are cast. */
  readonly arena: boolean;
  /** Whether the second call plans all of its memory as one block, which lies beside what the first one took: no faster, and twice as much. */
  readonly memoryPattern: boolean;
}

const copied: SessionSettings = { graphOptimizationLevel: 'all', prepacking: true, arena: true, memoryPattern: true };
const inPlace: SessionSettings = { graphOptimizationLevel: 'basic', prepacking: false, arena: true, memoryPattern: false };

/**
 * How a graph is prepared. With its weights copied a network of 3.4 GB takes that much memory of its own and ten seconds to load; in place they are the file's
 * pages, it is loaded in half a second, and it is 4 % slower at most. ONNX's own files are copied unless memory is short, for that is what they were exported for.
 *
 * @param options `keepsArena`: whether memory of a call is kept even where memory is to be spared. Wan's transformer, whose matrices are cast at every call, takes 1.4 GB
 * without, since the heap is left in pieces, and 0.5 GB with it, in four fifths of the time (measured).
 * @param isBuilt whether the graph was built over weights in safetensors.
 */
export function sessionSettings(
  { memory, keepsArena = false }: { readonly memory?: MemoryChoice | undefined; readonly keepsArena?: boolean | undefined },
  isBuilt: boolean,
): SessionSettings {
  if (memory === 'least') return { ...inPlace, arena: keepsArena };
  return memory === 'speed' || !isBuilt ? copied : inPlace;
}
