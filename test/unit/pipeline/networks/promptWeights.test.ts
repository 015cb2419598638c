import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parsePromptWeights } from '../../../../src/pipeline/networks/promptWeights.js';

const cases: [prompt: string, parts: [text: string, weight: number][]][] = [
  ['a red car', [['a red car', 1]]],
  ['', [['', 1]]],
  [
    'a (red) car',
    [
      ['a ', 1],
      ['red', 1.1],
      [' car', 1],
    ],
  ],
  [
    'a ((red)) car',
    [
      ['a ', 1],
      ['red', 1.21],
      [' car', 1],
    ],
  ],
  [
    'a [red] car',
    [
      ['a ', 1],
      ['red', 1 / 1.1],
      [' car', 1],
    ],
  ],
  [
    'a (red:1.3) car',
    [
      ['a ', 1],
      ['red', 1.3],
      [' car', 1],
    ],
  ],
  [
    '(a (red:2) car:0.5)',
    [
      ['a ', 0.5],
      ['red', 1],
      [' car', 0.5],
    ],
  ],
  ['(red: .5 )', [['red', 0.5]]],
  ['a \\(red\\) car', [['a (red) car', 1]]],
  ['at 12:30', [['at 12:30', 1]]],
  ['(red', [['red', 1.1]]],
  ['red)', [['red)', 1]]],
  ['(red]', [['red]', 1.1]]],
  ['[red:1.3]', [['red:1.3', 1 / 1.1]]],
];

describe('prompt weights', () => {
  for (const [prompt, expected] of cases) {
    it(JSON.stringify(prompt), () => {
      const parts = parsePromptWeights(prompt);
      assert.deepEqual(
        parts.map(({ text }) => text),
        expected.map(([text]) => text),
      );
      for (const [i, { weight }] of parts.entries()) assert.ok(Math.abs(weight - expected[i]![1]) < 1e-9, `weight ${weight}`);
    });
  }

  it('text without marks comes through as it is', () =>
    fc.assert(
      fc.property(
        fc.string().filter((text) => !/[()[\]\\]/.test(text)),
        (text) => assert.deepEqual(parsePromptWeights(text), [{ text, weight: 1 }]),
      ),
    ));

  it('any text gives parts with finite weights', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('(', ')', '[', ']', ':', '1', '.', '\\', 'a', ' ') }), (text) => {
        for (const { weight } of parsePromptWeights(text)) assert.ok(Number.isFinite(weight));
      }),
    ));
});
