import { types } from 'node:util';
import { Tensor } from '../pipeline/core/index.js';
import { Video } from '../pipeline/video/index.js';
import { isPicture } from './pictureBundle.js';

/** Something to look at, and where it was found: `[2]`, `after`, `[0].clip`. */
export interface GalleryItem {
  readonly place: string;
  readonly value: Video | Uint8Array | Tensor;
}

/** What an array, object, map or set holds that is better looked at than printed. */
export interface Gallery {
  readonly items: readonly GalleryItem[];
  /** Whether it holds other values too, to be shown as a tree. */
  readonly mixed: boolean;
}

/** How deep in a value clips and pictures are looked for: `{ runs: [{ seed, clip }] }` is three. */
const DEEPEST = 3;
/** More entries than this nobody looks through. */
const MOST_ENTRIES = 200;

/** The clips and pictures in a value, and tensors beside them; undefined when it holds none, so that a tree says more. */
export function galleryOf(value: unknown): Gallery | undefined {
  const items: GalleryItem[] = [];
  let mixed = false;
  const look = (holder: unknown, place: string, depth: number): void => {
    for (const [key, item] of entriesOf(holder) ?? []) {
      const there = typeof key === 'number' ? `${place}[${key}]` : place ? `${place}.${key}` : key;
      if (item instanceof Video || isPicture(item) || item instanceof Tensor) items.push({ place: there, value: item });
      else if (depth < DEEPEST && entriesOf(item)) look(item, there, depth + 1);
      else mixed = true;
    }
  };
  look(value, '', 1);
  return items.some(({ value: item }) => !(item instanceof Tensor)) ? { items, mixed } : undefined;
}

/** The entries of a plain holder of values; undefined for everything else. No getter is run. */
function entriesOf(value: unknown): (readonly [string | number, unknown])[] | undefined {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return undefined;
  if (Array.isArray(value)) return Array.from({ length: Math.min(value.length, MOST_ENTRIES) }, (_, i) => [i, own(value, String(i))]);
  if (types.isSet(value)) return [...value].slice(0, MOST_ENTRIES).map((item, i) => [i, item]);
  if (types.isMap(value))
    return [...value]
      .slice(0, MOST_ENTRIES)
      .map(([key, item]) => [typeof key === 'string' ? key.slice(0, 100) : String(typeof key === 'number' ? key : typeof key), item]);
  const prototype = Object.getPrototypeOf(value) as object | null;
  // Cells run in a context of their own, whose Object is another one.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return undefined;
  return Object.keys(value)
    .slice(0, MOST_ENTRIES)
    .map((key) => [key, own(value, key)]);
}

function own(holder: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}
