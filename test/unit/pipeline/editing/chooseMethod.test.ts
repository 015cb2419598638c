import assert from 'node:assert/strict';
import path from 'node:path';
import { differences, planByCaptions, planByOptions } from '../../../../src/pipeline/editing/chooseMethod.js';
import { makeEditMask } from '../../../../src/pipeline/editing/editMask.js';
import { boxMean } from '../../../../src/pipeline/editing/boxMean.js';
import { guidedFilter } from '../../../../src/pipeline/editing/guidedFilter.js';
import { KeptPixels } from '../../../../src/pipeline/editing/keptPixels.js';
import { CaptionVocabulary } from '../../../../src/pipeline/networks/captionVocabulary.js';
import { type EditingAdvice, loadEditingAdvice } from '../../../../src/pipeline/networks/editingAdvice.js';
import { Tensor } from '../../../../src/pipeline/core/tensor.js';
import type { Frame } from '../../../../src/pipeline/core/index.js';
import { readHeldOut } from '../../../../eval/heldOut.js';

const embedded = path.join(__dirname, '../../../../models/motion-stickers');
const source = 'a big red car moving right on a blue background';

describe('choosing how to edit', () => {
  let vocabulary: CaptionVocabulary;
  let advice: EditingAdvice;
  before(async () => {
    vocabulary = (await CaptionVocabulary.load(embedded))!;
    advice = (await loadEditingAdvice(embedded))!;
  });

  it('reads every held-out caption as it was meant', async () => {
    for (const { caption, subject, colour, background, motion, effect } of (await readHeldOut()).prompts) {
      const { parts, otherWords } = vocabulary.read(caption);
      const value = (category: string, unsaid?: string) => parts.get(category)?.value ?? unsaid;
      assert.deepEqual(
        [value('subject'), value('colour', 'natural'), value('background'), value('motion'), value('effect', 'none')],
        [subject, colour, background, motion, effect],
        caption,
      );
      assert.deepEqual(otherWords, []);
    }
  });

  it('puts parts into captions and takes them out', () => {
    assert.equal(vocabulary.with(source, 'colour', 'orange'), 'a big orange car moving right on a blue background');
    assert.equal(vocabulary.with('a car, sepia', 'motion', 'left'), 'a car moving left, sepia');
    assert.equal(vocabulary.with('a car in space', 'colour', 'orange'), 'an orange car in space');
    assert.equal(vocabulary.without('a red car in space, sepia', 'effect'), 'a red car in space');
    assert.equal(vocabulary.without('an orange car in space', 'colour'), 'a car in space');
    assert.equal(vocabulary.only('a big frog at dusk, foggy', ['background', 'effect']), 'at sunset, in the fog');
    assert.equal(vocabulary.only('a big frog', ['background']), '');
  });

  it('tells what two captions differ in, whatever their words', () => {
    assert.deepEqual(differences(vocabulary, source, 'a huge scarlet automobile going right on blue'), []);
    assert.deepEqual(differences(vocabulary, source, source.replace('red', 'green')), ['colour']);
    assert.deepEqual(differences(vocabulary, source, 'a cat at sunset'), ['subject', 'background']);
    assert.deepEqual(differences(vocabulary, source, `${source} with zeppelins`), ['other']);
    assert.deepEqual(differences(vocabulary, source, 'a big white car'), ['other'], 'no colour of subjects');
  });

  it('keeps what is not named: a mask for subject, colour and background, none for looks and motion', () => {
    const circumstances = { canInvert: true, needsDenoise: false, seesSubject: false, inDoubt: false, isWeighted: false };
    const plan = (prompt: string, others = {}) => planByCaptions(vocabulary, advice, source, prompt, {}, { ...circumstances, ...others });
    const colour = plan(source.replace('red', 'green'));
    assert.deepEqual(
      [colour.method, colour.invertMask, colour.keepShapes, colour.maskBy, colour.maskPrompt],
      ['diffedit', false, true, 'prompts', undefined],
    );
    const alone = { seesSubject: true };
    assert.equal(plan(source.replace('red', 'green'), alone).isolatedPrompt, 'a big green car moving right on a gray background');
    assert.deepEqual(
      [
        colour.isolatedPrompt,
        plan(source.replace('red', 'green'), { ...alone, isWeighted: true }).isolatedPrompt,
        plan(source.replace('car', 'cat'), alone).isolatedPrompt,
      ],
      [undefined, undefined, undefined],
    );
    assert.equal(
      planByCaptions(vocabulary, advice, source, source.replace('red', 'green'), { isolatedPrompt: '' }, { ...circumstances, ...alone })
        .isolatedPrompt,
      undefined,
    );
    const subject = plan(source.replace('car', 'cat'));
    assert.deepEqual([subject.method, subject.invertMask, subject.maskGrow], ['diffedit', false, 1]);
    assert.match(subject.maskPrompt!, /^an? big \w+ car moving right on a blue background$/);
    assert.deepEqual([subject.maskBy, plan(source.replace('car', 'cat'), { seesSubject: true }).maskBy], ['prompts', 'subject']);
    const background = plan('a big red car moving right in space');
    assert.deepEqual([background.method, background.invertMask, background.surroundingsPrompt], ['diffedit', true, undefined]);
    const space = 'a big red car moving right in space';
    assert.equal(plan(space, alone).surroundingsPrompt, 'in outer space', 'a subject that stays is not drawn again');
    assert.equal(plan(space, { ...alone, isWeighted: true }).surroundingsPrompt, undefined);
    const whole = planByCaptions(vocabulary, advice, source, space, { surroundingsPrompt: '' }, { ...circumstances, ...alone });
    assert.equal(whole.surroundingsPrompt, undefined);
    const sepia = plan(`${source}, sepia`);
    assert.deepEqual([sepia.method, sepia.changes, plan(`${source}, snow`).method], ['flowedit', ['effect'], 'channels']);
    assert.equal(plan(`${source}, sepia`, { needsDenoise: true }).method, 'sdedit', 'a loop of its own cannot be captured');
    for (const prompt of [source.replace('right', 'left'), 'a cat in space']) {
      assert.equal(plan(prompt).method, 'sdedit', prompt);
      assert.deepEqual(
        [plan(prompt).strength > 0.3, plan(prompt, { seesSubject: true, inDoubt: true, isWeighted: false }).strength],
        [true, 0.3],
        prompt,
      );
    }
    const unseen = plan(source.replace('car', 'cat'), { inDoubt: true, isWeighted: false });
    assert.deepEqual([unseen.method, unseen.strength, unseen.maskBy], ['sdedit', 0.3, undefined]);
  });

  it('options that are given always win, and a scheduler that cannot be inverted leaves what inverts nothing', () => {
    const given = planByCaptions(
      vocabulary,
      advice,
      source,
      source.replace('red', 'green'),
      { strength: 0.33, maskGrow: 3, keepPixels: false },
      { canInvert: true, needsDenoise: false, seesSubject: true, inDoubt: true, isWeighted: false },
    );
    assert.deepEqual([given.strength, given.maskGrow, given.keepPixels], [0.33, 3, false]);
    const forward = { canInvert: false, needsDenoise: false, seesSubject: true, inDoubt: false, isWeighted: false };
    // A colour is edited from the noised source, a subject from the inverted one.
    assert.equal(planByCaptions(vocabulary, advice, source, source.replace('red', 'green'), {}, forward).method, 'diffedit');
    assert.equal(planByCaptions(vocabulary, advice, source, source.replace('car', 'cat'), {}, forward).method, 'sdedit');
  });

  it('without a vocabulary, a source prompt asks for DiffEdit', () => {
    assert.deepEqual([planByOptions({}, true).method, planByOptions({}, true).strength], ['sdedit', 0.6]);
    assert.deepEqual(
      [planByOptions({ sourcePrompt: 'a dog' }, true).method, planByOptions({ sourcePrompt: 'a dog' }, true).strength],
      ['diffedit', 0.8],
    );
    assert.equal(planByOptions({ sourcePrompt: 'a dog', method: 'sdedit' }, true).keepPixels, false);
  });
});

describe('masks that follow outlines', () => {
  /** White to the left of column 13, black from there on. */
  const edge: Frame = {
    width: 32,
    height: 32,
    data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (Math.floor(i / 3) % 32 < 13 ? 255 : 0)),
  };

  it('the mean over squares is that of their values, at the borders too', () => {
    const values = Float32Array.from({ length: 35 }, (_, i) => (i * 7) % 11);
    const slow = (x: number, y: number) => {
      const near = [...values].filter((_, i) => Math.abs((i % 7) - x) <= 2 && Math.abs(Math.floor(i / 7) - y) <= 2);
      return near.reduce((sum, value) => sum + value, 0) / near.length;
    };
    boxMean(values, 7, 5, 2).forEach((mean, i) => assert.ok(Math.abs(mean - slow(i % 7, Math.floor(i / 7))) < 1e-5));
  });

  it('a guided filter moves a blurred border onto the edge in the picture', () => {
    const rough = Float32Array.from({ length: 1024 }, (_, i) => Math.min(1, Math.max(0, (20 - (i % 32)) / 14)));
    const fine = guidedFilter(rough, edge, 8);
    assert.ok(fine[16 * 32 + 12]! - fine[16 * 32 + 13]! > 0.5, `${fine[16 * 32 + 12]} … ${fine[16 * 32 + 13]}`);
    assert.ok(rough[16 * 32 + 12]! - rough[16 * 32 + 13]! < 0.1);
  });

  it('the mask covers what the map marks; grown it takes one place more, inverted the rest', () => {
    const map = new Tensor(
      Float32Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 1 : 0)),
      [1, 1, 4, 4],
    );
    const row = (options: { grow: number; invert: boolean }) => [
      ...makeEditMask(
        map,
        [{ ...edge, data: edge.data.map((_, i) => (Math.floor(i / 3) % 32 < 16 ? 255 : 0)) }],
        { rows: 4, columns: 4 },
        options,
      ).latents.data.slice(4, 8),
    ];
    assert.deepEqual(row({ grow: 0, invert: false }), [1, 1, 0, 0]);
    assert.deepEqual(row({ grow: 1, invert: false }), [1, 1, 1, 0]);
    assert.deepEqual(row({ grow: 0, invert: true }), [0, 0, 1, 1]);
  });

  it('pixels come back exactly outside the mask, and inside where nothing has changed', () => {
    const fill = (level: number): Frame => ({ width: 32, height: 32, data: new Uint8Array(32 * 32 * 3).fill(level) });
    const area = new Tensor(
      Float32Array.from({ length: 1024 }, (_, i) => (i % 32 < 16 ? 1 : 0)),
      [1, 1, 32, 32],
    );
    const kept = new KeptPixels();
    kept.add(4, [fill(100), fill(100)], [fill(104), fill(104)], new Tensor(Float32Array.of(...area.data, ...area.data), [2, 1, 32, 32]));
    const changed = kept.restore(4, fill(200));
    assert.deepEqual([changed.data[3 * 3]!, changed.data[3 * 25]!], [200, 100]);
    assert.deepEqual(kept.restore(5, fill(105)).data, fill(100).data);
    assert.deepEqual(kept.restore(5, fill(7)).data, fill(7).data, 'each frame is given back once');
  });
});
