import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import type { Chance } from './chance.js';

/** What stands in the place of something else: of a wrong type, out of every range, too long, too deep, with traps for who converts it. */
const hostileValues: readonly unknown[] = [
  undefined,
  null,
  -1,
  0,
  1.5,
  1e300,
  -1e300,
  3e7,
  2 ** 53,
  '',
  'x',
  '../../etc/passwd',
  'a\u0000b',
  '\u001b[31m',
  '(a+)+$',
  'x'.repeat(200_000),
  [],
  {},
  [[]],
  [null],
  [1, 'x', null],
  true,
  false,
  Array(50_000).fill(0),
  { toString: 1, valueOf: 1 },
  { length: 1e9 },
  { content: 5 },
  { type: 'Sequence', normalizers: 7, processors: null },
  { Regex: '(a+)+$' },
];

/** A JSON text with one to three of its values, at any depth, replaced, or the text itself damaged. */
export function mutatedJson(chance: Chance, text: string): string {
  if (chance.percent(15)) return mutatedBytes(chance, Buffer.from(text)).toString('latin1');
  const whole = JSON.parse(text) as unknown;
  const places = [...placesIn(whole)];
  if (places.length === 0) return JSON.stringify(chance.pick(hostileValues)) ?? '';
  const deep = chance.percent(10);
  for (let times = 1 + chance.below(3); times > 0; times--) {
    const { holder, key } = chance.pick(places);
    if (chance.percent(10))
      Object.defineProperty(holder, chance.pick(['__proto__', 'constructor', 'toString']), {
        value: chance.pick(hostileValues),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else (holder as Record<string, unknown>)[key] = deep ? '<deep>' : structuredClone(chance.pick(hostileValues));
  }
  const levels = chance.pick([100, 5000, 100_000]);
  const [open, close] = chance.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  return JSON.stringify(whole).replaceAll('"<deep>"', () => `${open.repeat(levels)}1${close.repeat(levels)}`);
}

/** Bytes with something flipped, cut out, doubled, overwritten or cut off. */
export function mutatedBytes(chance: Chance, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = chance.percent(50) ? chance.below(Math.min(copy.length, 4096)) : chance.below(copy.length);
  const length = Math.min(copy.length - at, 1 + chance.below(chance.pick([8, 512, 65_536])));
  switch (chance.below(8)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
    case 2:
      return Buffer.concat([copy.subarray(0, at + length), copy.subarray(at)]);
    case 3:
      return copy.fill(chance.pick([0, 0xff]), at, at + length);
    case 4:
      for (let field = at; field + 4 <= Math.min(copy.length, at + 16); field += 4)
        copy.writeUInt32BE(chance.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff]), field);
      return copy;
    case 5:
      return copy.subarray(0, 0);
    default:
      for (let times = 1 + chance.below(64); times > 0; times--)
        copy[chance.percent(30) ? at : chance.below(copy.length)] = chance.below(256);
      return copy;
  }
}

/** Puts something in the place of a file that only has its name. @returns what. */
export function replaceFile(chance: Chance, file: string): string {
  const kind = chance.pick(['nothing', 'folder', 'pipe', 'device', 'huge', 'endless text'] as const);
  rmSync(file, { force: true });
  switch (kind) {
    case 'folder':
      mkdirSync(file);
      break;
    case 'pipe':
      execFileSync('mkfifo', [file]);
      break;
    case 'device':
      symlinkSync('/dev/zero', file);
      break;
    case 'huge':
      writeFileSync(file, '{');
      truncateSync(file, 20 * 2 ** 30); // a sparse file: it takes no room
      break;
    case 'endless text':
      writeFileSync(file, `{"a":"${'x'.repeat(5_000_000)}`);
      break;
  }
  return kind;
}

/** Replaces a file by a mutant of itself. @returns how, for messages. */
export function mutateFile(chance: Chance, file: string): string {
  if (chance.percent(12) && process.platform !== 'win32') return `${file}: ${replaceFile(chance, file)}`;
  const before = readFileSync(file);
  const after =
    file.endsWith('.json') || file.endsWith('.ipynb') ? mutatedJson(chance, before.toString('utf8')) : mutatedBytes(chance, before);
  rmSync(file);
  writeFileSync(file, after);
  return `${file}: ${after.length} of ${before.length}`;
}

/** Every place of a JSON value. Of long lists and tables only some. */
function* placesIn(value: unknown): Generator<{ holder: object; key: string }> {
  if (typeof value !== 'object' || value === null) return;
  const keys = Object.keys(value);
  const some = keys.length > 40 ? [...keys.slice(0, 20), ...keys.slice(-5)] : keys;
  for (const key of some) {
    yield { holder: value, key };
    yield* placesIn((value as Record<string, unknown>)[key]);
  }
}
