import { FrameloomError } from '../../index.js';
import { type Notebook, sourceOf } from './notebookFormat.js';

/** What notebooks call the languages that our kernel runs. */
const ours = /^(typescript|javascript|tsx?|jsx?|typescriptreact|javascriptreact|tslab|jslab|deno|node)$/i;

/**
 * @throws FrameloomError `FL_NOTEBOOK_LANGUAGE` for a notebook with cells of another language than TypeScript or JavaScript: told by
 * the cell where it says so, as those that VS Code writes do, else by the notebook. One that names no language is taken for TypeScript.
 */
export function checkLanguage({ cells, metadata }: Notebook, file: string): void {
  const kernelspec = metadata.kernelspec as { language?: unknown; name?: unknown } | undefined;
  const info = metadata.language_info as { name?: unknown } | undefined;
  const told = [kernelspec?.language, info?.name, kernelName(kernelspec?.name)].filter(isName);
  // One of them may be left from another kernel that the notebook was opened with.
  const ofNotebook = told.find((name) => ours.test(name)) ?? told[0];
  for (const [at, cell] of cells.filter(({ cell_type }) => cell_type === 'code').entries()) {
    if (sourceOf(cell).trim() === '') continue;
    const own = (cell.metadata.vscode as { languageId?: unknown } | null | undefined)?.languageId;
    const language = isName(own) ? own : ofNotebook;
    if (language === undefined || ours.test(language)) continue;
    const what = language === own ? `Cell ${at + 1} of ${file} is` : `The cells of ${file} are`;
    throw new FrameloomError(
      'FL_NOTEBOOK_LANGUAGE',
      `${what} ${named(language)}, but Frameloom's notebooks run TypeScript. Run it with its own kernel (jupyter nbconvert --execute), or change the language in VS Code.`,
    );
  }
}

/** The language that a kernel's name tells where nothing else does: `python3`, `ir`. */
function kernelName(name: unknown): string | undefined {
  if (!isName(name)) return undefined;
  return /^(python|julia)/i.exec(name)?.[0] ?? (name === 'ir' ? 'R' : undefined);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function named(language: string): string {
  return `${language[0]!.toUpperCase()}${language.slice(1, 40)}`;
}
