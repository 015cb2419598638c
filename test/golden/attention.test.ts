import assert from 'node:assert/strict';
import { measureAttentionInMask } from '../../bench/attentionInMask.js';
import { LatentDiffusionModel } from '../../src/index.js';

describe('Attention and what is there', () => {
  it('finds subjects by their words clearly better than chance', async () => {
    const measured = await measureAttentionInMask(await LatentDiffusionModel.fromPretrained('motion-stickers'));
    const mean = (key: 'ratio' | 'iou' | 'chanceIou'): number => measured.reduce((sum, entry) => sum + entry[key], 0) / measured.length;
    const table = JSON.stringify(measured);
    assert.equal(measured.length, 6);
    for (const { ratio, word } of measured) assert.ok(ratio > 1, `${word}: ${table}`);
    assert.ok(mean('ratio') > 1.3, table);
    assert.ok(mean('iou') > 2 * mean('chanceIou'), table);
  });
});
