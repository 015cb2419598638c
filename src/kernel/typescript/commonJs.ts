import ts from 'typescript';
import { CELL_STEM } from '../../shared/cells/cellModule.js';
import { boundNames, localExports } from '../../shared/cells/declaredNames.js';
import { OFTEN_DECLARED, hasTopLevelAwait, replaceModuleForms } from './hostForms.js';
import { InsertedText } from './insertedText.js';
import type { Insertion } from './insertedText.js';
import { guardLoops } from './loopGuards.js';
import { SourceMap, inlineMap, withoutMapComments } from './sourceMap.js';
import type { Place } from './sourceMap.js';

/** JavaScript that can run: the body of a function with `hostForms`' parameters. */
export interface Script {
  readonly javascript: string;
  /** The place in what was compiled to JavaScript of a place in {@link javascript}. */
  readonly find: (place: Place) => Place | undefined;
  /** Whether the body awaits. */
  readonly isAsync: boolean;
  /** What it imports with `import … from` and `export … from`. */
  readonly imports: readonly string[];
}

/** What else to do to a module. */
export interface CommonJsOptions {
  /** Variables that are to live in `exports` alone, so that who imports them can write them too. */
  readonly shared?: ReadonlySet<string>;
  /** Statements of imports to put before the module, without a line break. */
  readonly before?: string;
  /** False for a file that is CommonJS already. */
  readonly isModule?: boolean;
}

/**
 * Turns an ES module into CommonJS, with a check in every loop.
 *
 * @param emitted JavaScript that TypeScript emitted, its source map inside.
 */
export function commonJs(emitted: string, { shared = new Set(), before = '', isModule = true }: CommonJsOptions = {}): Script {
  // TypeScript leaves nothing that makes it a module where nothing is exported; what is none may not await.
  const unmapped = withoutMapComments(emitted);
  const module = isModule ? `${unmapped}\nexport {};` : unmapped;
  const source = ts.createSourceFile('module.js', module, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  const inserted = new InsertedText(module, before ? [{ offset: 0, text: before }, ...exported(source, shared)] : exported(source, shared));
  const { outputText, sourceMapText } = ts.transpileModule(inserted.text, {
    fileName: 'module.js',
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2024,
      esModuleInterop: true,
      newLine: ts.NewLineKind.LineFeed,
      sourceMap: true,
    },
    transformers: { before: [replaceModuleForms, guardLoops] },
  });
  const [second, first] = [new SourceMap(sourceMapText ?? ''), new SourceMap(inlineMap(emitted))];
  const javascript = calledAsTheyAre(withoutMapComments(outputText));
  const lines = javascript.split('\n').length;
  const find = (place: Place): Place | undefined => {
    const between = place.line < lines ? second.lookUp(place) : undefined;
    return between && first.lookUp(inserted.toOriginal(between));
  };
  return { javascript, find, isAsync: hasTopLevelAwait(source), imports: importsOf(source) };
}

/**
 * `let count = 1; export { count }` becomes `export let count = 1; export { }`, which TypeScript compiles to a variable that is
 * nowhere but in `exports`. The same is done to names that CommonJS has and ES modules may declare, such as `__dirname`.
 */
function exported({ statements, text }: ts.SourceFile, shared: ReadonlySet<string>): Insertion[] {
  const insertions: Insertion[] = [];
  const moved = new Set<string>();
  for (const statement of statements) {
    if (!ts.isVariableStatement(statement) || statement.modifiers?.length) continue;
    const names = statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
    if (!names.some((name) => shared.has(name) || OFTEN_DECLARED.includes(name))) continue;
    for (const name of names) moved.add(name);
    insertions.push({ offset: skipTrivia(text, statement.pos), text: 'export ' });
  }
  if (moved.size === 0) return insertions;
  for (const { name, propertyName, pos, end } of localExports(statements)) {
    if (propertyName || !moved.has(name.text)) continue;
    // Commented out rather than taken away: places stay as they are.
    const comma = text.indexOf(',', end);
    insertions.push(
      { offset: skipTrivia(text, pos), text: '/*' },
      { offset: comma >= 0 && /^\s*$/.test(text.slice(end, comma)) ? comma + 1 : end, text: '*/' },
    );
  }
  return insertions.sort((a, b) => a.offset - b.offset);
}

function skipTrivia(text: string, pos: number): number {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, text, undefined, pos);
  scanner.scan();
  return scanner.getTokenStart();
}

/**
 * `(0, cell.f)(1)` becomes `cell.f(1)`, at the same columns: V8 gives the first one's brackets as the place of the call, and
 * people look for the name.
 */
function calledAsTheyAre(javascript: string): string {
  return javascript.replace(new RegExp(`\\(0, (${CELL_STEM}\\w+\\.[\\p{ID_Continue}$]+)\\)\\(`, 'gu'), '    $1 (');
}

function importsOf({ statements }: ts.SourceFile): string[] {
  return statements.flatMap((statement) => {
    const from = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) ? statement.moduleSpecifier : undefined;
    return from && ts.isStringLiteral(from) ? [from.text] : [];
  });
}
