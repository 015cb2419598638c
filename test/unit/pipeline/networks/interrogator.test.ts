import assert from 'node:assert/strict';
import path from 'node:path';
import { readHeldOut } from '../../../../eval/heldOut.js';
import { paintedShare } from '../../../../eval/painted.js';
import { psnrOutside } from '../../../../eval/pictures.js';
import { type Frame, LatentDiffusionModel, Video } from '../../../../src/index.js';
import { differences } from '../../../../src/pipeline/editing/chooseMethod.js';
import { readSource } from '../../../../src/pipeline/editing/readSource.js';
import { keepLargest } from '../../../../src/pipeline/networks/largestArea.js';

const samples = path.join(__dirname, '../../../../media/samples');

describe('what the model sees in a source', () => {
  let model: LatentDiffusionModel;
  before(async () => {
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
  });
  after(() => model.release());

  const framesOf = async (file: string): Promise<Frame[]> => {
    const clip = await (await Video.open(path.join(samples, file), { maxFrames: 8 })).resize({ width: 128, height: 128 });
    const frames: Frame[] = [];
    for await (const frame of clip.frames()) frames.push(frame);
    return frames;
  };

  it('reads held-out clips so that nine in ten edits are understood, and is seldom sure of what is wrong', async () => {
    const { clips } = await readHeldOut();
    let [edits, understood, sureAndWrong] = [0, 0, 0];
    for (const clip of clips) {
      for (const { caption, changes } of clip.edits) {
        const {
          caption: read,
          confidence,
          known,
        } = await readSource(model.interrogator!, model.captions!, clip.frames, caption, model.advice!.benefitOfDoubt);
        const found = differences(model.captions!, read, caption);
        const right = found.length === 1 && found[0] === changes;
        edits++;
        understood += Number(right);
        sureAndWrong += Number(!right && confidence >= model.interrogator!.believedFrom);
        assert.ok(known > model.interrogator!.knownFrom, `${clip.caption}: known ${known}`);
      }
    }
    assert.ok(understood / edits > 0.9, `${understood} of ${edits} understood`);
    assert.ok(sureAndWrong / edits < 0.06, `${sureAndWrong} of ${edits} sure and wrong`);
  });

  it('reads the samples; what it does not know for sure stays as the prompt says', async () => {
    for (const [file, prompt, expected] of [
      ['frog-meadow.mp4', 'a big panda in the meadow', 'a big frog in the meadow'],
      ['frog-meadow.mp4', 'a purple frog', 'a frog'],
      ['red-car.mp4', 'a green car', 'a car'],
      ['red-car.mp4', 'a red car at night', 'a red car on a blue background'],
      ['orange-cat.mp4', 'a blue cat hopping on a green background', 'an orange cat hopping on a green background'],
    ] as const) {
      assert.equal(
        (await readSource(model.interrogator!, model.captions!, await framesOf(file), prompt, model.advice!.benefitOfDoubt)).caption,
        expected,
        prompt,
      );
    }
  });

  it('finds the outline of the subject: nine tenths of both areas together are common', async () => {
    const { clips } = await readHeldOut();
    let [common, together] = [0, 0];
    for (const { frames, masks } of clips) {
      const { data } = await model.interrogator!.findSubject(frames);
      masks.forEach((mask, frame) =>
        mask.forEach((inside, pixel) => {
          const seen = data[frame * mask.length + pixel]! >= 0.5;
          common += Number(seen && inside === 1);
          together += Number(seen || inside === 1);
        }),
      );
    }
    assert.ok(common / together > 0.85, `intersection over union ${common / together}`);
  });

  it('knows a clip of another kind, says so with a number, and hardly changes it', async () => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const grainy: Frame = {
      width: 128,
      height: 128,
      data: Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => 60 + 60 * Math.sin(i / 9000) + 50 * random()),
    };
    const clip = await Video.fromFrames(
      Array.from({ length: 8 }, () => grainy),
      { fps: 8 },
    );
    const notices: string[] = [];
    const edited = await model.editVideo(clip, 'a green car in the city', {
      seed: 1,
      numInferenceSteps: 6,
      onNotice: (notice) => notices.push(notice),
    });
    assert.match(notices.join('\n'), /not the kind of clip that motion-stickers was trained on \(\d+ % like one\)/);
    const { method, strength } = edited.provenance!.settings as Record<string, unknown>;
    assert.deepEqual([method, strength], ['sdedit', 0.3]);
  });

  it('a colour edit paints the subject in the colour asked for and keeps the rest and the shapes', async () => {
    const { clips } = await readHeldOut();
    const clip = clips.find(({ edits }) => edits.some(({ caption }) => caption.startsWith('a huge purple tortoise')))!;
    const edit = clip.edits.find(({ changes }) => changes === 'colour')!;
    const before = clip.frames.map(({ data, ...frame }) => ({ ...frame, data: Buffer.from(data) }));
    const edited = await model.editVideo(await Video.fromFrames(clip.frames, { fps: 8 }), edit.caption, {
      seed: 2,
      onNotice: () => undefined,
    });
    const after: Frame[] = [];
    for await (const frame of edited.frames()) after.push(frame);
    assert.ok(paintedShare({ before: clip.frames, after, masks: clip.masks, asked: edit.to, had: clip.colour }) > 0.9);
    assert.ok(psnrOutside(clip.frames, after, clip.masks, 2) > 40);
    clip.frames.forEach(({ data }, index) => assert.ok(before[index]!.data.equals(data), 'the source is left alone'));
  });

  it('blanks what is apart from the largest area, and keeps what may belong to it', () => {
    const map = Float32Array.from([1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    keepLargest(map, 5);
    assert.deepEqual([map[4], map[18], map[0]], [0, 1, 1]);
  });
});
