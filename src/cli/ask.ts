import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { onOneLine } from './terminal.js';

/**
 * Asks the person at the terminal.
 *
 * @param question a line; texts out of files in it are shown without control codes.
 * @param signal ends the wait; Ctrl-C reaches this process as it does while nothing is asked.
 * @returns the answer without blanks around it, empty for none; undefined where nobody can be asked: input or output is no terminal.
 */
export async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    // Ctrl-D ends the input, after which no answer comes: it is closed, or in newer versions of Node the question refused.
    const closed = once(lines, 'close').then(() => '');
    const answer = lines.question(`${onOneLine(question)} `, { signal }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return '';
    });
    return (await Promise.race([answer, closed])).trim();
  } finally {
    lines.close();
  }
}
