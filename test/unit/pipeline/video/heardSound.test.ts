import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { spectrumOf } from '../../../../src/pipeline/video/spectrum.js';
import { Video } from '../../../../src/pipeline/video/index.js';
import { ClipFolder, ffmpeg, h264 } from './clips.js';

const RATE = 48_000;

describe('what is heard during the frames of a clip', () => {
  const folder = new ClipFolder();
  after(() => folder.remove());

  /** A clip of 25 frames a second whose sound is a function of the time. */
  async function clipWith(name: string, frames: number, at: (seconds: number) => number, seconds = frames / 25): Promise<string> {
    const samples = Float32Array.from({ length: Math.round(seconds * RATE) }, (_, i) => at(i / RATE));
    const [raw, silent, path] = [folder.file(`${name}.f32`), folder.file(`${name}.silent.mkv`), folder.file(`${name}.mkv`)];
    writeFileSync(raw, Buffer.from(samples.buffer));
    await folder.make(`${name}.silent.mkv`, { frames, fps: 25, args: h264 });
    await ffmpeg('-i', silent, '-f', 'f32le', '-ar', String(RATE), '-ac', '1', '-i', raw, '-c:v', 'copy', '-c:a', 'flac', path);
    return path;
  }

  const sine =
    (amplitude: number, hertz = 440) =>
    (t: number) =>
      amplitude * Math.sin(2 * Math.PI * hertz * t);

  it('loudness is the root mean square: of a sine 0.707 of its amplitude, frame by frame', async () => {
    const clip = await Video.open(await clipWith('steps', 30, (t) => sine(t < 0.4 ? 0.8 : t < 0.8 ? 0.2 : 0)(t)));
    const loudness = await clip.loudness();
    assert.equal(loudness.length, 30);
    const near = (frame: number, wanted: number) =>
      assert.ok(Math.abs(loudness[frame]! - wanted) < 0.02, `frame ${frame}: ${loudness[frame]}, not ${wanted}`);
    for (const frame of [1, 4, 8]) near(frame, 0.8 * Math.SQRT1_2);
    for (const frame of [11, 15, 18]) near(frame, 0.2 * Math.SQRT1_2);
    for (const frame of [21, 25, 29]) near(frame, 0);
  });

  it('a part of a clip hears its own stretch of the sound', async () => {
    const clip = await Video.open(await clipWith('half', 50, (t) => sine(t < 1 ? 0 : 0.5)(t)));
    const later = await clip.trim({ start: 0.8, end: 1.6 });
    const loudness = await later.loudness();
    assert.equal(loudness.length, 20);
    assert.deepEqual(
      loudness.map((value) => value > 0.1),
      Array.from({ length: 20 }, (_, frame) => frame >= 5),
    );
  });

  it('clicks are onsets of the frames they are in, by their strength, and what lies between is none', async () => {
    const clicks = new Map([
      [0.22, 1],
      [0.7, 0.5],
      [1.46, 0.8],
    ]);
    // A click of 5 ms that dies away.
    const sound = (t: number) => (t < 0 || t > 0.03 ? 0 : Math.exp(-t / 0.005) * Math.cos(6000 * t));
    const click = (t: number) => [...clicks].reduce((sum, [when, height]) => sum + height * sound(t - when), 0);
    const clip = await Video.open(await clipWith('clicks', 50, click));
    const onsets = await clip.onsets();
    assert.equal(onsets.length, 50);
    const found = [...onsets.entries()].filter(([, strength]) => strength > 0);
    assert.deepEqual(
      found.map(([frame]) => frame),
      [...clicks.keys()].map((when) => Math.floor(when * 25)),
    );
    [1, 0.5, 0.8].forEach((strength, i) => assert.ok(Math.abs(found[i]![1] - strength) < 0.1, `${found[i]![1]}, not ${strength}`));
  });

  it('a tone that begins is one onset, and one that goes on is none', async () => {
    const clip = await Video.open(await clipWith('tone', 50, (t) => (t < 1.02 ? 0 : sine(0.5)(t))));
    const onsets = await clip.onsets();
    assert.deepEqual(
      onsets.map((strength) => strength > 0),
      Array.from({ length: 50 }, (_, frame) => frame === 25),
    );
    assert.equal(onsets[25], 1);
  });

  it('after the end of the sound, and in silence, there is nothing', async () => {
    const short = await Video.open(await clipWith('short', 50, sine(0.5), 1));
    assert.equal((await short.loudness()).length, 50);
    assert.ok((await short.loudness()).slice(27).every((value) => value === 0));
    const silent = await Video.open(await clipWith('silence', 25, () => 0));
    assert.deepEqual(await silent.onsets(), new Array(25).fill(0));
  });

  it('a clip without sound is refused in a sentence', async () => {
    const mute = await Video.open(await folder.make('mute.mp4', { frames: 5, args: h264 }));
    await assert.rejects(mute.loudness(), { code: 'FL_VIDEO_NO_SOUND', message: /no sound/ });
    await assert.rejects(mute.onsets(), { code: 'FL_VIDEO_NO_SOUND' });
  });

  it('the spectrum is that of the discrete Fourier transform by its definition', () => {
    const samples = Float64Array.from({ length: 32 }, (_, i) => Math.sin(i * i) + 0.3 * i);
    const wanted = Array.from({ length: 17 }, (_, k) => {
      let [re, im] = [0, 0];
      samples.forEach((value, i) => {
        re += value * Math.cos((2 * Math.PI * k * i) / 32);
        im -= value * Math.sin((2 * Math.PI * k * i) / 32);
      });
      return Math.hypot(re, im);
    });
    spectrumOf(samples).forEach((value, k) => assert.ok(Math.abs(value - wanted[k]!) < 1e-9, `${k}: ${value}, not ${wanted[k]}`));
  });
});
