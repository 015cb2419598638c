/** The property of a cell's `exports` by which the cell tells which variables it declares, and how they are written. */
export const LINK = '__link';

/** Writes one variable where it was declared; null for names that cannot be written. */
export type WriteVariable = ((value: unknown) => void) | null;

type Exports = Record<string, unknown>;

/**
 * What all cells of a session declared, by name.
 *
 * A compiled cell keeps its variables to itself and copies them to `exports` whenever it writes them; other cells read
 * and write `exports`. So that all see one variable, each cell has an `exports` of its own over common values: what
 * another cell writes there reaches the variable where it was declared, and when a name is declared anew, functions of
 * the cell that had declared it before keep the old variable and no longer touch the new one.
 */
export class CellVariables {
  /** The values by name, as every cell sees them. */
  readonly values: Exports = {};
  private readonly owners = new Map<string | symbol, { declared: ReadonlySet<string>; write: WriteVariable }>();

  /** The `exports` of a cell that is about to run. */
  forCell(): Exports {
    const { values, owners } = this;
    let declared: ReadonlySet<string> = new Set();
    const link = (writes: Readonly<Record<string, WriteVariable>>): void => {
      declared = new Set(Object.keys(writes));
      for (const [name, write] of Object.entries(writes)) owners.set(name, { declared, write });
    };
    return new Proxy(values, {
      get: (_, name) => (name === LINK ? link : Reflect.get(values, name) as unknown),
      set(_, name, value) {
        const owner = owners.get(name);
        const own = declared.has(name as string);
        if (own && owner?.declared !== declared) return true;
        if (!own) writeThrough(owner?.write, value);
        return Reflect.set(values, name, value);
      },
      // TypeScript defines imported names as getters; here they can be declared anew like any other name.
      defineProperty(_, name, { get, value }) {
        if (name === '__esModule') return true;
        owners.delete(name);
        return Reflect.set(values, name, get ? get.call(values) : value);
      },
    });
  }
}

function writeThrough(write: WriteVariable | undefined, value: unknown): void {
  try {
    write?.(value);
  } catch (error) {
    // The declaration has not run: the cell that has it is under way, or failed before it came there.
    if (!(error instanceof ReferenceError)) throw error;
  }
}
