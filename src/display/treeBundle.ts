import { inspect, types } from 'node:util';
import { Tensor } from '../pipeline/core/index.js';
import { Video } from '../pipeline/video/index.js';
import { TREE_MIME } from '../shared/outputs/index.js';
import type { Bundle, TreeBranch, TreeEntry, TreeNode, TreePayload } from '../shared/outputs/index.js';

const DEEPEST = 6;
const MOST_ENTRIES = 100;
/** Characters of the whole tree as JSON, about. */
const MOST_CHARACTERS = 100_000;
/** What a node costs besides its text and key. */
const NODE_CHARACTERS = 70;
const LONGEST_LEAF = 1000;
const LONGEST_TEXT = 20_000;

type Leaf = Extract<TreeNode, { kind: 'leaf' }>;

/** Any value as an output: an expandable tree for what holds others, text for the rest. */
export function treeBundle(value: unknown, title?: string): Bundle {
  const text = readable(value);
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return { 'text/plain': text };
  const root = new TreeWriter().write(value);
  if (root.kind === 'leaf') return { 'text/plain': text };
  return { [TREE_MIME]: { type: 'tree', title, root } satisfies TreePayload, 'text/plain': text };
}

/** Node's own way to print a value, limited; never runs a getter. */
export function readable(value: unknown): string {
  try {
    const text = inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, getters: false, breakLength: 100 });
    return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}… ${text.length - LONGEST_TEXT} more characters` : text;
  } catch {
    return '[a value that cannot be printed]';
  }
}

/** Writes a value as a tree without running its code: no getter, no `toString`, no proxy handler. */
class TreeWriter {
  private characters = 0;
  private readonly above: object[] = [];

  write(value: unknown): TreeNode {
    const node = this.node(value);
    this.characters += NODE_CHARACTERS + (node.kind === 'branch' ? node.name.length : node.text.length);
    return node;
  }

  private node(value: unknown): TreeNode {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return leaf(value);
    if (typeof value === 'function') return { kind: 'leaf', valueType: 'function', text: nameOfFunction(value) };
    if (types.isProxy(value)) return { kind: 'cut', reason: 'unreadable', text: 'Proxy' };
    if (types.isDate(value))
      return {
        kind: 'leaf',
        valueType: 'date',
        text: Number.isNaN(Date.prototype.getTime.call(value)) ? 'Invalid Date' : Date.prototype.toISOString.call(value),
      };
    // They have their own way to be shown; inside of something else a line names them.
    if (value instanceof Video || value instanceof Tensor)
      return { kind: 'leaf', valueType: 'other', text: value.toString().slice(0, LONGEST_LEAF) };
    if (types.isRegExp(value)) return { kind: 'leaf', valueType: 'regexp', text: inspect(value).slice(0, LONGEST_LEAF) };
    if (this.above.includes(value)) return { kind: 'cut', reason: 'circular', text: className(value) };
    if (this.above.length >= DEEPEST) return { kind: 'cut', reason: 'depth', text: className(value) };
    this.above.push(value);
    try {
      return this.branch(value);
    } catch {
      return { kind: 'cut', reason: 'unreadable', text: 'Object' };
    } finally {
      this.above.pop();
    }
  }

  private branch(value: object): TreeNode {
    const name = className(value);
    if (Array.isArray(value))
      return this.entries(
        { kind: 'branch', valueType: 'array', name, size: value.length },
        properties(value, Math.min(value.length, MOST_ENTRIES)),
      );
    if (types.isTypedArray(value))
      return this.entries(
        { kind: 'branch', valueType: 'typedArray', name, size: value.length },
        [...value.subarray(0, MOST_ENTRIES)].map((item: unknown, i) => [String(i), item]),
      );
    if (types.isMap(value))
      return this.entries(
        { kind: 'branch', valueType: 'map', name, size: value.size },
        first(value.entries()).map(([key, item]) => [shortKey(key), item]),
      );
    if (types.isSet(value))
      return this.entries(
        { kind: 'branch', valueType: 'set', name, size: value.size },
        first(value.values()).map((item, i) => [String(i), item]),
      );
    const keys = Reflect.ownKeys(value).filter(
      (key) => types.isNativeError(value) || Object.prototype.propertyIsEnumerable.call(value, key),
    );
    const valueType = types.isNativeError(value) ? 'error' : 'object';
    return this.entries(
      { kind: 'branch', valueType, name, size: keys.length },
      keys.slice(0, MOST_ENTRIES).map((key) => [String(key), ownValue(value, key)]),
    );
  }

  private entries(head: Omit<TreeBranch, 'entries' | 'omitted'>, items: readonly (readonly [string, unknown])[]): TreeBranch {
    const entries: TreeEntry[] = [];
    for (const [key, item] of items) {
      if (this.characters >= MOST_CHARACTERS) break;
      this.characters += key.length;
      entries.push({ key, value: item instanceof Unread ? item.node : this.write(item) });
    }
    const omitted = head.size - entries.length;
    return { ...head, entries, ...(omitted > 0 ? { omitted } : {}) };
  }
}

/** A property whose value was not asked for. */
class Unread {
  constructor(readonly node: TreeNode) {}
}

function properties(array: readonly unknown[], length: number): [string, unknown][] {
  return Array.from({ length }, (_, i) => [String(i), ownValue(array, String(i))]);
}

function ownValue(holder: object, key: PropertyKey): unknown {
  const property = Object.getOwnPropertyDescriptor(holder, key);
  if (!property || 'value' in property) return property?.value;
  return new Unread({ kind: 'leaf', valueType: 'other', text: property.get ? '(computed when asked for)' : '(cannot be read)' });
}

function first<T>(items: Iterable<T>): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.push(item) >= MOST_ENTRIES) break;
  }
  return taken;
}

function leaf(value: unknown): Leaf {
  const valueType = value === null ? 'null' : (typeof value as Leaf['valueType']);
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.length <= LONGEST_LEAF
    ? { kind: 'leaf', valueType, text }
    : { kind: 'leaf', valueType, text: text.slice(0, LONGEST_LEAF), omitted: text.length - LONGEST_LEAF };
}

function shortKey(key: unknown): string {
  return typeof key === 'string' ? key.slice(0, 200) : readable(key).split('\n')[0]!.slice(0, 200);
}

/** The class of a value, from its prototype's own `constructor`; no getter is run. */
function className(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return 'Object (no prototype)';
  const made = ownValue(prototype, 'constructor');
  return typeof made === 'function' ? nameOfFunction(made) || 'Object' : 'Object';
}

function nameOfFunction(f: object): string {
  const name = ownValue(f, 'name');
  return typeof name === 'string' ? name.slice(0, 200) : '';
}
