import assert from 'node:assert/strict';
import { PREVIEW_MIME, TENSOR_MIME, TREE_MIME, VIDEO_MIME } from '../../../src/shared/display.js';
import type { VideoPayload } from '../../../src/shared/display.js';
import { checkPayload, isOurMime } from '../../../src/webview/renderer/payloadShapes.js';
import { duration, progressText, progressTitle } from '../../../src/webview/renderer/progressText.js';
import { readMemory } from '../../../src/webview/videoPreview/previewMemory.js';

const pixel = 'data:image/png;base64,iVBORw0KGgo=';
const video: VideoPayload = { type: 'video', path: 'story.frameloom/a/result.mp4', width: 128, height: 128, fps: 8, frames: 16, duration: 2, poster: pixel };

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
    for (const path of ['../secret.mp4', '/etc/passwd', 'a/../../b', 'https://example.org/x.mp4', 'file:///etc/passwd', 'a\\b.mp4', '', 'a//b', './a']) {
      refused(VIDEO_MIME, { ...video, path }, /output\.path must be a path below/);
      refused(VIDEO_MIME, { ...video, source: { ...video, path } }, /output\.source\.path/);
    }
  });

  it('cannot make the page load a picture from elsewhere, or one with a script in it', () => {
    for (const poster of ['https://example.org/x.png', 'data:image/svg+xml;base64,PHN2Zz4=', 'data:text/html;base64,PGI+', 'javascript:alert(1)', `${pixel}" onload="alert(1)`]) {
      refused(VIDEO_MIME, { ...video, poster }, /output\.poster must be/);
    }
  });

  it('are refused with the place of the fault', () => {
    refused(VIDEO_MIME, { ...video, width: 0 }, /output\.width must be above 0/);
    refused(VIDEO_MIME, { ...video, fps: 'NaN' }, /output\.fps/);
    refused(VIDEO_MIME, null, /output must be an object/);
    refused(TREE_MIME, { type: 'tree', root: { kind: 'branch', valueType: 'array', name: 'Array', size: 1, entries: [{ key: '0', value: { kind: 'html' } }] } }, /output\.root\.entries\[0\]\.value\.kind/);
    let deep: unknown = { kind: 'leaf', valueType: 'number', text: '1' };
    for (let level = 0; level < 5000; level++) deep = { kind: 'branch', valueType: 'array', name: 'Array', size: 1, entries: [{ key: '0', value: deep }] };
    refused(TREE_MIME, { type: 'tree', root: deep }, /too deep/);
  });
});

describe('progress in words', () => {
  it('says where a run is and how it ended', () => {
    assert.equal(progressText({ state: 'running', step: 7, steps: 25, sigma: 3.2143, secondsLeft: 12.4 }), 'step 7 of 25 · σ 3.21 · 12 s left');
    assert.equal(progressText({ state: 'done', step: 25, steps: 25, secondsSpent: 200 }), '25 steps in 3 min 20 s');
    assert.equal(progressText({ state: 'interrupted', step: 7, steps: 25 }), 'interrupted after step 7 of 25');
    assert.equal(progressText({ state: 'interrupted', stage: 'inverting the source: 3 of 9', step: 0, steps: 0 }), 'interrupted while inverting the source: 3 of 9');
    assert.equal(progressTitle({ state: 'running', stage: 'reading the clip: frame 3 of 8' }), 'Reading the clip: frame 3 of 8');
    assert.equal(progressText({ state: 'running', stage: 'decoding', step: 25, steps: 25, sigma: 0.1, secondsLeft: 2 }), '2 s left');
    assert.equal(duration(3900), '1 h 5 min');
    assert.equal(duration(0.25), '0.3 s');
  });
});

describe('the preview’s memory', () => {
  it('takes what fits and forgets the rest', () => {
    assert.deepEqual(readMemory(undefined), { player: {}, panelOpen: true, panelWidth: 280 });
    assert.deepEqual(readMemory({ player: { frame: 3, rate: 99, view: 'wipe', zoom: 'fit', loop: 'yes' }, panelOpen: false, panelWidth: 9999 }), { player: { frame: 3, view: 'wipe', zoom: 'fit' }, panelOpen: false, panelWidth: 600 });
  });
});
