type Checks = Readonly<Record<string, (value: unknown) => boolean>>;

const isString = (value: unknown): boolean => typeof value === 'string';
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What nbformat 4.5 says about a cell's metadata; everything that it does not name is free. Of `tags`, see {@link usableTags}. */
const cellChecks: Checks = {
  collapsed: (value) => typeof value === 'boolean',
  scrolled: (value) => typeof value === 'boolean' || value === 'auto',
  format: isString,
  name: (value) => typeof value === 'string' && /^.+$/.test(value),
  jupyter: isObject,
  execution: (value) => isObject(value) && Object.values(value as object).every(isString),
};

const languageChecks: Checks = {
  codemirror_mode: (value) => isString(value) || isObject(value),
  file_extension: isString,
  mimetype: isString,
  pygments_lexer: isString,
};

const notebookChecks: Checks = {
  kernelspec: isObject,
  language_info: (value) => isObject(value) && isString((value as Record<string, unknown>).name),
  orig_nbformat: (value) => Number.isInteger(value) && (value as number) >= 1,
  title: isString,
  authors: Array.isArray,
};

/** A notebook's metadata without what nbformat 4.5 forbids; a kernelspec that lacks one of its names takes the other. */
export function validNotebookMetadata(metadata: unknown): Record<string, unknown> {
  const kept = checked(metadata, notebookChecks);
  if (kept.language_info !== undefined) kept.language_info = checked(kept.language_info, languageChecks);
  if (kept.kernelspec !== undefined) kept.kernelspec = withNames(kept.kernelspec as Record<string, unknown>);
  return kept;
}

function withNames(kernelspec: Record<string, unknown>): Record<string, unknown> {
  const { name, display_name: title, language } = kernelspec;
  const known = [name, title, language].find(isString) ?? 'unknown';
  return { ...kernelspec, name: isString(name) ? name : known, display_name: isString(title) ? title : known };
}

/** A cell's metadata without what nbformat 4.5 forbids. */
export function validCellMetadata(metadata: unknown): Record<string, unknown> & { tags?: string[] } {
  const { tags, ...kept } = checked(metadata, cellChecks);
  return tags === undefined ? kept : { ...kept, tags: usableTags(tags) };
}

/** Tags are a list of different texts without commas; those in one text, or joined by commas, are taken apart. */
function usableTags(tags: unknown): string[] {
  const texts = (Array.isArray(tags) ? tags : [tags]).filter((tag): tag is string => typeof tag === 'string');
  return [
    ...new Set(
      texts
        .flatMap((text) => text.split(','))
        .map((tag) => tag.trim())
        .filter((tag) => /^.+$/.test(tag)),
    ),
  ];
}

function checked(metadata: unknown, checks: Checks): Record<string, unknown> {
  if (!isObject(metadata)) return {};
  return Object.fromEntries(
    Object.entries(metadata as object).filter(([name, value]) => !Object.hasOwn(checks, name) || checks[name]!(value)),
  );
}
