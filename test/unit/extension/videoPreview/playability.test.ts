import assert from 'node:assert/strict';
import { fallbackPlan, playbackPlan } from '../../../../src/extension/videoPreview/playability.js';
import type { PlayabilityFacts } from '../../../../src/extension/videoPreview/playability.js';
import { proxySize } from '../../../../src/extension/videoPreview/proxyCommand.js';
import { progressIn } from '../../../../src/extension/videoPreview/proxyMaker.js';

const mp4 = 'mov,mp4,m4a,3gp,3g2,mj2';
const matroska = 'matroska,webm';
const sound = (codec: string): PlayabilityFacts['audio'] => ({
  codec,
  channels: 2,
  sampleRate: 48000,
  duration: 2,
  track: 0,
  streamIndex: 1,
  isDefault: true,
});
const facts = (container: string, codec: string, audio?: string, pixelFormat = 'yuv420p', bitDepth = 8): PlayabilityFacts => ({
  container,
  codec,
  pixelFormat,
  bitDepth,
  audio: audio ? sound(audio) : undefined,
});

describe('what VS Code plays', () => {
  const table: [name: string, facts: PlayabilityFacts, plan: string][] = [
    ['H.264 in MP4, silent', facts(mp4, 'h264'), 'direct'],
    ['H.264 and MP3 in MP4', facts(mp4, 'h264', 'mp3'), 'direct'],
    ['H.264 and AAC in MP4: only the sound is coded anew', facts(mp4, 'h264', 'aac'), 'copy+mp3'],
    ['H.264 and AAC in Matroska', facts(matroska, 'h264', 'aac'), 'copy+mp3'],
    ['H.264 in 10 bits', facts(mp4, 'h264', undefined, 'yuv420p10le', 10), 'encode+none'],
    ['H.264 in 4:4:4', facts(mp4, 'h264', 'mp3', 'yuv444p'), 'encode+copy'],
    ['H.265', facts(mp4, 'hevc', 'aac'), 'encode+mp3'],
    ['ProRes with PCM', facts(mp4, 'prores', 'pcm_s16le', 'yuv422p10le', 10), 'encode+mp3'],
    ['VP9 and Opus in WebM', facts(matroska, 'vp9', 'opus'), 'direct'],
    ['VP8 and Vorbis in WebM', facts(matroska, 'vp8', 'vorbis'), 'direct'],
    ['AV1', facts(mp4, 'av1'), 'direct'],
    ['AVI with H.264: no timestamps to copy', facts('avi', 'h264', 'mp3'), 'encode+copy'],
    ['AVI with MPEG-4 Part 2', facts('avi', 'mpeg4', 'mp3'), 'encode+copy'],
    ['GIF', facts('gif', 'gif', undefined, 'bgra'), 'encode+none'],
    ['FFV1 in Matroska', facts(matroska, 'ffv1', 'flac', 'bgr0'), 'encode+mp3'],
  ];
  for (const [name, given, expected] of table) {
    it(name, () => {
      const plan = playbackPlan(given);
      assert.equal(plan.kind === 'direct' ? 'direct' : `${plan.video}+${plan.audio}`, expected);
    });
  }

  it('is explained', () => {
    const why = (given: PlayabilityFacts): string => {
      const plan = playbackPlan(given);
      return plan.kind === 'proxy' ? plan.why : '';
    };
    assert.equal(why(facts(mp4, 'hevc', 'aac')), 'VS Code does not play H.265 and AAC sound');
    assert.equal(why(facts('gif', 'gif')), 'VS Code does not play GIF files');
    assert.equal(fallbackPlan(facts(mp4, 'h264')).video, 'encode');
  });
});

describe('proxies', () => {
  it('have even sides of at most 1920', () => {
    assert.deepEqual(proxySize({ width: 3840, height: 2160 }), { width: 1920, height: 1080 });
    assert.deepEqual(proxySize({ width: 75, height: 51 }), { width: 76, height: 52 });
    assert.deepEqual(proxySize({ width: 1080, height: 4000 }), { width: 518, height: 1920 });
  });

  it('report how far they are', () => {
    assert.equal(progressIn('frame=1\nout_time_us=500000\nprogress=continue\nframe=2\nout_time_us=1000000\n', 4), 0.25);
    assert.equal(progressIn('frame=1\n', 4), undefined);
    assert.equal(progressIn('out_time_us=9000000\n', 4), 1);
  });
});
