import { inspect, types } from 'node:util';
import type { Variable } from '../shared/kernelProtocol.js';
import type * as pipeline from '../library.js';
import { TREE_MIME } from '../shared/outputs/index.js';
import type { TreeNode, TreePayload } from '../shared/outputs/index.js';
import { withinTime } from './running/withinTime.js';

type Library = typeof pipeline;

/** A variable whose value is looked up when it is asked for. */
export interface NamedValue {
  readonly name: string;
  readonly value: () => unknown;
}

/** How long one variable may take to describe itself: it may have a way of its own to be printed. */
const MOST_MS_A_VARIABLE = 100;
/** After which time no variable is asked any more to describe itself, and after twice that none is looked at. */
const MOST_MS = 1000;

/** The variables for the view. One that throws or never ends when it is looked at spoils its own row and no other. */
export function variablesOf(variables: readonly NamedValue[], library: Library): Variable[] {
  const began = performance.now();
  return variables.map(({ name, value }) => {
    const spent = performance.now() - began;
    const look = <T>(work: () => T, otherwise: () => T): T =>
      spent > 2 * MOST_MS ? otherwise() : attempted(MOST_MS_A_VARIABLE, work, otherwise);
    const unread = (): string => '(cannot be read: looking at it throws, or takes too long)';
    // Without a value's own way to be printed hardly anything of its code runs.
    const plainly = (): string =>
      look(
        () =>
          inspect(value(), { customInspect: false, depth: 1, maxArrayLength: 10, breakLength: Infinity })
            .replace(/\s+/g, ' ')
            .slice(0, 120),
        unread,
      );
    return {
      name,
      type: look(
        () => typeOf(value()),
        () => 'unknown',
      ),
      summary: spent > MOST_MS ? plainly() : look(() => summaryOf(value(), library), plainly),
    };
  });
}

/** What is in a variable, getters not run. */
export async function treeOf(value: () => unknown, library: Library): Promise<TreeNode> {
  const unreadable = { kind: 'cut', reason: 'unreadable', text: '(cannot be read)' } as const;
  // What is made may be a promise, which is awaited outside.
  const tree = attempted<{ made: TreeNode | Promise<TreeNode> }>(
    MOST_MS,
    () => ({ made: treeNow(value(), library) }),
    () => ({ made: unreadable }),
  );
  return Promise.resolve(tree.made).catch(() => unreadable);
}

function treeNow(value: unknown, library: Library): TreeNode | Promise<TreeNode> {
  // Clips and tensors are shown as what they are by `show`; in a list of variables their summary says it all.
  if (typeof value !== 'object' || types.isProxy(value) || value instanceof library.Video || value instanceof library.Tensor)
    return { kind: 'leaf', valueType: 'other', text: summaryOf(value, library) };
  const rootOf = (bundle: Record<string, unknown>): TreeNode =>
    (bundle[TREE_MIME] as TreePayload | undefined)?.root ?? { kind: 'leaf', valueType: 'other', text: String(bundle['text/plain']) };
  const bundle = library.host.bundleOf(value);
  return bundle instanceof Promise ? bundle.then(rootOf) : rootOf(bundle);
}

function attempted<T>(ms: number, look: () => T, otherwise: () => T): T {
  try {
    return withinTime(ms, look);
  } catch {
    return otherwise();
  }
}

function summaryOf(value: unknown, library: Library): string {
  // Even asking for the class of a proxy runs code.
  return types.isProxy(value) ? 'Proxy' : library.host.summaryOf(value);
}

function typeOf(value: unknown): string {
  if (types.isProxy(value)) return 'Proxy';
  if (typeof value === 'function') return /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const prototype = Object.getPrototypeOf(value) as object | null;
  // Read from the property itself: a getter is a stranger's code.
  const made = (prototype && Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value) as { name?: unknown } | undefined;
  const name = made?.name;
  const dims = name === 'Tensor' ? (value as { dims?: unknown }).dims : undefined;
  const shape = Array.isArray(dims) ? ` [${dims.join(', ')}]` : Array.isArray(value) ? `(${value.length})` : '';
  return `${typeof name === 'string' && name ? name : 'object'}${shape}`;
}
