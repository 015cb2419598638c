import assert from 'node:assert/strict';
import { ArgumentError, FrameloomError, Tensor } from '../../../../src/index.js';

describe('ArgumentError', () => {
  const told = (value: unknown): string => new ArgumentError('width', value, 'a number').message;

  it('tells any value, also one that throws, holds itself or never ends', () => {
    const endless: unknown[] = [];
    for (let i = 0; i < 8; i++) endless.push(endless);
    const cases: [value: unknown, shown: string][] = [
      ['x', '"x"'],
      [[1, 'a', [2]], '[1, "a", [2]]'],
      [{ a: 1 }, 'an object'],
      [{ toString: 1, valueOf: 1 }, 'an object'],
      [
        {
          toString: () => {
            throw new Error('no');
          },
        },
        'an object',
      ],
      [Object.create(null), 'an object of no class'],
      [new (class Thing {})(), 'an object of Thing'],
      [{ __proto__: { constructor: { name: { toString: 1 } } } }, 'a value that cannot be read'],
      [
        new Proxy(
          {},
          {
            getPrototypeOf: () => {
              throw new Error('no');
            },
          },
        ),
        'a value that cannot be read',
      ],
      [Promise.resolve(1), 'a promise (await it)'],
      [Symbol('s'), 'Symbol(s)'],
      [null, 'null'],
    ];
    for (const [value, shown] of cases) assert.equal(told(value), `width is ${shown}, but it must be a number.`);
    assert.match(told(Tensor.zeros([2, 3])), /Tensor/);
    assert.ok(told(endless).length < 10_000, 'lists within lists are cut');
  });

  it('shows the beginning of a long value', () => {
    assert.ok(told('x'.repeat(1e6)).length < 300);
    assert.ok(told(Object.assign(() => 1, { a: 1 })).startsWith('width is the function'));
    assert.ok(told(Array.from({ length: 1e5 }, () => 'y'.repeat(1000))).length < 3000);
  });
});

describe('FrameloomError', () => {
  it('spells out control codes of names and texts that came out of files', () => {
    const { message } = new FrameloomError('FL_X', 'There is no \u001b[2J\u202e"x"\u0007.\nTry\tagain.');
    assert.equal(message, 'There is no \\u001b[2J\\u202e"x"\\u0007.\nTry\tagain.');
  });
});
