import assert from 'node:assert/strict';
import type { Tensor } from '../../../../../src/pipeline/core/index.js';
import { Generator } from '../../../../../src/pipeline/core/index.js';
import { cameraPath, warpLatents, warpPicture } from '../../../../../src/pipeline/diffusion/camera/index.js';
import { rerun } from '../../../../../src/pipeline/pipelines/rerun.js';
import { Video } from '../../../../../src/pipeline/video/index.js';
import { loadTinyModel, loadTinyMotionModel } from '../../../../parity/tinyModels.js';
import { collect, numberedFrame } from '../../video/clips.js';

const size = { width: 64, height: 48 };
const clip = { frameCount: 4, fps: 8 };

describe('a camera that moves', () => {
  it('adds its motions up from frame to frame, around the middle, and begins where the picture is', async () => {
    const near = (path: readonly number[], wanted: readonly number[]) =>
      path.forEach((each, i) => assert.ok(Math.abs(each - wanted[i]!) < 1e-9));
    const pan = await cameraPath({ translationX: 3, translationY: { 0: 0, 1: '-t' } }, clip, size);
    near(pan[0]!, [1, 0, 0, 0, 1, 0]);
    near(pan[3]!, [1, 0, -9, 0, 1, 6]);
    const zoom = await cameraPath({ zoom: 2 }, clip, size);
    near(zoom[2]!, [0.25, 0, 0.75 * 31.5, 0, 0.25, 0.75 * 23.5]);
    const turn = await cameraPath({ angle: 90 }, clip, size);
    near(turn[2]!, [-1, 0, 63, 0, -1, 47]);
  });

  it('moves pictures to where it says, and shows mirror images beyond the edges', async () => {
    const picture = numberedFrame(5, size.width, size.height);
    const at = (x: number, y: number) => picture.data.slice(3 * (y * size.width + x), 3 * (y * size.width + x) + 3);
    const moved = warpPicture(picture, (await cameraPath({ translationX: 5, translationY: -2 }, clip, size))[1]!);
    const now = (x: number, y: number) => moved.data.slice(3 * (y * size.width + x), 3 * (y * size.width + x) + 3);
    for (const [x, y] of [
      [5, 0],
      [20, 9],
      [63, 45],
    ] as const)
      assert.deepEqual(now(x, y), at(x - 5, y + 2));
    assert.deepEqual(now(4, 10), at(0, 12));
    assert.deepEqual(now(0, 10), at(4, 12));
    // Anticlockwise by a right angle, twice: upside down.
    const turned = warpPicture(picture, (await cameraPath({ angle: 90 }, clip, size))[2]!);
    assert.deepEqual(turned.data.slice(0, 3), at(63, 47));
  });

  it('takes latents from their nearest places, so that noise stays noise', async () => {
    const noise = new Generator(1).randn([1, 2, 6, 8]);
    const moved = warpLatents(noise, (await cameraPath({ translationX: 8 }, clip, size))[2]!, 8);
    assert.deepEqual(moved.data.slice(2, 8), noise.data.slice(0, 6));
    assert.ok(moved.data.every((value) => noise.data.includes(value)));
    assert.deepEqual(warpLatents(noise, [1, 0, 0, 0, 1, 0], 8).data, noise.data);
  });

  it('moves an edited clip before it is edited, and the edit can be made again', async () => {
    const pictures = await loadTinyModel('tiny-sd');
    const source = await Video.fromFrames(
      [1, 2, 3].map((number) => numberedFrame(number, 64, 64)),
      { fps: 8 },
    );
    const camera = { translationX: '8*min(1, frame)' };
    const path = await cameraPath(camera, { frameCount: 3, fps: 8 }, { width: 64, height: 64 });
    const before = await Video.fromFrames(
      (await collect(source.frames())).map((frame, i) => warpPicture(frame, path[i]!)),
      { fps: 8 },
    );
    const common = { method: 'sdedit', strength: 0.5, numInferenceSteps: 4, seed: 1 } as const;
    const made = await pictures.editVideo(source, 'a balloon', { ...common, camera });
    assert.deepEqual(await collect(made.frames()), await collect((await pictures.editVideo(before, 'a balloon', common)).frames()));
    assert.deepEqual(made.provenance!.settings.camera, camera);
    assert.deepEqual(await collect((await rerun(pictures, made.provenance!, source)).frames()), await collect(made.frames()));
    const refused = (options: object, message: RegExp) =>
      assert.rejects(pictures.editVideo(source, 'a balloon', { ...common, ...options }), message);
    await refused({ camera, resolution: 'source' }, /camera.*left out with a mask, crop or the source's resolution/);
    await refused({ camera: { ...camera, t0: 1 } }, /given without t0 and t1/);
    await refused({ camera: { zoom: 3 } }, /zoom is 3, but it must be a number from 0.5 to 2/);
    await refused({ camera: { zoom: '1 + t' } }, /camera.zoom must be numbers from 0.5 to 2, but at frame 2 it is 3/);
    await refused({ camera: { shake: 3 } }, /no option "shake"/);
    await pictures.release();
  });

  it('moves the noise of a clip that is made', async () => {
    const motion = await loadTinyMotionModel();
    const common = { numInferenceSteps: 4, seed: 1, width: 64, height: 64 };
    const last = async (camera: object) => {
      const seen: Tensor[] = [];
      await motion.generateVideo('a balloon', { ...common, camera, callbackOnStepEnd: ({ latents }) => void seen.push(latents) });
      return seen;
    };
    const [still, panned] = [await last({}), await last({ translationX: 16 })];
    assert.equal(still.length, panned.length);
    assert.deepEqual(panned[0]!.data, still[0]!.data);
    assert.notDeepEqual(panned.at(-1)!.data, still.at(-1)!.data);
    await assert.rejects(motion.generateVideo('a balloon', { ...common, camera: {}, capture: true }), /left out where steps are captured/);
    await assert.rejects(motion.generateVideo('a balloon', { ...common, camera: { t0: 3, t1: 4 } }), /t1 below the run's 4 steps/);
    await motion.release();
  });
});
