import type * as TypeScript from 'typescript/lib/tsserverlibrary';

/*
 * A plugin for VS Code's TypeScript server (tsserver), which loads it by its package name. It does one thing: in cells of
 * notebooks that run with Frameloom the server stays silent, because it sees every cell alone; the extension's own
 * language process answers there.
 */

interface Configuration {
  /** Paths of notebooks that other kernels run. */
  readonly otherNotebooks?: readonly string[];
}

let others: readonly string[] = [];

function isQuiet(file: string): boolean {
  // Cells come as `^/vscode-notebook-cell/<authority>/<path>.ipynb#<cell>`.
  const cell = /^\^\/vscode-notebook-cell\/.*\.ipynb(?=#)/.exec(file);
  return cell !== null && !others.some((notebook) => cell[0].endsWith(notebook));
}

/** Called by tsserver for every project. */
function create({ languageService }: TypeScript.server.PluginCreateInfo): TypeScript.LanguageService {
  const quiet: TypeScript.LanguageService = Object.create(null);
  for (const key of Object.keys(languageService) as (keyof TypeScript.LanguageService)[]) {
    const original = languageService[key] as (...args: unknown[]) => unknown;
    (quiet as unknown as Record<string, unknown>)[key] = (...args: unknown[]) => original.apply(languageService, args);
  }
  quiet.getSyntacticDiagnostics = (file) => (isQuiet(file) ? [] : languageService.getSyntacticDiagnostics(file));
  quiet.getSemanticDiagnostics = (file) => (isQuiet(file) ? [] : languageService.getSemanticDiagnostics(file));
  quiet.getSuggestionDiagnostics = (file) => (isQuiet(file) ? [] : languageService.getSuggestionDiagnostics(file));
  quiet.getQuickInfoAtPosition = (file, ...rest) => (isQuiet(file) ? undefined : languageService.getQuickInfoAtPosition(file, ...rest));
  quiet.getCompletionsAtPosition = (file, ...rest) => (isQuiet(file) ? undefined : languageService.getCompletionsAtPosition(file, ...rest));
  quiet.getSignatureHelpItems = (file, ...rest) => (isQuiet(file) ? undefined : languageService.getSignatureHelpItems(file, ...rest));
  quiet.getDefinitionAndBoundSpan = (file, ...rest) =>
    isQuiet(file) ? undefined : languageService.getDefinitionAndBoundSpan(file, ...rest);
  return quiet;
}

/** What tsserver asks of a plugin module. */
export = (): TypeScript.server.PluginModule => ({
  create,
  onConfigurationChanged(configuration: Configuration) {
    others = configuration.otherNotebooks ?? [];
  },
});
