import { aCount, aString, later, oneOf, optional, record, variants } from '../shape.js';
import type { RecordOf, Shape, TypeOf } from '../shape.js';
import { drawnList } from './stored.js';

/** A value as an expandable tree: {@link TreePayload}. */
export const TREE_MIME = 'application/vnd.frameloom.tree+json';

const leaf = {
  valueType: oneOf('string', 'number', 'bigint', 'boolean', 'null', 'undefined', 'symbol', 'function', 'date', 'regexp', 'other'),
  /** The value as text, without quotes around strings. */
  text: aString,
  /** Characters that were left out at the end of `text`. */
  omitted: optional(aCount),
};
const branch = {
  valueType: oneOf('object', 'array', 'map', 'set', 'typedArray', 'error', 'other'),
  /** The name of its class: `Object`, `Float32Array`, `VideoInfo`. */
  name: aString,
  /** Entries that the value has. */
  size: aCount,
  /** Entries that are not in `entries`. */
  omitted: optional(aCount),
};
const cut = {
  /** It holds itself; it is too deep; the payload was full; a getter threw. */
  reason: oneOf('circular', 'depth', 'size', 'unreadable'),
  /** What stood there, in a few words: `Object`, `Array(3)`. */
  text: aString,
};

/** A value that is shown on one line. */
export type TreeLeaf = { readonly kind: 'leaf' } & RecordOf<typeof leaf>;
/** A value that holds others. */
export type TreeBranch = { readonly kind: 'branch'; readonly entries: readonly TreeEntry[] } & RecordOf<typeof branch>;
/** A place where the tree was cut. */
export type TreeCut = { readonly kind: 'cut' } & RecordOf<typeof cut>;
/** One value of a tree. */
export type TreeNode = TreeLeaf | TreeBranch | TreeCut;

/** A named value in a {@link TreeBranch}; keys of a `Map` that are no strings are given as short text. */
export interface TreeEntry {
  readonly key: string;
  readonly value: TreeNode;
}

const treeEntry: Shape<TreeEntry> = record({ key: aString, value: later(() => treeNode) });
/** The shape of {@link TreeNode}. */
export const treeNode: Shape<TreeNode> = variants('kind', { leaf, branch: { ...branch, entries: drawnList(treeEntry) }, cut });

/** The shape of {@link TreePayload}. */
export const treePayload = record({ type: oneOf('tree'), title: optional(aString), root: treeNode });
/** Body of {@link TREE_MIME}. */
export type TreePayload = TypeOf<typeof treePayload>;
