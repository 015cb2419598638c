/** What a cell says about itself in a doc comment at its head, as tslab has it. */
export interface CellHeader {
  /** `@module name`: the cell is a module that others import as `./name`. */
  readonly module?: { readonly name: string; readonly ending: '.ts' | '.tsx' };
  /** `@browser`: the cell is for a browser, which there is none of. */
  readonly forBrowser: boolean;
}

/** Reads the doc comments at the head of a cell. */
export function headerOf(code: string): CellHeader {
  const comments = /^(?:\s*(?:\/\*[\s\S]*?\*\/|\/\/.*))*/.exec(code)![0];
  const tags = new Map<string, string>();
  for (const [comment] of comments.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    for (const [, tag, text] of comment.matchAll(/^[\s/*]*@(\w+)[ \t]*(.*?)[ \t]*(?:\*\/)?$/gm)) tags.set(tag!, text!);
  }
  const name = tags.get('module');
  const module = name && /^[\w.-]+$/.test(name) ? { name, ending: tags.has('jsx') ? ('.tsx' as const) : ('.ts' as const) } : undefined;
  return { module, forBrowser: tags.has('browser') };
}
