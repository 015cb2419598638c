import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.jsx'];
/** What TypeScript lets one write for a file of another ending. */
const WRITTEN_AS: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
  '.jsx': ['.tsx'],
};

/** Files that only the kernel has, by absolute path. */
export type VirtualFiles = (file: string) => string | undefined;

/**
 * The file of a person's own that an import means: TypeScript, JavaScript or JSON beside the notebook, not in a package.
 * `undefined` when the import is Node's business.
 */
export function localFile(specifier: string, from: string, virtual: VirtualFiles): string | undefined {
  const wanted = pathOf(specifier, from);
  if (wanted === undefined) return undefined;
  const ending = path.extname(wanted);
  const others = (WRITTEN_AS[ending] ?? []).map((other) => wanted.slice(0, -ending.length) + other);
  const candidates = [
    wanted,
    ...others,
    ...SOURCES.map((source) => wanted + source),
    `${wanted}.json`,
    ...SOURCES.map((source) => path.join(wanted, `index${source}`)),
  ];
  const found = candidates.find((file) => virtual(file) !== undefined || isFile(file));
  if (!found || found.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
  return [...SOURCES, '.json'].includes(path.extname(found)) ? found : undefined;
}

/** What changes when a file changes. */
export function stampOf(file: string, virtual: VirtualFiles): string {
  const text = virtual(file);
  if (text !== undefined) return text;
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size}` : '';
}

/** The text of a file, without a byte order mark. */
export function textOf(file: string, virtual: VirtualFiles): string {
  return (virtual(file) ?? readFileSync(file, 'utf8')).replace(/^\uFEFF/, '');
}

function pathOf(specifier: string, from: string): string | undefined {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier.replace(/[?#].*$/, ''));
  if (/^\.{1,2}(\/|$)/.test(specifier) || path.isAbsolute(specifier)) return path.resolve(path.dirname(from), specifier);
  return undefined;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
