import assert from 'node:assert/strict';
import path from 'node:path';
import {
  createFrame,
  defineMethod,
  type EditVideoOptions,
  type Frame,
  LatentDiffusionModel,
  Mask,
  rerun,
  Video,
} from '../../../../src/index.js';
import { Tensor } from '../../../../src/pipeline/core/index.js';
import { LanczosScaler } from '../../../../src/pipeline/video/index.js';
import { givenMask } from '../../../../src/pipeline/editing/givenMask.js';

const sample = path.join(__dirname, '../../../../media/samples/red-car.mp4');
const prompt = 'a big green car moving right on a blue background';
const sourcePrompt = 'a big red car moving right on a blue background';
const region = Mask.rectangle({ x: 16, y: 8, width: 24, height: 30 });

describe('an edit with a mask', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  let frames: Frame[];

  before(async () => {
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    clip = await Video.open(sample, { maxFrames: 4, width: 64, height: 64 });
    frames = await collect(clip);
  });
  after(async () => {
    await clip.close();
    await model.release();
  });

  const edit = (options: EditVideoOptions) =>
    model.editVideo(clip, prompt, { sourcePrompt, seed: 3, numInferenceSteps: 3, width: 64, height: 64, ...options });

  /** Pixels that differ from the source, in the region and around it. */
  function changed(
    edited: readonly Frame[],
    isInside: (x: number, y: number, frame: number) => boolean,
  ): { inside: number; outside: number } {
    const count = { inside: 0, outside: 0 };
    for (const [index, { data, width }] of edited.entries())
      for (let i = 0; i < data.length; i += 3)
        if ([0, 1, 2].some((c) => data[i + c] !== frames[index]!.data[i + c])) {
          const pixel = i / 3;
          count[isInside(pixel % width, Math.floor(pixel / width), index) ? 'inside' : 'outside']++;
        }
    return count;
  }
  const inRegion = (x: number, y: number) => x >= 16 && x < 40 && y >= 8 && y < 38;

  const turned = defineMethod({
    name: 'turned',
    title: 'Turned',
    about: 'turns the signs of the latents',
    suits: 'Tests.',
    paper: 'nobody 2000',
    strength: 0.5,
    ownLoop: true,
    options: {},
    prepare: () => ({ steps: 1, edit: ({ source }) => Promise.resolve({ latents: source.map((value) => -value) }) }),
  });

  for (const [title, options] of [
    ['sdedit', { method: 'sdedit', strength: 1 }],
    ['sdedit with a scheduler of second order', { method: 'sdedit', strength: 0.7, scheduler: 'heun' }],
    ['sdedit with noise at every step', { method: 'sdedit', strength: 0.7, scheduler: 'euler_a' }],
    ['diffedit', { method: 'diffedit' }],
    ['diffedit of colours alone', { method: 'diffedit', keepShapes: true }],
    ['a method with a loop of its own', { method: turned }],
  ] as const)
    it(`${title}: every pixel outside is the source's own, and some inside are not`, async () => {
      const { inside, outside } = changed(await collect(await edit({ ...options, mask: region })), inRegion);
      assert.equal(outside, 0);
      assert.ok(inside > 100, `${inside} pixels changed inside`);
    });

  it('the latents outside are the source’s at every step', async () => {
    const steps: Tensor[] = [];
    const options: EditVideoOptions = {
      method: 'sdedit',
      strength: 1,
      mask: region,
      callbackOnStepEnd: ({ latents }) => void steps.push(latents),
    };
    await edit(options);
    const other: Tensor[] = [];
    await model.editVideo(clip, 'a tiny white star on a black background', {
      ...options,
      sourcePrompt,
      seed: 3,
      numInferenceSteps: 3,
      width: 64,
      height: 64,
      callbackOnStepEnd: ({ latents }) => void other.push(latents),
    });
    assert.equal(steps.length, 3);
    const [, , rows, columns] = steps[0]!.dims as [number, number, number, number];
    const each = 64 / columns;
    for (const [step, latents] of steps.entries()) {
      let [insideDiffers, outsideDiffers] = [0, 0];
      for (let i = 0; i < latents.size; i++) {
        const [x, y] = [(i % columns) * each, (Math.floor(i / columns) % rows) * each];
        const touched = x + each > 16 && x < 40 && y + each > 8 && y < 38;
        if (latents.data[i] === other[step]!.data[i]) continue;
        if (touched) insideDiffers++;
        else outsideDiffers++;
      }
      assert.equal(outsideDiffers, 0, `step ${step + 1}`);
      assert.ok(insideDiffers > 0, `step ${step + 1}`);
    }
  });

  it('a soft edge is mixed of source and edit; keepPixels false leaves the decoded pixels', async () => {
    const options: EditVideoOptions = { method: 'sdedit', strength: 1 };
    const hard = await collect(await edit({ ...options, mask: region }));
    const soft = await collect(await edit({ ...options, mask: region.feather(4) }));
    const decoded = await collect(await edit({ ...options, mask: region, keepPixels: false }));
    const at = 3 * (20 * 64 + 16);
    for (let c = 0; c < 3; c++) {
      assert.equal(hard[1]!.data[at + c], decoded[1]!.data[at + c]);
      assert.equal(soft[1]!.data[at + c], Math.round(0.125 * hard[1]!.data[at + c]! + 0.875 * frames[1]!.data[at + c]!));
    }
    assert.ok(changed(decoded, inRegion).outside > 0);
    const atSource = await collect(await edit({ ...options, mask: region.feather(4), resolution: 'source' }));
    assert.deepEqual(pixelsOf(atSource), pixelsOf(soft), 'the source is as large as what is worked on');
  });

  it('a clip is a mask of its bright places, frame by frame; a colour one of the source’s', async () => {
    const shown = frames.map((_, index) => {
      const frame = createFrame(64, 64);
      for (let y = 10; y < 30; y++) frame.data.fill(255, 3 * (y * 64 + 10 * index), 3 * (y * 64 + 10 * index + 20));
      return frame;
    });
    const mask = await Video.fromFrames(shown, { fps: 8 });
    const byClip = changed(
      await collect(await edit({ method: 'sdedit', strength: 1, mask })),
      (x, y, frame) => y >= 10 && y < 30 && x >= 10 * frame && x < 10 * frame + 20,
    );
    assert.equal(byClip.outside, 0);
    assert.ok(byClip.inside > 100);
    const [red, green, blue] = frames[0]!.data.subarray(0, 3);
    const background = Mask.colour([red!, green!, blue!], { tolerance: 0.1 });
    const edited = await edit({ method: 'sdedit', strength: 1, mask: background.inverse() });
    const corner = (await collect(edited))[0]!.data.subarray(0, 3);
    assert.deepEqual([...corner], [red, green, blue]);
  });

  it('is recorded, and made again from its record; one by a clip asks for the clip', async () => {
    const first = await edit({
      method: 'sdedit',
      strength: 1,
      mask: region.union(Mask.ellipse({ x: 0.7, y: 0.7, width: 0.2, height: 0.2 })).feather(2),
    });
    assert.deepEqual(pixelsOf(await collect(await rerun(model, first.provenance!, clip))), pixelsOf(await collect(first)));
    const white = createFrame(64, 64);
    white.data.fill(255, 0, 3000);
    const mask = await Video.fromFrames([white], { fps: 8 });
    const byClip = await edit({ method: 'sdedit', strength: 1, mask });
    await assert.rejects(rerun(model, byClip.provenance!, clip), { code: 'FL_RERUN_CLIPS', message: /mask/ });
    assert.deepEqual(pixelsOf(await collect(await rerun(model, byClip.provenance!, clip, { mask }))), pixelsOf(await collect(byClip)));
  });

  it('goes on from a captured step bit for bit', async () => {
    for (const options of [{ method: 'sdedit', strength: 1 }, { method: 'diffedit' }] as const) {
      const edited = await edit({ ...options, mask: region.feather(3), capture: true });
      assert.deepEqual(pixelsOf(await collect(await edited.run!.at(1).resume())), pixelsOf(await collect(edited)));
      await edited.run!.close();
    }
  });

  it('by a word of the caption is where the network looks at for it, and takes nothing from the run’s noise', async () => {
    const size = { width: 128, height: 128 };
    const large = await collect(await clip.resize(size));
    const car = Mask.word('car');
    const edited = await collect(await edit({ method: 'sdedit', strength: 1, mask: car, ...size }));
    let [onCar, elsewhere] = [0, 0];
    for (const [index, { data }] of edited.entries())
      for (let pixel = 0; pixel < 128 * 128; pixel++) {
        if ([0, 1, 2].every((c) => data[3 * pixel + c] === large[index]!.data[3 * pixel + c])) continue;
        const [red, , blue] = large[index]!.data.subarray(3 * pixel, 3 * pixel + 3);
        if (red! > blue!) onCar++;
        else elsewhere++;
      }
    assert.ok(onCar > 500 && elsewhere < 128 * 128, `${onCar} pixels of the car, ${elsewhere} others`);
    for (const [index, { data }] of edited.entries())
      assert.deepEqual([...data.subarray(0, 3)], [...large[index]!.data.subarray(0, 3)], 'a corner stays');
    const everything = Mask.word('car').union(Mask.rectangle({ x: 0, y: 0, width: 64, height: 64 }));
    const options: EditVideoOptions = { method: 'sdedit', strength: 1 };
    assert.deepEqual(pixelsOf(await collect(await edit({ ...options, mask: everything }))), pixelsOf(await collect(await edit(options))));
    await assert.rejects(edit({ mask: Mask.word('boat') }), { code: 'FL_ARGUMENT', message: /boat.*car/ });
  });

  it('by itself is found where the prompts disagree, and joins others', async () => {
    const mask = Mask.automatic().intersection(region);
    const { inside, outside } = changed(await collect(await edit({ method: 'sdedit', strength: 1, mask })), inRegion);
    assert.equal(outside, 0);
    assert.ok(inside > 20, `${inside} pixels changed inside`);
  });

  it('that cannot be is refused before the work', async () => {
    let began = false;
    const refused = (mask: unknown, code: string) =>
      assert.rejects(edit({ mask: mask as Mask, callbackOnStepEnd: () => void (began = true) }), { code });
    await refused('left', 'FL_ARGUMENT');
    await refused(Mask.rectangle({ x: 64, y: 0, width: 5, height: 5 }), 'FL_MASK_EMPTY');
    await refused(await Video.fromFrames([createFrame(64, 32)], { fps: 8 }), 'FL_MASK_SIZE');
    await refused(await Video.fromFrames([createFrame(64, 64), createFrame(64, 64)], { fps: 8 }), 'FL_MASK_LENGTH');
    await assert.rejects(model.generateVideo(prompt, { mask: region }), { code: 'FL_ARGUMENT', message: /no clip to edit/ });
    assert.equal(began, false);
  });
});

describe('an edit at the resolution of its source', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  let frames: Frame[];

  before(async () => {
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    clip = await Video.open(sample, { maxFrames: 4, width: 200, height: 160, fit: 'fill' });
    frames = await collect(clip);
  });
  after(async () => {
    await clip.close();
    await model.release();
  });

  const small = { width: 64, height: 64 };
  const edit = (options: EditVideoOptions) =>
    model.editVideo(clip, prompt, { sourcePrompt, seed: 3, numInferenceSteps: 3, ...small, ...options });

  /** The least rectangle of the pixels that differ from the source, and their number. */
  function changedPart(edited: readonly Frame[]): { left: number; top: number; right: number; bottom: number; count: number } {
    const part = { left: Infinity, top: Infinity, right: -1, bottom: -1, count: 0 };
    for (const [index, { data, width, height }] of edited.entries()) {
      assert.deepEqual([width, height], [200, 160]);
      for (let pixel = 0; pixel < width * height; pixel++) {
        if ([0, 1, 2].every((c) => data[3 * pixel + c] === frames[index]!.data[3 * pixel + c])) continue;
        const [x, y] = [pixel % width, Math.floor(pixel / width)];
        part.left = Math.min(part.left, x);
        part.right = Math.max(part.right, x);
        part.top = Math.min(part.top, y);
        part.bottom = Math.max(part.bottom, y);
        part.count++;
      }
    }
    return part;
  }

  it('has the source’s size; with a mask every pixel outside is the source’s, up to the mask’s own pixel', async () => {
    const mask = Mask.rectangle({ x: 50, y: 33, width: 101, height: 77 });
    const edited = await edit({ method: 'sdedit', strength: 1, resolution: 'source', mask });
    const { left, top, right, bottom, count } = changedPart(await collect(edited));
    assert.deepEqual([left, top, right, bottom], [50, 33, 150, 109]);
    assert.ok(count > 0.5 * 4 * 101 * 77, `${count} pixels changed`);
    assert.equal(edited.provenance!.settings.resolution, 'source');
  });

  it('leaves pixels alone that a method without a mask of the caller’s brings back unchanged', async () => {
    const kept = await collect(await edit({ method: 'diffedit', noised: true, maskBy: 'subject', resolution: 'source' }));
    const { count } = changedPart(kept);
    assert.ok(count > 100 && count < 0.8 * 4 * 200 * 160, `${count} pixels changed`);
    const atModel = await collect(await edit({ method: 'diffedit', noised: true, maskBy: 'subject', fit: 'fill' }));
    assert.deepEqual([atModel[0]!.width, atModel[0]!.height], [64, 64]);
  });

  it('a whole picture is enlarged', async () => {
    const large = await collect(await edit({ method: 'sdedit', strength: 0.7, resolution: 'source' }));
    const little = await collect(await edit({ method: 'sdedit', strength: 0.7, fit: 'fill' }));
    const scaler = new LanczosScaler(small, { width: 200, height: 160 }, { from: 0, step: 64 / 200 }, { from: 0, step: 64 / 160 });
    assert.deepEqual([...large[2]!.data], [...scaler.scale(little[2]!).data]);
  });

  it('cropped around a mask it works on that part alone, at the model’s size', async () => {
    const mask = Mask.ellipse({ x: 60, y: 40, width: 40, height: 40 });
    const edited = await edit({ method: 'sdedit', strength: 1, crop: 'around', mask });
    const part = changedPart(await collect(edited));
    assert.ok(part.left >= 60 && part.top >= 40 && part.right < 100 && part.bottom < 80, JSON.stringify(part));
    assert.ok(part.count > 0.4 * 4 * Math.PI * 20 * 20, `${part.count} pixels changed`);
    const again = await collect(await rerun(model, edited.provenance!, clip));
    assert.deepEqual(pixelsOf(again), pixelsOf(await collect(edited)));
  });

  it('is refused what excludes it', async () => {
    const mask = Mask.rectangle({ x: 0, y: 0, width: 20, height: 20 });
    await assert.rejects(edit({ crop: 'around' }), { code: 'FL_ARGUMENT', message: /no mask/ });
    await assert.rejects(edit({ crop: 'around', mask, resolution: 'model' }), { code: 'FL_ARGUMENT', message: /resolution/ });
    await assert.rejects(edit({ resolution: 'source', capture: true }), { code: 'FL_ARGUMENT', message: /capture/ });
    await assert.rejects(edit({ crop: 'around', mask: Mask.word('car') }), { code: 'FL_MASK_FOUND_LATER', message: /word/ });
  });
});

describe('a given mask at the latents’ places', () => {
  it('takes in every place of which it has a pixel, and stands for padded frames', () => {
    const pixels = Tensor.zeros([2, 1, 4, 8]);
    pixels.data[3] = 0.1;
    pixels.data[4 * 8 + 31] = 1;
    assert.deepEqual(
      [...givenMask(pixels, [3, 4, 2, 4], 1).latents.data],
      [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1],
    );
  });

  it('joins the frames that a latent frame stands for', () => {
    const pixels = Tensor.zeros([9, 1, 1, 1]);
    pixels.data[4] = 1;
    assert.deepEqual([...givenMask(pixels, [3, 4, 1, 1], 4).latents.data], [0, 1, 0]);
    pixels.data.fill(0)[0] = 1;
    assert.deepEqual([...givenMask(pixels, [3, 4, 1, 1], 4).latents.data], [1, 0, 0]);
    pixels.data.fill(0)[5] = 1;
    assert.deepEqual([...givenMask(pixels, [3, 4, 1, 1], 4).latents.data], [0, 0, 1]);
  });
});

async function collect(clip: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of clip.frames()) frames.push(frame);
  return frames;
}

function pixelsOf(frames: readonly Frame[]): number[][] {
  return frames.map(({ data }) => [...data]);
}
