import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { MachineMemory } from '../../src/pipeline/core/index.js';
import { planMemory } from '../../src/pipeline/networks/memoryPlan.js';
import { openModel } from '../../src/pipeline/networks/openModel.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { heldFrames, requireMemory } from '../../src/pipeline/pipelines/requireMemory.js';
import { workOf } from '../../src/pipeline/pipelines/workOf.js';
import { type ContextOptions, contextPlan } from '../../src/pipeline/diffusion/index.js';
import { editingMethods, type EditVideoOptions, workOfMethod } from '../../src/pipeline/editing/index.js';
import { crossFrame, type FrameSource, type NetworkWork } from '../../src/pipeline/networks/index.js';
import { Generator } from '../../src/pipeline/core/index.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from '../parity/checkpointFolder.js';
import { loadTinyModel } from '../parity/tinyModels.js';

const embedded = path.join(__dirname, '..', '..', 'models', 'motion-stickers');
const free = (freeBytes: number, of: MachineMemory['of'] = 'machine'): MachineMemory => ({ totalBytes: 8e9, freeBytes, of });

describe('memory and time are known before the work', () => {
  describe('a model that is loaded', () => {
    it('keeps all parts where there is room, and says nothing', async () => {
      assert.deepEqual(await planMemory(await openModel(embedded), undefined, free(8e9)), { memory: 'auto' });
    });

    it('has one part at a time in memory where all of them are too much, and says so with the numbers', async () => {
      const { memory, notice } = await planMemory(await openModel(embedded), 'auto', free(3e8));
      assert.equal(memory, 'least');
      assert.match(notice!, /motion-stickers takes \d+ MB when all of its parts are kept, and 300 MB are free.*memory: 'least'/);
    });

    it('is refused before its weights are read where it cannot fit, with what would', async () => {
      await assert.rejects(planMemory(await openModel(embedded), 'speed', free(2e8)), {
        code: 'FL_MEMORY_SHORT',
        message:
          /Loading motion-stickers takes \d+ MB of memory, but 200 MB are free on this machine\. With memory: 'least' \(--memory least\) it takes \d+ MB\./,
      });
      await assert.rejects(planMemory(await openModel(embedded), 'least', free(1e6, 'container')), {
        code: 'FL_MEMORY_SHORT',
        message: /1 MB are free in this container\. Close other programs, or take a smaller model/,
      });
    });

    it('built over safetensors takes next to nothing: weights stay pages of their files', async () => {
      const model = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1 });
      const speed = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1, memory: 'speed' });
      const size = { width: 64, height: 64, frames: 1 };
      const copied = speed.needsOf(size).loadedBytes - model.needsOf(size).loadedBytes;
      // All but a few constants of the graphs, which are in memory in either way.
      assert.ok(Math.abs(copied - model.needsOf(size).weightBytes) < 2000, `${copied}`);
      assert.deepEqual(
        [model.unet.graph, model.vae.decoder, model.textEncoder.graph].map((graph) => graph.isResident),
        [false, false, false],
      );
      await model.release();
      await speed.release();
    });

    it('an option that is none is refused', () =>
      assert.rejects(LatentDiffusionModel.fromPretrained(embedded, { memory: 'much' as 'least' }), {
        code: 'FL_ARGUMENT',
        message: /memory.*auto.*speed.*least/,
      }));
  });

  describe('a run', () => {
    let model: LatentDiffusionModel;
    before(async () => (model = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1 })));
    after(() => model.release());
    const large = { width: 1024, height: 512, frames: 16 };

    it('that will not fit is refused with the parts’ numbers and with what would fit', () => {
      const needed = model.needsOf(large).runningBytes;
      assert.throws(() => requireMemory(model, {}, large, 'windowFrames', () => free(needed - 1e6)), {
        code: 'FL_MEMORY_SHORT',
        message:
          /^Running sd1 with 16 frames of 1024 × 512 takes [\d.]+ MB of memory \(frames [\d.]+ MB, .*vae_decoder [\d.]+ MB.*unet [\d.]+ MB.*\), but .* are free on this machine\. With windowFrames: 8 it takes .* At 768 × 384 it takes .*\(--memory least\)/,
      });
      assert.ok(!model.unet.graph.isResident, 'nothing was loaded');
      requireMemory(model, {}, large, 'windowFrames', () => free(needed + 1e6));
    });

    it('that went well needs no room again', () => {
      requireMemory(model, {}, large, 'windowFrames', () => free(0));
      requireMemory(model, {}, { ...large, frames: 4 }, 'windowFrames', () => free(0));
    });

    it('at a size that the model cannot work at is refused for that', () =>
      assert.throws(() => requireMemory(model, {}, { width: 63, height: 64, frames: 1 }, undefined, () => free(0)), {
        code: 'FL_ARGUMENT',
      }));

    it('takes more at larger sizes and with more frames, and less where parts take turns', async () => {
      const needs = (width: number, frames: number) => model.needsOf({ width, height: 512, frames }).runningBytes;
      assert.ok(needs(1024, 8) > needs(512, 8) && needs(512, 8) > needs(512, 1));
      const least = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1, memory: 'least' });
      // What the library itself takes is the same; of the parts of this tiny model the largest is left.
      assert.ok(least.needsOf(large).runningBytes < model.needsOf(large).runningBytes - 50e6);
      await least.release();
    });
  });

  describe('a run whose frames see each other', () => {
    let model: LatentDiffusionModel;
    const size = { width: 256, height: 256, frames: 8 };
    before(async () => (model = await loadTinyModel('tiny-sd')));
    after(() => model.release());
    const unet = (work: NetworkWork) => model.needsOf({ ...size, ...work }).parts.find(({ part }) => part === 'unet')!;

    it('counts all frames in one call, the keys and values of several, and the session of the changed graph', () => {
      const sources = (...from: FrameSource[]) => unet({ together: true, rewrites: [crossFrame(model.unet, from)] });
      const [plain, one, two] = [unet({}), sources('first'), sources('first', 'previous')];
      // Every place has a score for each place of each frame that it looks at: 8 frames of two heads in the place of four.
      const scores = 4 * 2 * 8 * (32 * 32) ** 2;
      assert.ok(one.callBytes > plain.callBytes + scores / 2, `${one.callBytes}, not together ${plain.callBytes}`);
      assert.ok(two.callBytes > one.callBytes + scores, `${two.callBytes}, of one frame ${one.callBytes}`);
      assert.equal(one.loadedBytes, 2 * plain.loadedBytes);
      assert.deepEqual(workOfMethod(editingMethods.pix2video, model, {}, size).together, true);
      assert.equal(unet(workOfMethod(editingMethods.pix2video, model, {}, size)).callBytes, two.callBytes);
    });

    it('counts the grids of RAVE, whose attention is that of one picture of all their frames', () => {
      const grid = (gridSize: number) => unet(workOfMethod(editingMethods.rave, model, { gridSize }, size));
      assert.equal(grid(1).callBytes, unet({}).callBytes);
      // Two pictures of four frames each, one at a time.
      assert.ok(grid(2).callBytes > 4 * 2 * (4 * 32 * 32) ** 2);
      assert.deepEqual([grid(1).calls, grid(2).calls, grid(3).calls], [2, 2, 1]);
      assert.ok(grid(2).operations * grid(2).calls > 2 * grid(1).operations * grid(1).calls);
    });

    for (const method of ['prompt-to-prompt', 'plug-and-play'] as const)
      it(`counts what ${method} lends, of every frame, and its three sessions`, () => {
        const lent = (frames: number) =>
          model
            .needsOf({ ...size, frames, ...workOfMethod(editingMethods[method], model, {}, size) })
            .parts.find(({ part }) => part === 'unet')!;
        assert.equal(lent(8).loadedBytes, 3 * unet({}).loadedBytes);
        assert.ok(lent(8).givenBytes! > 0 && lent(8).callBytes > unet({}).callBytes);
        // As much is held of each call; there are four times as many.
        const held = lent(32).callBytes - lent(8).callBytes;
        assert.equal(Math.round(held / lent(8).givenBytes!), lent(32).calls - lent(8).calls);
      });

    it('is refused before anything is computed where it does not fit, though the method’s frames one by one would', async () => {
      const clip = await Video.fromFrames(
        Array.from({ length: 16 }, () => ({ width: 64, height: 64, data: new Uint8Array(3 * 64 * 64) })),
        { fps: 8 },
      );
      const large = { width: 1024, height: 1024, numInferenceSteps: 2, callbackOnStepEnd: () => assert.fail('a step was made') };
      const rejected = (options: EditVideoOptions) =>
        assert.rejects(model.editVideo(clip, 'a balloon', { ...large, ...options }), {
          code: 'FL_MEMORY_SHORT',
          message: /unet [\d.]+ [GT]B/,
        });
      await rejected({ method: 'rave', gridSize: 4 });
      await rejected({ method: 'pix2video' });
      await rejected({ method: 'sdedit', crossFrame: ['own', 'first', 'previous'] });
      await clip.close();
    });

    it('windows inside of motion modules count the whole clip, and each window of it', async () => {
      const place = checkpointFolder('sd1', 'animatediff-v2');
      const motion = await LatentDiffusionModel.fromPretrained(place.folder, { threads: 1 });
      const needs = (options: ContextOptions) => {
        const context = contextPlan(motion, options);
        const held = heldFrames(context, 24);
        return motion
          .needsOf({ width: 256, height: 256, ...held, ...workOf(motion, {}, context) })
          .parts.find(({ part }) => part === 'unet')!;
      };
      const around = { contextSchedule: 'static', contextFrames: 8, contextOverlap: 4 } as const;
      const inside = { ...around, contextInside: 'motion-modules' } as const;
      assert.ok(needs(inside).callBytes > 2 * needs(around).callBytes);
      assert.ok(needs({ ...inside, contextOverlap: 7 }).callBytes > needs(inside).callBytes);
      await motion.release();
      place.remove();
    });
  });

  for (const how of ['rave', 'pix2video'])
    it(`what is worked out is what is taken: a prediction as ${how} makes it within a factor of three`, function () {
      if (process.platform !== 'linux') return this.skip();
      const script = path.join(__dirname, 'memory', 'predictOnce.ts');
      const args = ['--import=tsx', script, path.join(__dirname, '..', 'parity', 'tiny-sd'), how];
      const { told, taken } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Record<string, number>;
      assert.ok(taken! < 1.1 * told! && taken! > told! / 3, `${told} bytes were told, ${taken} were taken`);
    });

  for (const place of [embedded, checkpoint('sd1')]) {
    it(`${path.basename(place)}: with the least memory it draws the same, up to rounding, with one part in memory`, async () => {
      const draw = async (memory: 'auto' | 'least') => {
        const model = await LatentDiffusionModel.fromPretrained(place, { threads: 1, memory });
        const options = { numInferenceSteps: 2, seed: 4, strength: 0.5, method: 'sdedit' as const };
        const [width, height] = [64, 64];
        const data = Uint8Array.from(new Generator(1).randn([width * height * 3]).data, (value) => 128 + 40 * value);
        const clip = await Video.fromFrames([{ width, height, data }], { fps: 8 });
        const edited = await model.editVideo(clip, 'a red car', { ...options, width, height });
        const pixels: number[] = [];
        for await (const frame of edited.frames()) pixels.push(...frame.data);
        const graphs = [model.textEncoder.graph, model.vae.encoder!, model.unet.graph, model.vae.decoder];
        const resident = graphs.map(({ isResident }) => isResident);
        await model.release();
        return { pixels, resident };
      };
      const [kept, turns] = [await draw('auto'), await draw('least')];
      assert.deepEqual(
        [kept.resident, turns.resident],
        [
          [true, true, true, true],
          [false, false, false, true],
        ],
      );
      assert.ok(kept.pixels.every((value, i) => Math.abs(value - turns.pixels[i]!) <= 1));
    });
  }

  it('what is worked out is what is taken: a decoder’s call within a factor of two and a half', function () {
    if (process.platform !== 'linux') return this.skip();
    const script = path.join(__dirname, 'memory', 'decodeOnce.ts');
    const { told, taken } = JSON.parse(execFileSync(process.execPath, ['--import=tsx', script], { encoding: 'utf8' })) as Record<
      string,
      number
    >;
    assert.ok(told! > 1e8, 'large enough to stand out of a process’ own memory');
    assert.ok(taken! < 1.25 * told! && taken! > told! / 2.5, `${told} bytes were told, ${taken} were taken`);
  });
});
