import assert from 'node:assert/strict';
import { Generator, type Tensor } from '../../../../src/pipeline/core/index.js';
import { fromGrids, GridUNet, toGrids } from '../../../../src/pipeline/editing/gridUNet.js';
import type { EditVideoOptions } from '../../../../src/pipeline/editing/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../../../src/pipeline/pipelines/rerun.js';
import { Video } from '../../../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from '../../../parity/checkpointFolder.js';
import { loadTinyModel } from '../../../parity/tinyModels.js';
import { collect, numberedFrame } from '../video/clips.js';

describe('methods by which the frames of a picture model hang together', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  const common = { numInferenceSteps: 3, guidanceScale: 3, seed: 2, width: 64, height: 64, onNotice: () => undefined };
  before(async () => {
    model = await loadTinyModel('tiny-sd');
    clip = await Video.fromFrames(
      [1, 2, 3, 4, 5].map((number) => numberedFrame(number, 64, 64)),
      { fps: 8 },
    );
  });
  after(async () => {
    await model.release();
    await clip.close();
  });

  it('frames lie in grids row by row, and come back from them', () => {
    const frames = new Generator(1).randn([8, 2, 3, 5]);
    const grids = toGrids(frames, 2);
    assert.deepEqual(grids.dims, [2, 2, 6, 10]);
    // The second frame's first row stands right of the first's, the third's below it.
    assert.deepEqual(grids.data.slice(5, 10), frames.slice(1, 2).data.slice(0, 5));
    assert.deepEqual(grids.data.slice(30, 35), frames.slice(2, 3).data.slice(0, 5));
    assert.deepEqual(fromGrids(grids, 2), frames);
  });

  it('frames that share a grid change each other, others do not', async () => {
    const grid = new GridUNet(model.unet, 2);
    const told = await conditioningOf();
    const [latents, other] = [new Generator(1).randn([8, 4, 8, 8]), new Generator(1).randn([8, 4, 8, 8])];
    other.data.fill(0.5, 0, 256);
    const predicted = async (order: number[]) => {
      grid.shuffle(order);
      const [a, b] = [await grid.predict(latents, 500, told), await grid.predict(other, 500, told)];
      return Array.from({ length: 8 }, (_, frame) => apart(a.slice(frame, frame + 1), b.slice(frame, frame + 1)) > 1e-4);
    };
    assert.deepEqual(await predicted([0, 1, 2, 3, 4, 5, 6, 7]), [true, true, true, true, false, false, false, false]);
    assert.deepEqual(await predicted([0, 4, 5, 6, 1, 2, 3, 7]), [true, false, false, false, true, true, true, false]);
  });

  for (const method of ['pix2video', 'rave'] as const)
    it(`${method}: frames follow each other, the edit is recorded and can be made again`, async () => {
      const own = method === 'rave' ? { gridSize: 2 } : { updateScale: 0.2 };
      const made = await model.editVideo(clip, 'a balloon', { ...common, method, ...own });
      const settings = made.provenance!.settings as EditVideoOptions;
      assert.deepEqual([settings.method, settings.gridSize ?? settings.updateScale], [method, method === 'rave' ? 2 : 0.2]);
      assert.deepEqual(await collect((await rerun(model, made.provenance!, clip)).frames()), await collect(made.frames()));
      const alone = method === 'rave' ? { gridSize: 1 } : { updateScale: 0 };
      const apartFrom = await model.editVideo(clip, 'a balloon', { ...common, method, ...alone });
      assert.notDeepEqual(await collect(apartFrom.frames()), await collect(made.frames()));
    });

  it('rave shows ControlNets every frame by itself, wherever it lies in a grid', async () => {
    const place = checkpointFolder('sd1');
    const controlled = await LatentDiffusionModel.fromPretrained(place.folder, { threads: 1, controlNet: checkpoint('controlnet') });
    const black = await Video.fromFrames(
      [1, 2, 3, 4, 5].map(() => ({ data: new Uint8Array(64 * 64 * 3), width: 64, height: 64 })),
      { fps: 8 },
    );
    const edit = async (options: EditVideoOptions) =>
      collect((await controlled.editVideo(clip, 'a balloon', { ...common, method: 'rave', gridSize: 2, ...options })).frames());
    const shown = await edit({});
    assert.notDeepEqual(await edit({ controlClip: black }), shown);
    assert.deepEqual(await edit({ controlClip: black, controlnetConditioningScale: 0 }), await edit({ controlnetConditioningScale: 0 }));
    await controlled.release();
    place.remove();
  });

  it('pix2video edits with a motion model, too; what cannot be is refused in a sentence', async () => {
    const place = checkpointFolder('sd1', 'animatediff-v2');
    const motion = await LatentDiffusionModel.fromPretrained(place.folder, { threads: 1 });
    const made = await motion.editVideo(clip, 'a balloon', { ...common, method: 'pix2video', windowFrames: 4 });
    assert.equal((await collect(made.frames())).length, 5);
    const refused = (options: EditVideoOptions, message: RegExp, of = model) =>
      assert.rejects(of.editVideo(clip, 'a balloon', { ...common, ...options }), message);
    await refused({ method: 'rave' }, /another with .*, whose frames see each other already/, motion);
    await refused({ method: 'rave', gridSize: 5 }, /gridSize is 5, but it must be a whole number from 1 to 4/);
    await refused({ method: 'rave', promptTravel: { 0: 'a', 2: 'b' } }, /promptTravel .*whose grids have one text/);
    await refused({ method: 'pix2video', crossFrame: 'first' }, /crossFrame .*its frames look at the first and the one before/);
    await refused({ method: 'pix2video', pagScale: 2 }, /pagScale .*whose frames look at each other/);
    await refused({ method: 'pix2video', capture: true }, /capture/);
    await motion.release();
    place.remove();
  });

  async function conditioningOf() {
    return { embeddings: (await model.textEncoder.encode('a balloon', [])).embeddings, guidanceScale: 1 };
  }
});

/** The greatest difference. */
function apart(a: Tensor, b: Tensor): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}
