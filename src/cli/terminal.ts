/**
 * The one door to the terminal. Prompts, names, messages and errors may come out of a stranger's file, and a terminal obeys what is
 * in a text: it moves the cursor, rewrites lines, sets titles. So no text passes with its control codes.
 */

/** C0 but for tab and line feed, DEL, C1, and the marks that turn the direction of writing around. */
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text whose control codes are spelt out (`\u001b`), as JSON spells them; line breaks and tabs stay. */
export function withoutControls(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text out of a file for the inside of a line: control codes and line breaks are spelt out, so that it cannot pass for lines of ours. */
export function onOneLine(text: string): string {
  return withoutControls(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** Prints a result on stdout, ending the line. */
export function print(text: string): void {
  process.stdout.write(`${withoutControls(text)}\n`);
}

/** Prints one line of JSON on stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** Prints a remark or an error on stderr, ending the line. */
export function remark(text: string): void {
  process.stderr.write(`${withoutControls(text)}\n`);
}
