import assert from 'node:assert/strict';
import path from 'node:path';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import { cannyEdges } from '../../src/pipeline/diffusion/families/cannyEdges.js';
import type { EditVideoOptions } from '../../src/pipeline/editing/options.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../src/pipeline/pipelines/rerun.js';
import { Mask } from '../../src/pipeline/masks/index.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { assertClose, assertClosePixels } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

interface Run {
  title: string;
  prompt: string;
  negative_prompt: string;
  seed: number;
  num_inference_steps: number;
  guidance_scale: number;
  image_guidance_scale?: number;
  strength?: number;
  frames?: number;
  source?: Stored;
  mask?: Stored;
  control?: Stored[];
  scale?: number[];
  start?: number[];
  end?: number[];
  latents: Stored;
  pixels: Stored;
}

describe('networks that are shown something besides the text: the numbers are those of diffusers', () => {
  const reference = new ReferenceFile<{ control: Run[]; inpainting: Run[]; instruct: Run[] }>('families');
  const { control, inpainting, instruct } = reference.index;
  const net = checkpoint('controlnet');
  const titled = (...titles: string[]) => control.filter(({ title }) => titles.includes(title));

  runsOf('a ControlNet', titled('part of the run', 'an edit'), ['sd1'], { controlNet: net });
  runsOf('two ControlNets', titled('two ControlNets'), ['sd1'], { controlNet: [net, net] });
  runsOf('a ControlNet and AnimateDiff', titled('AnimateDiff'), ['sd1', 'animatediff-v2'], { controlNet: net });
  runsOf('an inpainting model', inpainting, ['sd1', 'inpainting']);
  runsOf('InstructPix2Pix', instruct, ['sd1', 'instruct-pix2pix']);

  function runsOf(title: string, runs: readonly Run[], layers: readonly string[], options: object = {}): void {
    describe(title, () => {
      let model: LatentDiffusionModel;
      const { folder, remove } = checkpointFolder(...layers);
      before(async () => (model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1, ...options })));
      after(async () => {
        await model?.release();
        remove();
      });
      for (const run of runs) {
        it(`${run.title}, seed ${run.seed}`, async () => {
          const { latents, frames } = await make(model, run);
          assertClose(latents, reference.tensor(run.latents), 'final latents');
          assertClosePixels(frames, reference.frames(run.pixels), 'pixels');
        });
      }
    });
  }

  async function make(model: LatentDiffusionModel, run: Run): Promise<{ latents: Tensor; frames: Frame[] }> {
    let latents: Tensor | undefined;
    const options: EditVideoOptions = {
      negativePrompt: run.negative_prompt,
      numInferenceSteps: run.num_inference_steps,
      guidanceScale: run.guidance_scale,
      imageGuidanceScale: run.image_guidance_scale,
      seed: run.seed,
      // As diffusers leaves it: what the decoder makes of the pixels outside.
      ...(run.mask ? { mask: await clipOf(run.mask), keepPixels: false } : {}),
      ...(run.control
        ? {
            controlClip: await Promise.all(run.control.map(clipOf)),
            controlnetConditioningScale: run.scale,
            controlGuidanceStart: run.start,
            controlGuidanceEnd: run.end,
          }
        : {}),
      callbackOnStepEnd: (state) => void (latents = state.latents),
    };
    const video = run.source
      ? await model.editVideo(await clipOf(run.source), run.prompt, { ...options, strength: run.strength })
      : await model.generateVideo(run.prompt, { ...options, width: 64, height: 64, numFrames: run.frames ?? 1 });
    const frames: Frame[] = [];
    for await (const frame of video.frames()) frames.push(frame);
    return { latents: latents!, frames };
  }

  function clipOf(stored: Stored): Promise<Video> {
    return Video.fromFrames(reference.frames(stored), { fps: 8 });
  }

  it('all references differ from each other', () => {
    const all = [...control, ...inpainting, ...instruct].map(({ latents }) => latents);
    assert.equal(new Set(all).size, all.length);
  });

  describe('families say what they can be asked for', () => {
    const clip = () => clipOf(instruct[0]!.source!);
    const opened: LatentDiffusionModel[] = [];
    const removals: (() => void)[] = [];
    const open = async (layers: readonly string[], options: object = {}) => {
      const { folder, remove } = checkpointFolder(...layers);
      removals.push(remove);
      const model = await LatentDiffusionModel.fromPretrained(folder, { threads: 1, ...options });
      opened.push(model);
      return model;
    };
    after(async () => {
      for (const model of opened) await model.release();
      for (const remove of removals) remove();
    });

    it('options of other families', async () => {
      const plain = await open(['sd1']);
      await assert.rejects(plain.editVideo(await clip(), 'a', { imageGuidanceScale: 2 }), {
        code: 'FL_ARGUMENT',
        message: /InstructPix2Pix/,
      });
      await assert.rejects(plain.generateVideo('a', { controlnetConditioningScale: 0.5 }), {
        code: 'FL_ARGUMENT',
        message: /loaded without a ControlNet/,
      });
    });

    it('InstructPix2Pix makes nothing from nothing, and DiffEdit asks by text alone', async () => {
      const model = await open(['sd1', 'instruct-pix2pix']);
      assert.match(model.family, /, InstructPix2Pix$/);
      await assert.rejects(model.generateVideo('a'), { code: 'FL_MODEL_ONLY_EDITS' });
      await assert.rejects(model.editVideo(await clip(), 'a', { method: 'diffedit' }), { code: 'FL_ARGUMENT', message: /"sdedit"/ });
    });

    it('InstructPix2Pix goes on from a step bit for bit; an inpainting model, whose picture is drawn anew, does not', async () => {
      const settings = { numInferenceSteps: 3, seed: 5, capture: true, scheduler: 'euler_a' };
      const [instructing, painting] = [await open(['sd1', 'instruct-pix2pix']), await open(['sd1', 'inpainting'])];
      const edited = await instructing.editVideo(await clip(), 'make it snow', settings);
      assert.deepEqual(await pixelsOf(await edited.run!.at(1).resume()), await pixelsOf(edited));
      const painted = await painting.editVideo(await clip(), 'a boat', { ...settings, mask: await clipOf(inpainting[0]!.mask!) });
      await assert.rejects(painted.run!.at(1).resume({ mask: await clip() }), { code: 'FL_CAPTURE_SHOWN' });
      for (const { run } of [edited, painted]) await run!.close();
    });

    it('all take a mask and keep every pixel around it; what the network would have to find is for those that see nothing besides the text', async () => {
      const mask = Mask.rectangle({ x: 10, y: 20, width: 30, height: 24 });
      const settings = { numInferenceSteps: 2, seed: 5, method: 'sdedit' } as const;
      for (const layers of [['sd1'], ['sd1', 'instruct-pix2pix'], ['sd1', 'inpainting']]) {
        const model = await open(layers);
        const source = await pixelsOf(await clip());
        const edited = await pixelsOf(await model.editVideo(await clip(), 'a boat', { ...settings, mask }));
        let inside = 0;
        for (const [i, value] of edited.entries()) {
          const [x, y] = [Math.floor(i / 3) % 64, Math.floor(i / 192) % 64];
          if (x >= 10 && x < 40 && y >= 20 && y < 44) inside += value === source[i] ? 0 : 1;
          else if (value !== source[i]) assert.fail(`${layers.join()}: ${x}, ${y} differs`);
        }
        assert.ok(inside > 500, `${layers.join()}: ${inside}`);
        if (layers.length > 1)
          await assert.rejects(model.editVideo(await clip(), 'a boat', { ...settings, mask: Mask.word('boat') }), {
            code: 'FL_ARGUMENT',
            message: /nothing is found by itself/,
          });
      }
    });

    it('an inpainting model wants a mask for an edit, and none without one', async () => {
      const model = await open(['sd1', 'inpainting']);
      assert.match(model.family, /, inpainting$/);
      await assert.rejects(model.editVideo(await clip(), 'a'), { code: 'FL_ARGUMENT', message: /^mask .*bright/ });
      await assert.rejects(model.generateVideo('a', { mask: await clip() }), { code: 'FL_ARGUMENT', message: /mask/ });
    });

    it('ControlNets: one value, or one for each; something to see; an end after the start', async () => {
      const model = await open(['sd1'], { controlNet: net });
      await assert.rejects(model.generateVideo('a'), { code: 'FL_ARGUMENT', message: /controlClip/ });
      const controlClip = await clip();
      await assert.rejects(model.generateVideo('a', { controlClip, controlnetConditioningScale: [1, 2] }), { message: /a list of 1/ });
      await assert.rejects(model.generateVideo('a', { controlClip, controlGuidanceStart: 0.5, controlGuidanceEnd: 0.5 }), {
        message: /controlGuidanceStart/,
      });
    });

    it('an ONNX export takes no residuals', () =>
      assert.rejects(LatentDiffusionModel.fromPretrained(path.join(__dirname, 'tiny-sd'), { threads: 1, controlNet: net }), {
        code: 'FL_MODEL_UNSUPPORTED',
        message: /safetensors/,
      }));

    it('a folder that is no ControlNet', () =>
      assert.rejects(LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1, controlNet: checkpoint('sd1') }), {
        code: 'FL_MODEL_NOT_A_MODEL',
        message: /no ControlNet/,
      }));
  });

  describe('with a ControlNet', () => {
    let model: LatentDiffusionModel;
    before(async () => (model = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1, controlNet: net })));
    after(() => model.release());
    const settings = { numInferenceSteps: 4, seed: 3, guidanceScale: 3, width: 64, height: 64 };

    it('an edit shows it the source where nothing else is given', async () => {
      const source = await clipOf(control[3]!.control![0]!);
      const [byDefault, said] = [{}, { controlClip: source }].map((shown) => model.editVideo(source, 'a boat', { ...settings, ...shown }));
      assert.deepEqual(await pixelsOf(await byDefault!), await pixelsOf(await said!));
      const without = await model.editVideo(source, 'a boat', { ...settings, controlnetConditioningScale: 0 });
      assert.notDeepEqual(await pixelsOf(await byDefault!), await pixelsOf(without));
    });

    it('shown edges, it gives what it gives for a clip of those edges', async () => {
      const source = reference.frames(control[3]!.control![0]!);
      const [clip, edges] = await Promise.all(
        [source, source.map((frame) => cannyEdges(frame))].map((frames) => Video.fromFrames(frames, { fps: 8 })),
      );
      const found = await pixelsOf(await model.editVideo(clip!, 'a boat', { ...settings, controlEdges: true }));
      assert.deepEqual(found, await pixelsOf(await model.editVideo(clip!, 'a boat', { ...settings, controlClip: edges! })));
      assert.notDeepEqual(found, await pixelsOf(await model.editVideo(clip!, 'a boat', settings)));
    });

    it('scale 0 gives what the model gives alone, and attention can be looked at while it steers', async () => {
      const controlClip = await clipOf(control[3]!.control![0]!);
      const alone = await LatentDiffusionModel.fromPretrained(checkpoint('sd1'), { threads: 1 });
      const plain = await alone.generateVideo('a boat', { ...settings, numFrames: 2 });
      await alone.release();
      const off = await model.generateVideo('a boat', { ...settings, numFrames: 2, controlClip, controlnetConditioningScale: 0 });
      assert.deepEqual(await pixelsOf(off), await pixelsOf(plain));
      const on = await model.generateVideo('a boat', { ...settings, numFrames: 2, controlClip });
      const seen = await model.generateVideo('a boat', {
        ...settings,
        numFrames: 2,
        controlClip,
        capture: { attention: ['boat'], latents: true },
      });
      assert.deepEqual(await pixelsOf(seen), await pixelsOf(on));
      await assert.rejects(seen.run!.at(2).resume(), { code: 'FL_RERUN_CLIPS', message: /controlClip/ });
      assert.deepEqual(await pixelsOf(await seen.run!.at(2).resume({ controlClip })), await pixelsOf(on));
      await assert.rejects(rerun(model, on.provenance!, undefined), { code: 'FL_RERUN_CLIPS' });
      assert.deepEqual(await pixelsOf(await rerun(model, on.provenance!, undefined, { controlClip })), await pixelsOf(on));
      await seen.run!.close();
    });
  });

  async function pixelsOf(video: Video): Promise<Buffer> {
    const frames: Uint8Array[] = [];
    for await (const { data } of video.frames()) frames.push(data);
    return Buffer.concat(frames);
  }
});
