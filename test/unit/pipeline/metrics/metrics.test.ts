import assert from 'node:assert/strict';
import { readHeldOut } from '../../../../eval/heldOut.js';
import { ArgumentError, createFrame, type Frame, Generator, Tensor } from '../../../../src/pipeline/core/index.js';
import {
  distance,
  flicker,
  frameConsistency,
  measureClip,
  promptAlignment,
  psnr,
  ssim,
  warpError,
} from '../../../../src/pipeline/metrics/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';

/** A picture of noise, and windows of it that move by a few pixels a frame. */
function moving(frames: number, [right, down]: readonly [number, number], size = 32): Frame[] {
  const side = 96;
  const noise = new Generator(3).randn([side * side]).data;
  return Array.from({ length: frames }, (_, i) => {
    const frame = createFrame(size, size);
    for (let pixel = 0; pixel < size * size; pixel++) {
      const at = 32 + (pixel % size) - i * right + (32 + Math.floor(pixel / size) - i * down) * side;
      frame.data.fill(Math.min(255, Math.max(0, 128 + 60 * noise[at]!)), 3 * pixel, 3 * pixel + 3);
    }
    return frame;
  });
}

function brighter(frames: readonly Frame[], by: (pixel: number) => number): Frame[] {
  return frames.map((frame) => ({ ...frame, data: frame.data.map((level, i) => level + by(Math.floor(i / 3))) }));
}

const flat = (level: number): Frame => ({ ...createFrame(16, 16), data: new Uint8Array(16 * 16 * 3).fill(level) });

describe('metrics', () => {
  it('equal clips are infinitely near: PSNR infinite, SSIM 1, distance 0', () => {
    const clip = moving(2, [1, 0]);
    assert.equal(psnr(clip, clip), Infinity);
    assert.ok(Math.abs(ssim(clip, clip) - 1) < 1e-12);
    assert.equal(distance(clip, clip), 0);
    assert.equal(distance([flat(0)], [flat(255)]), 1);
  });

  it('a region leaves out what lies on its other side, and its margin grows the inside', () => {
    const clip = [flat(100), flat(100)];
    const changed = brighter(clip, (pixel) => (pixel % 16 < 4 ? 10 : 0));
    const left = (columns: number) => Tensor.zeros([1, 1, 16, 16]).map((_, pixel) => (pixel % 16 < columns ? 1 : 0));
    assert.equal(psnr(clip, changed, { mask: left(4), side: 'outside' }), Infinity);
    assert.ok(Math.abs(psnr(clip, changed, { mask: left(4), side: 'inside' }) - 10 * Math.log10(255 ** 2 / 100)) < 1e-9);
    assert.ok(psnr(clip, changed, { mask: left(3), side: 'outside' }) < 50);
    assert.equal(psnr(clip, changed, { mask: left(3), side: 'outside', margin: 1 }), Infinity);
    assert.ok(Number.isNaN(psnr(clip, changed, { mask: left(16), side: 'outside' })));
    const half = new Tensor(Float32Array.from([1, 0, 1, 0]), [1, 1, 2, 2]);
    assert.equal(psnr(clip, changed, { mask: half, side: 'outside' }), Infinity, 'a mask of another size is scaled');
  });

  it('motion flickers and does not warp; noise of each frame does both', () => {
    const clip = moving(4, [3, -2]);
    assert.ok(flicker(clip) > 0.1);
    assert.ok(warpError(clip) < flicker(clip) ** 2 / 20, `${warpError(clip)}`);
    const noise = new Generator(5).randn([32 * 32 * 4]).data;
    const noisy = clip.map((frame, i) => brighter([frame], (pixel) => Math.round(4 * noise[i * 1024 + pixel]!))[0]!);
    assert.ok(warpError(noisy, { motionOf: clip }) > warpError(clip));
    assert.equal(flicker([clip[0]!, clip[0]!]), 0);
    assert.ok(Number.isNaN(flicker([clip[0]!])));
  });

  it('refuse clips that do not fit each other, naming what would', async () => {
    const clip = moving(2, [0, 0]);
    const wrong = { name: 'ArgumentError', message: /as many frames of the same size as the reference: 2 frames of 32 × 32/ };
    assert.throws(() => psnr(clip, clip.slice(1)), wrong);
    assert.throws(() => warpError(clip, { motionOf: [flat(0), flat(0)] }), ArgumentError);
    assert.throws(() => warpError(clip, { block: 1 }), /block is 1, but it must be a whole number from 2 to 64/);
    assert.throws(() => ssim([createFrame(8, 8)], [createFrame(8, 8)]), /at least 11 × 11 pixels/);
    assert.throws(() => psnr(clip, clip, { mask: Tensor.zeros([3, 1, 8, 8]), side: 'inside' }), /region\.mask/);
    assert.throws(() => flicker([]), /at least 1 frames/);
    await assert.rejects(measureClip(clip, { refrence: clip } as never), /Did you mean|refrence/);
  });

  it('cosines of given encoders: equal vectors give 1, crossed ones 0, and their shape is looked at', async () => {
    const clip = [flat(0), flat(50), flat(100)];
    const by = (vectors: number[][]) => ({
      embedFrames: async () => new Tensor(Float32Array.from(vectors.flat()), [vectors.length, vectors[0]!.length]),
      embedPrompt: async () => new Tensor(Float32Array.of(0, 2), [1, 2]),
    });
    assert.equal(
      await frameConsistency(
        clip,
        by([
          [1, 0],
          [2, 0],
          [5, 0],
        ]),
      ),
      1,
    );
    assert.ok(
      Math.abs(
        (await frameConsistency(
          clip,
          by([
            [1, 0],
            [0, 1],
            [1, 0],
          ]),
        ))! -
          1 / 3,
      ) < 1e-12,
      'mean of all pairs',
    );
    assert.equal(
      await promptAlignment(
        clip,
        'anything',
        by([
          [0, 1],
          [0, 3],
          [1, 0],
        ]),
      ),
      2 / 3,
    );
    await assert.rejects(frameConsistency(clip, by([[1, 0]])), /encoders that give \[3, n\]/);
    assert.equal(await promptAlignment(clip, 'anything', { embedFrames: by([[1, 0]]).embedFrames }), undefined);
  });

  describe('with the embedded model', () => {
    let model: LatentDiffusionModel;
    before(async () => {
      model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    });
    after(() => model.release());

    it('a clip aligns with its own caption rather than with that of an edit, and is steadier than a mixture', async () => {
      const { clips } = await readHeldOut();
      const [clip, other] = [clips[0]!, clips[1]!];
      const edit = clip.edits.find(({ changes }) => changes === 'background')!;
      const own = (await promptAlignment(clip.frames, clip.caption, model))!;
      assert.ok(own > 0.5 && own <= 1, `${own}`);
      assert.ok(own > (await promptAlignment(clip.frames, edit.caption, model))! + 0.1);
      const steady = (await frameConsistency(clip.frames, model))!;
      const mixed = clip.frames.map((frame, i) => (i % 2 ? other.frames[i]! : frame));
      assert.ok(steady <= 1 + 1e-6 && steady > (await frameConsistency(mixed, model))!);
      assert.equal(await promptAlignment(clip.frames, 'nothing that it knows', model), undefined);
    });

    it('measureClip tells every number that its options allow, and none that cannot be told', async () => {
      const { clips } = await readHeldOut();
      const { frames, masks, caption } = clips[0]!;
      const after = brighter(frames.slice(0, 3), () => 0);
      const mask = new Tensor(Float32Array.from(masks.slice(0, 3).flatMap((each) => [...each])), [
        3,
        1,
        frames[0]!.height,
        frames[0]!.width,
      ]);
      const source = frames.slice(0, 3);
      const all = await measureClip(after, { source, mask, reference: source, prompt: caption, by: model });
      assert.deepEqual(Object.keys(all).sort(), [
        'distance',
        'flicker',
        'frameConsistency',
        'promptAlignment',
        'psnr',
        'psnrInside',
        'psnrOutside',
        'ssim',
        'ssimInside',
        'ssimOutside',
        'warpError',
      ]);
      assert.deepEqual(await measureClip(after.slice(0, 1)), {});
      assert.deepEqual(Object.keys(await measureClip(after)).sort(), ['flicker', 'warpError']);
    });
  });
});
