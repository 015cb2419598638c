import { createInterface } from 'node:readline/promises';
import { onOneLine } from './terminal.js';

/**
 * Asks the person at the terminal.
 *
 * @param question a line; texts out of files in it are shown without control codes.
 * @returns the answer without blanks around it, empty for none; undefined where nobody can be asked: input or output is no terminal.
 */
export async function ask(question: string, signal?: AbortSignal): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`${onOneLine(question)} `, signal ? { signal } : {})).trim();
  } finally {
    lines.close();
  }
}
