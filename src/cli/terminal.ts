import { withoutControls } from '../pipeline/core/index.js';

/**
 * The one door to the terminal. Prompts, names, messages and errors may come out of a stranger's file, and a terminal obeys what is
 * in a text: it moves the cursor, rewrites lines, sets titles. So no text passes with its control codes.
 */

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
