import type { DeclaredName } from './declaredNames.js';

/** Where a name comes from: the module that its cell is. */
export interface Origin {
  /** The module's file name without folder and ending. */
  readonly stem: string;
  readonly declared: DeclaredName;
}

/** What a name means to the next cell: a value, a type, or both, perhaps of two cells. */
export interface Meaning {
  readonly value?: Origin;
  readonly type?: Origin;
}

/**
 * The names that cells have declared so far, each with its nearest declaration. A variable hides an earlier variable of its
 * name but leaves an interface of that name alone, as within one file.
 */
export class KnownNames {
  private readonly meanings = new Map<string, Meaning>();

  /** Notes what a cell declares. */
  declare(stem: string, names: readonly DeclaredName[]): void {
    for (const declared of names) {
      const before = this.meanings.get(declared.name);
      this.meanings.delete(declared.name); // what was declared last stands last
      this.meanings.set(declared.name, joined(before, { stem, declared }));
    }
  }

  /** Every name with what it means, those declared last at the end. */
  entries(): IterableIterator<[string, Meaning]> {
    return this.meanings.entries();
  }

  /** What a name means. */
  get(name: string): Meaning | undefined {
    return this.meanings.get(name);
  }
}

/** A class, an enum or an import is value and type at once: when a part of it is declared anew, the other part goes too. */
function joined(before: Meaning | undefined, origin: Origin): Meaning {
  const { kind } = origin.declared;
  if (kind === 'type') return { type: origin, value: isValueOnly(before?.value) ? before?.value : undefined };
  if (isValueOnly(origin)) return { value: origin, type: before?.type?.declared.kind === 'type' ? before.type : undefined };
  return { value: origin, type: origin };
}

function isValueOnly(origin: Origin | undefined): boolean {
  return origin?.declared.kind === 'variable' || origin?.declared.kind === 'function';
}
