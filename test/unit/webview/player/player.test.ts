import assert from 'node:assert/strict';
import { fit, stepZoom } from '../../../../src/webview/player/fitting.js';
import { actionOf } from '../../../../src/webview/player/keys.js';
import { isPartial, nextInPlay, wholeRange, withIn, withOut } from '../../../../src/webview/player/playRange.js';
import { coarseToFine, nearest } from '../../../../src/webview/player/thumbnailOrder.js';

describe('play range', () => {
  it('moves in and out points, freeing the other one where they would cross', () => {
    assert.deepEqual(withIn({ first: 0, last: 15 }, 4, 16), { first: 4, last: 15 });
    assert.deepEqual(withIn({ first: 0, last: 5 }, 9, 16), { first: 9, last: 15 });
    assert.deepEqual(withOut({ first: 4, last: 15 }, 2, 16), { first: 0, last: 2 });
    assert.deepEqual(withOut({ first: 4, last: 15 }, 99, 16), { first: 4, last: 15 });
    assert.ok(!isPartial(wholeRange(16), 16));
    assert.ok(isPartial({ first: 0, last: 14 }, 16));
  });

  it('knows the next frame in both directions, looping or not', () => {
    const range = { first: 2, last: 4 };
    assert.equal(nextInPlay(range, 2, 1, false), 3);
    assert.equal(nextInPlay(range, 4, 1, true), 2);
    assert.equal(nextInPlay(range, 4, 1, false), undefined);
    assert.equal(nextInPlay(range, 0, 1, false), 2);
    assert.equal(nextInPlay(range, 2, -1, true), 4);
    assert.equal(nextInPlay(range, 2, -1, false), undefined);
    assert.equal(nextInPlay(range, 9, -1, false), 4);
  });
});

describe('fitting', () => {
  it('enlarges small clips by whole device pixels and shows them crisp', () => {
    assert.deepEqual(fit({ width: 128, height: 128 }, { width: 900, height: 384 }, 'fit'), {
      scale: 3,
      width: 384,
      height: 384,
      crisp: true,
    });
    assert.equal(fit({ width: 100, height: 100 }, { width: 350, height: 350 }, 'fit', 2).scale, 3.5);
    assert.equal(fit({ width: 100, height: 100 }, { width: 350, height: 350 }, 'fit', 1.5).scale * 1.5, 5);
  });

  it('shrinks large clips to fit, smoothly', () => {
    assert.deepEqual(fit({ width: 1920, height: 1080 }, { width: 960, height: 900 }, 'fit'), {
      scale: 0.5,
      width: 960,
      height: 540,
      crisp: false,
    });
  });

  it('steps through the fixed zooms', () => {
    assert.equal(stepZoom(0.7, 1), 1);
    assert.equal(stepZoom(1, -1), 0.5);
    assert.equal(stepZoom(8, 1), 8);
  });
});

describe('keys', () => {
  const press = (key: string, held: Partial<Record<'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey', boolean>> = {}) =>
    actionOf({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...held });

  it('are those of video editors', () => {
    assert.deepEqual(press('ArrowRight'), { do: 'step', frames: 1 });
    assert.deepEqual(press(','), { do: 'step', frames: -1 });
    assert.deepEqual(press('ArrowLeft', { shiftKey: true }), { do: 'step', frames: -10 });
    assert.deepEqual(press('J'), { do: 'backward' });
    assert.deepEqual(press(' '), { do: 'toggle' });
  });

  it('leave the keys of VS Code alone', () => {
    assert.equal(press('s', { ctrlKey: true }), undefined);
    assert.equal(press('Enter'), undefined);
    assert.equal(press('constructor'), undefined);
  });
});

describe('thumbnails', () => {
  it('are made spread out first, each once', () => {
    const order = coarseToFine(11);
    assert.deepEqual(order.slice(0, 3), [0, 8, 4]);
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: 11 }, (_, index) => index),
    );
    assert.deepEqual(coarseToFine(1), [0]);
    assert.deepEqual(coarseToFine(0), []);
  });

  it('use the nearest picture that there is', () => {
    assert.equal(nearest([0, 5, 10], 7), 1);
    assert.equal(nearest([0, 5, 10], 99), 2);
  });
});
