/** What no shell takes for anything but letters. */
const plain = /^[\w@+=:,./\\-]+$/;

/**
 * A file's name, or any other text, as one word of a command that a person may paste into a shell: a name that holds `; rm …` or
 * `$(…)` stays a name.
 *
 * Windows has two shells, and no quoting that holds in both for `$`, `%`, quotes and the like: those become `?`.
 */
export function shellQuoted(text: string, platform: NodeJS.Platform = process.platform): string {
  // A name that begins with a dash would be taken for an option.
  const word = text.startsWith('-') ? `./${text}` : text;
  if (platform === 'win32') return plain.test(word) ? word : `"${word.replace(/["'`$%!^]/g, '?')}"`;
  return plain.test(word) && !word.includes('\\') ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
