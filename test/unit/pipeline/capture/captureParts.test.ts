import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Float16Array } from '@petamoriken/float16';
import fc from 'fast-check';
import { fromFloat16, toFloat16 } from '../../../../src/pipeline/capture/float16.js';
import { joinedFrames } from '../../../../src/pipeline/capture/names.js';
import { capturePlan, isCaptured } from '../../../../src/pipeline/diffusion/captureOptions.js';
import { resizeMaps } from '../../../../src/pipeline/core/index.js';
import { readSafetensors, type TensorToWrite, writeSafetensors } from '../../../../src/pipeline/capture/safetensors.js';
import { type StoredType, TensorStore } from '../../../../src/pipeline/capture/tensorStore.js';
import { findWord } from '../../../../src/pipeline/capture/words.js';
import { PromptTokenizer } from '../../../../src/pipeline/networks/tokenizer.js';
import { Generator } from '../../../../src/pipeline/core/generator.js';
import { Tensor } from '../../../../src/pipeline/core/tensor.js';

describe('words of a prompt', () => {
  const model = (name: string) => path.join(__dirname, '../../../..', name);
  let clip: PromptTokenizer;
  let stickers: PromptTokenizer;
  before(async () => {
    clip = await PromptTokenizer.load({ folder: model('test/parity/tiny-sd') }, undefined);
    stickers = await PromptTokenizer.load({ folder: model('models/motion-stickers') }, 28);
  });

  it('are found as typed, without weight marks, with the places of their letters', () => {
    const prompt = 'A (big:1.3) [red] \\(car\\), 1.3 Cars';
    for (const tokenizer of [clip, stickers]) {
      const words = tokenizer.wordsOf(prompt);
      assert.deepEqual(
        words.map(({ text }) => text),
        ['A', 'big', 'red', 'car', '1', '3', 'Cars'],
      );
      for (const { text, start, end } of words) assert.equal(prompt.slice(start, end), text);
    }
  });

  it('hold exactly the tokens of their letters, in the positions that the text encoder sees', () => {
    const prompt = "a photo of (an astronaut's:1.2) t-shirt, quirkily 42";
    const { ids } = clip.encode([{ text: "a photo of an astronaut's t-shirt, quirkily 42", weight: 1 }]);
    for (const { text, tokens } of clip.wordsOf(prompt)) {
      assert.deepEqual(
        tokens.map((token) => ids[token]),
        clip.encode([{ text, weight: 1 }]).ids.slice(1, 1 + tokens.length),
        text,
      );
      assert.ok(tokens.length > 0);
    }
    const taken = clip.wordsOf(prompt).flatMap(({ tokens }) => tokens);
    assert.equal(new Set(taken).size, taken.length);
  });

  it('that were cut off have no tokens, and asking for them says so', () => {
    const words = stickers.wordsOf(`${'big '.repeat(40)}car`);
    assert.ok(words[25]!.tokens.length === 1 && words[26]!.tokens.length === 0);
    assert.equal(Math.max(...words.flatMap(({ tokens }) => tokens)), 26);
    assert.throws(() => findWord(words, 'car'), { code: 'FL_CAPTURE_WORD', message: /cut off/ });
  });

  it('of a prompt as long as a book are all listed, and the tokenizer is not blamed', () => {
    const words = clip.wordsOf('ab '.repeat(50_000));
    assert.equal(words.length, 50_000);
    assert.ok(words[30]!.tokens.length > 0 && words.at(-1)!.tokens.length === 0);
    assert.deepEqual([words.at(-1)!.start, words.at(-1)!.end], [149_997, 149_999]);
  });

  it('several occurrences are joined, and words that follow one another are found together', () => {
    const words = stickers.wordsOf('a red car and a Red ball on red');
    assert.deepEqual(findWord(words, 'RED'), [2, 6, 9]);
    assert.deepEqual(findWord(words, 'red  ball'), [6, 7]);
    for (const unknown of ['blue', 'red red', '', ' '])
      assert.throws(() => findWord(words, unknown), { code: 'FL_CAPTURE_WORD', message: /a, red, car, and, Red, ball, on/ });
  });
});

describe('parts of a capture', () => {
  it('half precision is that of IEEE 754, to the last bit', () => {
    const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
    const numbers = bits.filter((half) => (half & 0x7fff) <= 0x7c00);
    assert.deepEqual(fromFloat16(numbers), Float32Array.from(new Float16Array(numbers.buffer)));
    assert.ok(fromFloat16(bits.filter((half) => (half & 0x7fff) > 0x7c00)).every(Number.isNaN));
    assert.deepEqual(toFloat16(fromFloat16(numbers)), numbers);
    const anyFloat = fc
      .integer({ min: 0, max: 2 ** 32 - 1 })
      .map((word) => new Float32Array(Uint32Array.of(word).buffer)[0]!)
      .filter((value) => !Number.isNaN(value));
    const nearby = fc.double({ min: -70000, max: 70000, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.oneof(anyFloat, nearby), { maxLength: 50 }), (values) => {
        const floats = Float32Array.from(values);
        assert.deepEqual(toFloat16(floats), new Uint16Array(Float16Array.from(floats).buffer));
      }),
    );
    assert.ok(Number.isNaN(fromFloat16(toFloat16(Float32Array.of(NaN)))[0]));
  });

  it('maps are resized as PyTorch does it', () => {
    const map = new Tensor(Float32Array.of(0, 1, 2, 3), [1, 2, 2]);
    // torch.nn.functional.interpolate(x, size=(2, 4), mode="bilinear", align_corners=False)
    assert.deepEqual([...resizeMaps(map, 4, 2).data], [0, 0.25, 0.75, 1, 2, 2.25, 2.75, 3]);
    assert.deepEqual([...resizeMaps(map, 1, 1).data], [1.5]);
    assert.equal(resizeMaps(map, 2, 2), map);
  });

  it('steps: all, a list, or every n-th and the last', () => {
    const steps = (given: object) => [1, 2, 3, 4, 5, 6].filter((step) => isCaptured(capturePlan(given)!, step, 6));
    assert.deepEqual(steps({}), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(steps({ steps: [2, 5] }), [2, 5]);
    assert.deepEqual(steps({ steps: { every: 4 } }), [1, 5, 6]);
    assert.equal(capturePlan(false), undefined);
    assert.deepEqual([capturePlan(true)!.latents, capturePlan(true)!.x0, capturePlan({})!.x0], [true, true, false]);
  });

  it('windows are joined frame by frame in equal shares', async () => {
    const rows = (...values: number[]) => new Tensor(Float32Array.from(values), [values.length, 1]);
    const parts = [rows(0, 0, 0, 0), rows(3, 3, 3, 3, 9)];
    const joined = await joinedFrames(
      [
        { start: 0, end: 4 },
        { start: 2, end: 6 },
      ],
      (window) => Promise.resolve(parts[window]!),
    );
    assert.deepEqual([...joined.data], [0, 0, 1, 2, 3, 3]);
  });

  it('the noise goes on from where its state was taken', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), (draws) => {
        const [first, second] = [new Generator(7), new Generator(8)];
        for (const count of draws) first.randn([count]);
        second.state = first.state;
        for (const count of [3, 700, 5]) assert.deepEqual(second.randn([count]), first.randn([count]));
      }),
      { numRuns: 30 },
    );
    assert.throws(() => (new Generator(1).state = new Uint8Array(10)), { code: 'FL_ARGUMENT' });
  });

  it('safetensors: what was written is read, aligned, whatever the names and shapes', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-tensors-'));
    let serial = 0;
    const tensors = fc.uniqueArray(
      fc.record({
        name: fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
        type: fc.constantFrom<StoredType>('F32', 'F16', 'U8'),
        dims: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
      }),
      { selector: ({ name }) => name, maxLength: 6 },
    );
    try {
      await fc.assert(
        fc.asyncProperty(tensors, async (described) => {
          const file = path.join(folder, `${++serial}`);
          const given: (TensorToWrite & { content: Uint8Array })[] = described.map(({ name, type, dims }, i) => {
            const length = dims.reduce((product, axis) => product * axis, { F32: 4, F16: 2, U8: 1 }[type]);
            const content = Uint8Array.from({ length }, (_, at) => (at * 7 + i) % 256);
            return { name, type, dims, content, bytes: () => Promise.resolve(content) };
          });
          await writeSafetensors(file, given, { a: 'b' });
          const store = new TensorStore(await readSafetensors(file));
          assert.deepEqual([...store.all.keys()].sort(), given.map(({ name }) => name).sort());
          for (const { name, type, dims, content } of given) {
            const { at, ...entry } = store.all.get(name)!;
            assert.deepEqual(entry, { type, dims, byteLength: content.byteLength });
            assert.equal((at as { offset: number }).offset % { F32: 4, F16: 2, U8: 1 }[type], 0);
            assert.deepEqual(await store.bytes(name), content);
          }
          assert.equal(readFileSync(file).readBigUInt64LE() % 8n, 0n);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
