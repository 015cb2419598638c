import assert from 'node:assert/strict';
import { PREVIEW_MIME, TENSOR_MIME, TREE_MIME, VIDEO_MIME } from '../../../src/shared/outputs/index.js';
import type { VideoPayload } from '../../../src/shared/outputs/index.js';
import { checkPayload, isOurMime } from '../../../src/webview/renderer/checkPayload.js';
import { duration, progressText, progressTitle } from '../../../src/webview/renderer/progressText.js';
import { readMemory } from '../../../src/webview/videoPreview/previewMemory.js';

const pixel = 'data:image/png;base64,iVBORw0KGgo=';
const video: VideoPayload = {
  type: 'video',
  path: 'story.frameloom/a/result.mp4',
  width: 128,
  height: 128,
  fps: 8,
  frames: 16,
  duration: 2,
};
/** The clip with a picture in it. */
const pictured = (picture: string, more: object = {}): object => ({
  ...video,
  strip: { picture, columns: 4, tileWidth: 16, tileHeight: 16, frames: [0, 1], ...more },
});

describe('payloads of a stranger’s notebook', () => {
  const refused = (mime: Parameters<typeof checkPayload>[0], payload: unknown, why: RegExp): void => {
    assert.throws(() => checkPayload(mime, payload), why);
  };

  it('are taken when they are well-formed', () => {
    assert.equal(checkPayload(VIDEO_MIME, video), video);
    checkPayload(PREVIEW_MIME, { type: 'preview', runId: 'r', state: 'running', step: 1, steps: 4 });
    checkPayload(TENSOR_MIME, { type: 'tensor', elementType: 'float32', dims: [2], stats: { min: null, max: 1, mean: 0, std: 1 } });
    checkPayload(TREE_MIME, { type: 'tree', root: { kind: 'leaf', valueType: 'string', text: 'x' } });
    assert.ok(isOurMime(VIDEO_MIME));
    assert.ok(!isOurMime('text/html'));
    assert.ok(!isOurMime('constructor'));
  });

  it('cannot name a file outside of the notebook’s folder', () => {
    for (const path of [
      '../secret.mp4',
      '/etc/passwd',
      'a/../../b',
      'https://example.org/x.mp4',
      'file:///etc/passwd',
      'a\\b.mp4',
      '',
      'a//b',
      './a',
    ]) {
      refused(VIDEO_MIME, { ...video, path }, /output\.path must be a path below/);
      refused(VIDEO_MIME, { ...video, source: { ...video, path } }, /output\.source\.path/);
    }
  });

  it('cannot make the page load a picture from elsewhere, or one with a script in it', () => {
    for (const picture of [
      'https://example.org/x.png',
      'data:image/svg+xml;base64,PHN2Zz4=',
      'data:text/html;base64,PGI+',
      'javascript:alert(1)',
      `${pixel}" onload="alert(1)`,
    ]) {
      refused(VIDEO_MIME, pictured(picture), /output\.strip\.picture must be/);
    }
  });

  it('are refused with the place of the fault', () => {
    refused(VIDEO_MIME, { ...video, width: 0 }, /output\.width must be from 1 to/);
    refused(VIDEO_MIME, { ...video, fps: 'NaN' }, /output\.fps/);
    refused(VIDEO_MIME, null, /output must be an object/);
    refused(
      TREE_MIME,
      {
        type: 'tree',
        root: { kind: 'branch', valueType: 'array', name: 'Array', size: 1, entries: [{ key: '0', value: { kind: 'html' } }] },
      },
      /output\.root\.entries\[0\]\.value\.kind/,
    );
    let deep: unknown = { kind: 'leaf', valueType: 'number', text: '1' };
    for (let level = 0; level < 5000; level++)
      deep = { kind: 'branch', valueType: 'array', name: 'Array', size: 1, entries: [{ key: '0', value: deep }] };
    refused(TREE_MIME, { type: 'tree', root: deep }, /too deep/);
  });
});

describe('payloads that would freeze the page', () => {
  const refused = (mime: Parameters<typeof checkPayload>[0], payload: unknown, why: RegExp): void => {
    assert.throws(
      () => checkPayload(mime, payload),
      (error: Error) => {
        assert.match(error.message, /^This output cannot be shown: .*Run the cell again/s);
        assert.match(error.message, why);
        assert.ok(error.message.length < 1000, 'the sentence is short');
        return true;
      },
    );
  };
  const preview = (sheet: object): object => ({
    type: 'preview',
    runId: 'r',
    state: 'done',
    step: 1,
    steps: 4,
    sheet: { picture: pixel, columns: 4, count: 8, frameWidth: 16, frameHeight: 16, ...sheet },
  });
  const leaf = { kind: 'leaf', valueType: 'number', text: '1' };
  const branch = (entries: unknown[]): object => ({ kind: 'branch', valueType: 'array', name: 'Array', size: entries.length, entries });
  const tensor = (more: object): object => ({
    type: 'tensor',
    elementType: 'float32',
    dims: [2],
    stats: { min: 0, max: 1, mean: 0, std: 1 },
    ...more,
  });
  const nested = (levels: number, open: string, close: string): unknown => JSON.parse(`${open.repeat(levels)}1${close.repeat(levels)}`);
  /** A PNG that is nothing but its announcement. */
  const announcing = (width: number, height: number): string => {
    const head = Buffer.alloc(33);
    Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(head);
    head.writeUInt32BE(width, 16);
    head.writeUInt32BE(height, 20);
    return `data:image/png;base64,${head.toString('base64')}`;
  };

  it('by sizes of sheets and strips that are no sizes, or more than the memory holds', () => {
    checkPayload(PREVIEW_MIME, preview({ columns: 8, count: 512, frameWidth: 128, frameHeight: 128 }));
    for (const side of ['frameWidth', 'frameHeight', 'columns', 'count']) {
      for (const value of [1e-9, 0, -1, 1.5, 1e9, 1e300, NaN, null, '16'])
        refused(PREVIEW_MIME, preview({ [side]: value }), new RegExp(`sheet\\.${side} must be`));
    }
    refused(PREVIEW_MIME, preview({ count: 512, frameWidth: 8192, frameHeight: 8192 }), /sheet must be smaller/);
    const strip = (more: object): object => pictured(pixel, more);
    refused(VIDEO_MIME, strip({ tileWidth: 1e-9 }), /strip\.tileWidth/);
    refused(
      VIDEO_MIME,
      strip({ frames: Array.from({ length: 512 }, (_, i) => i), tileWidth: 8192, tileHeight: 8192 }),
      /strip must be smaller/,
    );
    refused(VIDEO_MIME, strip({ frames: Array.from({ length: 90_000 }, (_, i) => i) }), /strip\.frames must have at most/);
    for (const [name, value] of Object.entries({ frames: 1e300, fps: 1e-300, duration: -1, width: 1e12, height: 0.5 }))
      refused(VIDEO_MIME, { ...video, [name]: value }, new RegExp(`output\\.${name} must be`));
  });

  it('by very many entries, wherever lists are drawn', () => {
    const many = (count: number): number[] => Array<number>(count).fill(1);
    refused(
      TREE_MIME,
      { type: 'tree', root: branch(Array.from({ length: 200_000 }, (_, i) => ({ key: String(i), value: leaf }))) },
      /more than 100000 values|at most 4096 entries/,
    );
    refused(
      TREE_MIME,
      { type: 'tree', root: branch(Array.from({ length: 5000 }, (_, i) => ({ key: String(i), value: leaf }))) },
      /root\.entries must have at most 4096 entries/,
    );
    for (const name of ['histogram', 'values', 'dims', 'dimNames', 'channels', 'pictures'])
      refused(TENSOR_MIME, tensor({ [name]: many(20_000) }), new RegExp(`output\\.${name} must have at most`));
    const provenance = {
      kind: 'edited',
      model: 'm',
      prompt: 'p',
      seed: 1,
      settings: Object.fromEntries(many(10_000).map((_, i) => [`k${i}`, 1])),
    };
    refused(VIDEO_MIME, { ...video, provenance }, /settings must have at most/);
    refused(VIDEO_MIME, { ...video, more: many(200_000) }, /more than 100000 values/);
  });

  it('by depth, in whatever part of it, known or not', () => {
    for (const levels of [100, 20_000, 1_000_000]) {
      for (const deep of [nested(levels, '[', ']'), nested(levels, '{"a":', '}')]) {
        refused(VIDEO_MIME, { ...video, more: deep }, /too deep/);
        refused(TENSOR_MIME, tensor({ values: deep }), /too deep/);
      }
    }
  });

  it('by texts and pictures that are larger than anything that is shown', () => {
    refused(VIDEO_MIME, { ...video, title: 'x'.repeat(1_000_000) }, /a text in it has more than/);
    refused(VIDEO_MIME, pictured(`data:image/png;base64,${'A'.repeat(20_000_000)}`), /more than 8388608 characters/);
    refused(VIDEO_MIME, pictured(announcing(60_000, 60_000)), /pictures have more than/);
    refused(
      TENSOR_MIME,
      tensor({ pictures: Array.from({ length: 100 }, () => ({ label: '', picture: announcing(1024, 1024), width: 16, height: 16 })) }),
      /pictures have more than/,
    );
    checkPayload(VIDEO_MIME, pictured(announcing(4096, 4096)));
  });
});

describe('progress in words', () => {
  it('says where a run is and how it ended', () => {
    assert.equal(
      progressText({ state: 'running', step: 7, steps: 25, sigma: 3.2143, secondsLeft: 12.4 }),
      'step 7 of 25 · σ 3.21 · 12 s left',
    );
    assert.equal(progressText({ state: 'done', step: 25, steps: 25, secondsSpent: 200 }), '25 steps in 3 min 20 s');
    assert.equal(progressText({ state: 'interrupted', step: 7, steps: 25 }), 'interrupted after step 7 of 25');
    assert.equal(
      progressText({ state: 'interrupted', stage: 'inverting the source: 3 of 9', step: 0, steps: 0 }),
      'interrupted while inverting the source: 3 of 9',
    );
    assert.equal(progressTitle({ state: 'running', stage: 'reading the clip: frame 3 of 8' }), 'Reading the clip: frame 3 of 8');
    assert.equal(progressText({ state: 'running', stage: 'decoding', step: 25, steps: 25, sigma: 0.1, secondsLeft: 2 }), '2 s left');
    assert.equal(duration(3900), '1 h 5 min');
    assert.equal(duration(0.25), '0.3 s');
  });
});

describe('the preview’s memory', () => {
  it('takes what fits and forgets the rest', () => {
    assert.deepEqual(readMemory(undefined), { player: {}, panelOpen: true, panelWidth: 280 });
    assert.deepEqual(
      readMemory({ player: { frame: 3, rate: 99, view: 'wipe', zoom: 'fit', loop: 'yes' }, panelOpen: false, panelWidth: 9999 }),
      { player: { frame: 3, view: 'wipe', zoom: 'fit' }, panelOpen: false, panelWidth: 600 },
    );
  });
});
