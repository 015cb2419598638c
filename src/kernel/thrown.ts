import { inspect, types } from 'node:util';
import type { CellError } from '../shared/kernelProtocol.js';
import { withinTime } from './running/withinTime.js';
import { codeOf } from './typescript/stackTraces.js';

/** How long a thrown value may take to say what it is: its getters are a stranger's code. */
const PATIENCE_MS = 1000;

/** Describes anything that a cell threw; never throws itself, and takes no longer than a second. */
export function describeThrown(thrown: unknown, label: string): CellError {
  try {
    return withinTime(PATIENCE_MS, () => described(thrown, label));
  } catch {
    const text = 'Something was thrown that cannot be read: looking at it throws in turn, or never ends.';
    return { name: 'Thrown', message: text, stack: `Thrown: ${text}` };
  }
}

function described(thrown: unknown, label: string): CellError {
  if (types.isProxy(thrown) || !isError(thrown)) {
    const text = typeof thrown === 'string' ? thrown : types.isProxy(thrown) ? '[Proxy]' : safely(() => inspect(thrown, { depth: 4 }));
    return { name: 'Thrown', message: text.slice(0, 2000), stack: `Thrown: ${text}`.slice(0, 20_000) };
  }
  const stack = safely(() => stackOf(thrown));
  const found = new RegExp(`${label}:(\\d+):(\\d+)`).exec(safely(() => String(thrown.stack)));
  const at = found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
  return {
    name: safely(() => String(thrown.name)).slice(0, 200),
    message: safely(() => String(thrown.message)).slice(0, 5000),
    stack: stack.slice(0, 20_000),
    at,
  };
}

function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

/** The stack, with what else an error carries; of one that the library raises on purpose its message and code say it all. */
function stackOf(thrown: Error): string {
  const code = codeOf(thrown);
  if (code !== undefined) {
    const { name, message, stack } = thrown;
    const frames = String(stack)
      .split('\n')
      .filter((line) => /^ +at /.test(line));
    return [`${name} [${code}]: ${message}`, ...frames].join('\n');
  }
  const text = inspect(thrown, { depth: 4 });
  // Node puts the line of compiled code before the stack of what a script throws; the person wrote another line.
  const begin = text.indexOf(`\n${thrown.name}: ${thrown.message.split('\n')[0]}`);
  return begin < 0 ? text : text.slice(begin + 1);
}

/** A thrown value may be anything, with getters that throw in their turn. */
function safely(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return '(an error that cannot be read)';
  }
}
