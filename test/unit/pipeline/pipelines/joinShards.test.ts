import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EditVideoOptions, joinShards, LatentDiffusionModel, Mask, Video } from '../../../../src/index.js';

const sample = path.join(__dirname, '../../../../media/samples/red-car.mp4');
const recoloured = 'a big green car moving right on a blue background';

describe('a clip that several machines edit', () => {
  let model: LatentDiffusionModel;
  let clip: Video;
  let folder: string;
  const usual: EditVideoOptions = { numInferenceSteps: 2, seed: 1, windowFrames: 4, windowOverlap: 1, onNotice: () => undefined };

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-shards-'));
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    clip = await Video.open(sample, { maxFrames: 10, width: 64, height: 64 });
  });
  after(async () => {
    await clip.close();
    await model.release();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The parts, each made by a call of its own, saved and opened again. */
  async function partsOf(prompt: string, options: EditVideoOptions, count: number): Promise<Video[]> {
    const parts: Video[] = [];
    for (let index = 1; index <= count; index++) {
      const file = path.join(folder, `part-${index}.apng`);
      const made = await model.editVideo(clip, prompt, { ...usual, ...options, shard: { index, count } });
      await made.save(file);
      await made.close();
      parts.push(await Video.open(file));
    }
    return parts;
  }

  const kinds: [what: string, prompt: string, count: number, options: EditVideoOptions][] = [
    ['a colour, learnt over all frames', recoloured, 3, {}],
    ['a look, from the noised source, with noise at every step', 'snow', 2, { method: 'sdedit', strength: 1, scheduler: 'euler_a' }],
    ['a look, with one noise for all frames', 'snow', 3, { method: 'sdedit', strength: 1, sharedNoise: true }],
    [
      'a region, at the size of the source',
      'snow',
      3,
      { method: 'sdedit', mask: Mask.rectangle({ x: 8, y: 8, width: 30, height: 40 }).feather(4), resolution: 'source' },
    ],
    ['the part around a region', recoloured, 2, { mask: Mask.rectangle({ x: 8, y: 8, width: 30, height: 40 }), crop: 'around' }],
    ['a change that is found by its own difference', 'snow', 3, { method: 'flowedit' }],
    [
      'windows that are predicted in windows at every step',
      'snow',
      2,
      { method: 'sdedit', strength: 1, windowFrames: 6, windowOverlap: 2, contextSchedule: 'uniform', contextFrames: 4 },
    ],
    ['a prompt that travels from window to window', 'snow', 3, { method: 'sdedit', promptTravel: { 0: 'snow', 8: recoloured } }],
  ];
  for (const [what, prompt, count, options] of kinds)
    it(`is, joined, what one machine makes: ${what}`, async () => {
      const whole = await model.editVideo(clip, prompt, { ...usual, ...options });
      const parts = await partsOf(prompt, options, count);
      const joined = await joinShards(clip, [...parts].reverse());
      const [expected, found] = [await framesOf(whole), await framesOf(joined)];
      assert.equal(found.length, expected.length);
      expected.forEach((frame, i) => assert.ok(frame.equals(found[i]!), `frame ${i}`));
      const { created, ...record } = joined.provenance!;
      const { created: when, ...wanted } = JSON.parse(JSON.stringify(whole.provenance)) as NonNullable<typeof whole.provenance>;
      assert.ok(created >= when);
      assert.deepEqual(record, wanted);
      for (const each of [...parts, joined, whole]) await each.close();
    });

  it('parts that are missing, given twice, of other settings or of another clip are refused by name', async () => {
    const parts = await partsOf('snow', { method: 'sdedit' }, 3);
    const [one, two, three] = parts as [Video, Video, Video];
    await refused(joinShards(clip, [two]), 'FL_SHARD_MISSING', /Of 3 parts 2 are missing: 1, 3\..*--shard 1\/3/);
    await refused(joinShards(clip, [one, two, three, two]), 'FL_SHARD_TWICE', /part-2\.apng and .*part-2\.apng are both part 2/);
    const other = await model.editVideo(clip, 'snow', { ...usual, method: 'sdedit', seed: 2, shard: { index: 3, count: 3 } });
    await refused(joinShards(clip, [one, two, other]), 'FL_SHARD_MIXED', /part-1\.apng and Clip 3 .*differ in seed/);
    await refused(joinShards(clip, [one, clip]), 'FL_SHARD_PART', /red-car\.mp4 is no part .*no record/);
    const shorter = await Video.open(sample, { maxFrames: 9, width: 64, height: 64 });
    await refused(joinShards(shorter, parts), 'FL_SHARD_SOURCE', /red-car\.mp4.*9 frames.*10/);
    const lossy = path.join(folder, 'part-1.mp4');
    await one.save(lossy);
    const changed = await Video.open(lossy);
    await refused(joinShards(clip, [changed, two, three]), 'FL_SHARD_PART', /part-1\.mp4.*h264.*\.apng/);
    for (const each of [...parts, other, shorter, changed]) await each.close();
  });

  it('what a part cannot be made with is refused before any work', async () => {
    const edit = (options: EditVideoOptions) => model.editVideo(clip, 'snow', { ...usual, ...options });
    const shard = { index: 1, count: 2 };
    await refused(edit({ shard, seed: undefined }), 'FL_ARGUMENT', /seed.*shard.*same for every part/);
    await refused(edit({ shard, capture: true }), 'FL_ARGUMENT', /capture.*shard/);
    await refused(edit({ shard: { index: 3, count: 2 } }), 'FL_ARGUMENT', /shard.*index from 1 to count/);
    await refused(edit({ shard: { index: 1, count: 5 } }), 'FL_SHARD_COUNT', /3 windows/);
  });
});

async function framesOf(video: Video): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  for await (const { data } of video.frames()) frames.push(Buffer.from(data));
  return frames;
}

const refused = (call: Promise<unknown>, code: string, message: RegExp): Promise<void> => assert.rejects(call, { code, message });
