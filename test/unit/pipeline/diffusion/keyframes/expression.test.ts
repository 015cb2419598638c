import assert from 'node:assert/strict';
import { isExpression, readExpression } from '../../../../../src/pipeline/diffusion/keyframes/expression.js';

const names = { t: 6, frame: 6, seconds: 0.75, frames: 24, fps: 8, loudness: 0.25, onset: 1 };

function value(text: string): number {
  const read = readExpression(text);
  assert.ok(isExpression(read), isExpression(read) ? '' : read.problem);
  return read.valueAt(names);
}

function problem(text: string): string {
  const read = readExpression(text);
  assert.ok(!isExpression(read), `${text} was read`);
  return read.problem;
}

describe('formulas of the frame', () => {
  it('compute as mathematics is written: powers before signs before products before sums, powers from the right', () => {
    const computed: [string, number][] = [
      ['1 + 2*3', 7],
      ['(1 + 2)*3', 9],
      ['-2^2', -4],
      ['2^-1', 0.5],
      ['2**3**2', 512],
      ['12/3/2', 2],
      ['10 - 4 - 3', 3],
      ['-7 % 3', 2],
      ['mod(7, -3)', -2],
      ['+-+3', -3],
      ['.5e1 + 1E-1', 5.1],
      ['min(3, 1, 2) + max(3, t)', 7],
      ['clamp(t, 0, 5)', 5],
      ['atan2(1, 1)*4/pi', 1],
      ['log(e)', 1],
      ['0.5 + 0.2*sin(2*pi*t/24)', 0.7],
      ['round(seconds*4) + frames/fps', 6],
      ['loudness + onset', 1.25],
      ['frame - t', 0],
    ];
    for (const [text, wanted] of computed) assert.ok(Math.abs(value(text) - wanted) < 1e-12, `${text} is ${value(text)}`);
  });

  it('say which names they need, of which a constant has none', () => {
    const read = readExpression('pi*sin(t) + loudness');
    assert.ok(isExpression(read));
    assert.deepEqual([...read.names], ['t', 'loudness']);
    const constant = readExpression('2*pi');
    assert.ok(isExpression(constant) && constant.names.size === 0);
  });

  it('that cannot be read are refused with the column and what is allowed there', () => {
    assert.match(
      problem('0.5 + foo(t)'),
      /^column 7, at "foo": there is no such function; allowed are numbers, the names t, .* the functions sin, /,
    );
    assert.match(problem('2 * x'), /^column 5, at "x": there is no such name; allowed/);
    assert.match(problem('sin'), /^column 1, at "sin": sin is a function/);
    assert.match(problem('2 3'), /^column 3, at "3": an operator/);
    assert.match(problem('2 +'), /^column 4, its end: a number, a name/);
    assert.match(problem('(2 + 3'), /^column 7, its end: the bracket of column 1 is not closed/);
    assert.match(problem('sin(1, 2)'), /^column 1, at "sin": it takes 1 values, not 2/);
    assert.match(problem('t; 1'), /^column 2, at ";"/);
    assert.match(problem(''), /^column 1, its end/);
  });

  it('run nothing but arithmetic, however deep or long', () => {
    for (const text of ['constructor', '__proto__', 'toString()', 't.constructor', 'process', '`1`', 'constructor(1)', 'hasOwnProperty(1)'])
      assert.ok(problem(text).length > 0);
    assert.match(problem(`${'('.repeat(5000)}1`), /characters/);
    assert.match(problem(`${'('.repeat(400)}1${')'.repeat(400)}`), /deep/);
    assert.match(problem(`${'-'.repeat(400)}1`), /deep/);
    assert.match(problem(`1${'^1'.repeat(400)}`), /deep/);
  });
});
