/** What the names in an expression stand for at a frame. */
export type ExpressionNames = Readonly<Record<string, number>>;

/** A formula that was read. */
export interface Expression {
  /** The names that it uses and that differ from frame to frame, or from clip to clip; none for a constant. */
  readonly names: ReadonlySet<string>;
  /** Its value; NaN or infinite where mathematics has none. */
  readonly valueAt: (names: ExpressionNames) => number;
}

/** Why a text is no formula. */
export interface ExpressionProblem {
  /** What is wrong, with the column from 1, and what is allowed there. */
  readonly problem: string;
}

/** Names for what a clip is at a frame, and what they stand for. */
export const expressionNames = {
  t: 'the frame, from 0',
  frame: 'the same',
  seconds: 'when it begins',
  frames: 'how many the clip has',
  fps: 'how many a second',
  loudness: 'how loud the clip is during it, 0 to 1',
  onset: 'how strongly something begins to sound during it, 0 to 1',
} as const;

const constants: ExpressionNames = { pi: Math.PI, e: Math.E };

type Computation = (...values: readonly number[]) => number;

/** Functions with the least and the greatest number of values that they take. */
const functions: Readonly<Record<string, readonly [compute: Computation, least: number, greatest: number]>> = {
  sin: [Math.sin, 1, 1],
  cos: [Math.cos, 1, 1],
  tan: [Math.tan, 1, 1],
  asin: [Math.asin, 1, 1],
  acos: [Math.acos, 1, 1],
  atan: [Math.atan, 1, 1],
  atan2: [Math.atan2, 2, 2],
  sqrt: [Math.sqrt, 1, 1],
  abs: [Math.abs, 1, 1],
  exp: [Math.exp, 1, 1],
  log: [Math.log, 1, 1],
  floor: [Math.floor, 1, 1],
  ceil: [Math.ceil, 1, 1],
  round: [Math.round, 1, 1],
  sign: [Math.sign, 1, 1],
  pow: [Math.pow, 2, 2],
  mod: [remainder, 2, 2],
  min: [Math.min, 1, 16],
  max: [Math.max, 1, 16],
  clamp: [(value, low, high) => Math.min(Math.max(value, low), high), 3, 3],
};

const operators = ['+', '-', '*', '/', '%', '^', '**'];

/** Longer texts are no formulas that anyone wrote. */
const MOST_CHARACTERS = 1000;

/** Brackets within brackets. */
const MOST_DEPTH = 50;

/** The rest of a division by `divisor`, with the divisor's sign, as in Python. */
function remainder(value: number, divisor: number): number {
  return value - divisor * Math.floor(value / divisor);
}

/** What is allowed in a formula, for messages and help. */
export const expressionWords = `numbers, the names ${[...Object.keys(expressionNames), ...Object.keys(constants)].join(', ')}, the functions ${Object.keys(functions).join(', ')}, ${operators.join(' ')} and brackets`;

interface Token {
  readonly text: string;
  readonly column: number;
  readonly kind: 'number' | 'name' | 'sign' | 'end';
}

class Misread extends Error {}

/** Reads a formula such as `0.5 + 0.2*sin(2*pi*t/24)`: nothing is run but the arithmetic that stands in it. */
export function readExpression(text: string): Expression | ExpressionProblem {
  try {
    return new ExpressionReader(tokensOf(text)).read();
  } catch (error) {
    if (error instanceof Misread) return { problem: error.message };
    throw error;
  }
}

/** Whether a formula could be read. */
export function isExpression(read: Expression | ExpressionProblem): read is Expression {
  return 'valueAt' in read;
}

function misread({ column, text, kind }: Token, what: string): Misread {
  return new Misread(`column ${column}${kind === 'end' ? ', its end' : `, at ${JSON.stringify(text)}`}: ${what}`);
}

function tokensOf(text: string): Token[] {
  if (text.length > MOST_CHARACTERS) throw new Misread(`it has ${text.length} characters, of which ${MOST_CHARACTERS} are allowed`);
  const tokens: Token[] = [];
  const parts = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|(\*\*|[-+*/%^(),])|(\S))/gy;
  for (const match of text.matchAll(parts)) {
    const [whole, number, name, sign, stray] = match;
    const found = (number ?? name ?? sign ?? stray)!;
    const kind = number !== undefined ? 'number' : name !== undefined ? 'name' : 'sign';
    const token: Token = { text: found, column: match.index + whole.length - found.length + 1, kind };
    if (stray !== undefined) throw misread(token, `allowed are ${expressionWords}`);
    tokens.push(token);
  }
  return [...tokens, { text: '', column: text.trimEnd().length + 1, kind: 'end' }];
}

type Value = Expression['valueAt'];

/** Recursive descent: sums of products of signed powers. */
class ExpressionReader {
  private at = 0;
  private depth = 0;
  private readonly names = new Set<string>();

  constructor(private readonly tokens: readonly Token[]) {}

  read(): Expression {
    const valueAt = this.sum();
    if (this.next.kind !== 'end') throw misread(this.next, `an operator (${operators.join(' ')}) is wanted`);
    return { names: this.names, valueAt };
  }

  private get next(): Token {
    return this.tokens[this.at]!;
  }

  private take(...texts: readonly string[]): string | undefined {
    const { text, kind } = this.next;
    if (kind !== 'sign' || !texts.includes(text)) return undefined;
    this.at++;
    return text;
  }

  private sum(): Value {
    if (++this.depth > MOST_DEPTH) throw misread(this.next, `brackets and signs lie more than ${MOST_DEPTH} deep`);
    let left = this.product();
    for (let sign = this.take('+', '-'); sign !== undefined; sign = this.take('+', '-')) {
      const [before, after] = [left, this.product()];
      left = sign === '+' ? (names) => before(names) + after(names) : (names) => before(names) - after(names);
    }
    this.depth--;
    return left;
  }

  private product(): Value {
    let left = this.signed();
    for (let sign = this.take('*', '/', '%'); sign !== undefined; sign = this.take('*', '/', '%')) {
      const [before, after, by] = [left, this.signed(), sign];
      if (by === '*') left = (names) => before(names) * after(names);
      else if (by === '/') left = (names) => before(names) / after(names);
      else left = (names) => remainder(before(names), after(names));
    }
    return left;
  }

  private signed(): Value {
    const sign = this.take('+', '-');
    if (sign === undefined) return this.power();
    if (++this.depth > MOST_DEPTH) throw misread(this.next, `brackets and signs lie more than ${MOST_DEPTH} deep`);
    const value = this.signed();
    this.depth--;
    return sign === '-' ? (names) => -value(names) : value;
  }

  private power(): Value {
    const base = this.operand();
    if (this.take('^', '**') === undefined) return base;
    if (++this.depth > MOST_DEPTH) throw misread(this.next, `brackets and signs lie more than ${MOST_DEPTH} deep`);
    const exponent = this.signed();
    this.depth--;
    return (names) => base(names) ** exponent(names);
  }

  private operand(): Value {
    const token = this.next;
    if (this.take('(') !== undefined) {
      const value = this.sum();
      this.close(token);
      return value;
    }
    if (token.kind === 'number') {
      this.at++;
      const value = Number(token.text);
      return () => value;
    }
    if (token.kind !== 'name') throw misread(token, 'a number, a name, a function or ( is wanted');
    this.at++;
    return this.next.text === '(' ? this.call(token) : this.named(token);
  }

  private named(token: Token): Value {
    const name = token.text;
    if (Object.hasOwn(functions, name)) throw misread(token, `${name} is a function: ${name}(…)`);
    if (Object.hasOwn(constants, name)) return () => constants[name]!;
    if (!Object.hasOwn(expressionNames, name)) throw misread(token, `there is no such name; allowed are ${expressionWords}`);
    this.names.add(name);
    return (names) => names[name]!;
  }

  private call(token: Token): Value {
    if (!Object.hasOwn(functions, token.text)) throw misread(token, `there is no such function; allowed are ${expressionWords}`);
    const [compute, least, greatest] = functions[token.text]!;
    const opening = this.next;
    this.at++;
    const values = [this.sum()];
    while (this.take(',') !== undefined) values.push(this.sum());
    this.close(opening);
    if (values.length < least || values.length > greatest)
      throw misread(token, `it takes ${least === greatest ? least : `${least} to ${greatest}`} values, not ${values.length}`);
    return (names) => compute(...values.map((value) => value(names)));
  }

  private close(opening: Token): void {
    if (this.take(')') === undefined) throw misread(this.next, `the bracket of column ${opening.column} is not closed`);
  }
}
