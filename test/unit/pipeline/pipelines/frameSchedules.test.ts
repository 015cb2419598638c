import assert from 'node:assert/strict';
import path from 'node:path';
import type { Tensor } from '../../../../src/pipeline/core/index.js';
import type { EditVideoOptions } from '../../../../src/pipeline/editing/index.js';
import { LatentDiffusionModel } from '../../../../src/pipeline/pipelines/latentDiffusionModel.js';
import { rerun } from '../../../../src/pipeline/pipelines/rerun.js';
import { Video } from '../../../../src/pipeline/video/index.js';
import { checkpointFolder } from '../../../parity/checkpointFolder.js';
import { loadTinyModel, loadTinyMotionModel } from '../../../parity/tinyModels.js';
import { numberedFrame } from '../video/clips.js';

const size = { width: 64, height: 64 };
const cheap = { numInferenceSteps: 5, seed: 3, scheduler: 'ddim' } as const;

describe('numbers that differ from frame to frame', () => {
  let pictures: LatentDiffusionModel;
  let clip: Video;
  before(async () => {
    pictures = await loadTinyModel('tiny-sd');
    clip = await Video.fromFrames(
      [1, 2, 3, 4].map((number) => numberedFrame(number, size.width, size.height)),
      { fps: 8 },
    );
  });
  after(async () => {
    await pictures.release();
    await clip.close();
  });

  /** The latents that an edit ends with. */
  async function edited(options: EditVideoOptions, model = pictures): Promise<Tensor> {
    let last: Tensor | undefined;
    const made = await model.editVideo(clip, 'a balloon', {
      ...cheap,
      ...options,
      callbackOnStepEnd: ({ latents }) => void (last = latents),
    });
    await made.close();
    return last!;
  }

  /** Frame by frame, what runs with one number make of it. */
  async function eachAlone(all: readonly EditVideoOptions[], model = pictures): Promise<Tensor[]> {
    const made: Tensor[] = [];
    for (const [frame, options] of all.entries()) made.push((await edited(options, model)).slice(frame, frame + 1));
    return made;
  }

  function assertFrames(made: Tensor, wanted: readonly Tensor[]): void {
    for (const [frame, each] of wanted.entries()) assert.ok(apart(made.slice(frame, frame + 1), each) < 1e-5, `frame ${frame}`);
  }

  it('guide every frame as a run with its number would', async () => {
    const made = await edited({ method: 'sdedit', guidanceScale: { 0: 0, 1: '1 + t', 3: 9 } });
    assertFrames(made, await eachAlone([1, 2, 3, 9].map((guidanceScale) => ({ method: 'sdedit', guidanceScale }))));
  });

  for (const method of ['sdedit', 'flowedit', 'infedit', 'diffedit'] as const)
    it(`let ${method} go as far with every frame as a run with its strength would`, async () => {
      const common = { method, guidanceScale: 2, sourcePrompt: 'the sea', ...(method === 'diffedit' && { keepPixels: false }) } as const;
      const made = await edited({ ...common, strength: { 0: 1, 1: 0.4, 3: 0.8 } });
      // Those that move by differences draw other noise where they take fewer steps.
      if (method === 'sdedit' || method === 'diffedit')
        assertFrames(made, await eachAlone([1, 0.4, 0.6, 0.8].map((strength) => ({ ...common, strength }))));
      const still = await edited({ ...common, strength: { 0: 0, 1: 0.8 } });
      const other = await edited({ ...common, strength: 0.8 });
      assert.ok(apart(still.slice(0, 1), other.slice(0, 1)) > 1e-3, 'the first frame was edited');
      const source = await pictures.encodeFrames(await framesOf(clip));
      assert.ok(apart(still.slice(0, 1), source.slice(0, 1)) < 0.2, 'the first frame is the source');
      assert.ok(
        apart(made.slice(1, 2), source.slice(1, 2)) < apart(other.slice(1, 2), source.slice(1, 2)),
        'less was allowed for the second',
      );
    });

  it('leave frames of strength 0 to a motion model as they are, and edit the others', async () => {
    const motion = await loadTinyMotionModel();
    const source = await motion.encodeFrames(await framesOf(clip));
    const made = await edited({ method: 'sdedit', strength: '0.8*min(1, frame)' }, motion);
    assert.ok(apart(made.slice(0, 1), source.slice(0, 1)) < 0.2);
    assert.ok(apart(made.slice(1, 2), source.slice(1, 2)) > 0.2);
    await motion.release();
  });

  it('weigh words and LoRAs of every frame as runs with its numbers would', async () => {
    const place = checkpointFolder('sd1');
    const lora = { path: path.join(__dirname, '../../../parity/loras/style'), name: 'style' };
    const model = await LatentDiffusionModel.fromPretrained(place.folder, { threads: 1, loras: [lora] });
    const words = (balloon: EditVideoOptions['guidanceScale']): EditVideoOptions => ({
      method: 'sdedit',
      attentionControl: { words: { balloon: balloon! } },
    });
    assertFrames(await edited(words({ 0: 1, 3: 4 }), model), await eachAlone([1, 2, 3, 4].map(words), model));
    const weighed = (style: EditVideoOptions['guidanceScale']): EditVideoOptions => ({ method: 'sdedit', loraWeights: { style: style! } });
    assertFrames(await edited(weighed('t/3'), model), await eachAlone([0, 1 / 3, 2 / 3, 1].map(weighed), model));
    await model.release();
    place.remove();
  });

  it('weigh words of every frame of a motion model, whose frames go together', async () => {
    const place = checkpointFolder('sd1', 'animatediff-v2');
    const motion = await LatentDiffusionModel.fromPretrained(place.folder, { threads: 1 });
    const words = (balloon: EditVideoOptions['guidanceScale'], more: EditVideoOptions = {}): EditVideoOptions => ({
      method: 'sdedit',
      attentionControl: { words: { balloon: balloon! } },
      ...more,
    });
    const three = await edited(words(3), motion);
    assert.ok(apart(await edited(words({ 0: 3 }), motion), three) < 1e-5, 'one number for all frames, said by frames');
    const rising = await edited(words({ 0: 3, 3: -3 }), motion);
    const far = (frame: number) => apart(rising.slice(frame, frame + 1), three.slice(frame, frame + 1));
    assert.ok(far(3) > 2 * far(0) && far(0) > 0, 'the first frame is told the same, and sees the others change');
    const inside = { contextSchedule: 'static', contextFrames: 2, contextInside: 'motion-modules' } as const;
    assert.ok(apart(await edited(words({ 0: 3 }, inside), motion), await edited(words(3, inside), motion)) < 1e-5);
    await motion.release();
    place.remove();
  });

  it('are recorded as they were said, and the clip can be made again', async () => {
    const options = { ...cheap, method: 'sdedit', strength: '0.4 + t/10', guidanceScale: { 0: '1', 3: 6 } } as const;
    const made = await pictures.editVideo(clip, 'a balloon', options);
    const { strength, guidanceScale } = made.provenance!.settings as EditVideoOptions;
    assert.deepEqual([strength, guidanceScale], ['0.4 + t/10', { 0: '1', 3: 6 }]);
    const again = await rerun(pictures, made.provenance!, clip);
    assert.deepEqual(await framesOf(again), await framesOf(made));
  });

  it('are refused in a sentence where one number is all that can be', async () => {
    const motion = await loadTinyMotionModel();
    const refused = (options: EditVideoOptions, message: RegExp, model = pictures) =>
      assert.rejects(model.editVideo(clip, 'a balloon', { ...cheap, ...options }), message);
    await refused(
      { method: 'ledits', strength: 't' },
      /strength is "a schedule", but it must be one number with the method "ledits", .*"sdedit" take one for each/,
    );
    await refused({ method: 'dds', guidanceScale: '1 + t' }, /one number with the method "dds"/);
    await refused({ method: 'sdedit', strength: 't/4', capture: true }, /the same for all frames where steps are captured/);
    const words = { method: 'sdedit', attentionControl: { words: { balloon: 't' } } } as const;
    await refused(
      { ...words, contextSchedule: 'uniform' },
      /attentionControl .*windows hold other frames at every step; contextInside/,
      motion,
    );
    const lora = { path: path.join(__dirname, '../../../parity/loras/domain.safetensors'), name: 'domain' };
    const place = checkpointFolder('sd1', 'animatediff-v2');
    const adapted = await LatentDiffusionModel.fromPretrained(place.folder, { threads: 1, loras: [lora] });
    await refused(
      { method: 'sdedit', loraWeights: { domain: 't' as never } },
      /loraWeights .*all frames go together: a LoRA changes layers/,
      adapted,
    );
    await adapted.release();
    place.remove();
    const oneText = await LatentDiffusionModel.fromPretrained('motion-stickers');
    await refused(words, /attentionControl .*all frames go together with one text for all of them/, oneText);
    await oneText.release();
    await refused({ method: 'sdedit', strength: '2*t/3' }, /at frame 2 it is 1.33/);
    await refused({ method: 'sdedit', strength: '0*t' }, /strength is 0/);
    await refused({ method: 'sdedit', strength: 'loudness' }, /has no sound|no sound/i);
    await refused({ method: 'sdedit', scheduler: 'lcm', strength: 't/4' }, /picks all its steps by the strength/);
    await assert.rejects(pictures.generateVideo('a balloon', { ...cheap, guidanceScale: '5*onset' }), /without onset: there is no clip/);
    await motion.release();
  });
});

/** The greatest difference. */
function apart(a: Tensor, b: Tensor): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

async function framesOf(video: Video) {
  const all = [];
  for await (const frame of video.frames()) all.push(frame);
  return all;
}
