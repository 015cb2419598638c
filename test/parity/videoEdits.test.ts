import assert from 'node:assert/strict';
import type { Frame, Tensor } from '../../src/pipeline/core/index.js';
import { Mask } from '../../src/pipeline/masks/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { ReferenceFile, type Stored } from './referenceFile.js';

const reference = new ReferenceFile<{ runs: { source?: Stored }[] }>('wanRuns');
const shots = reference.frames(reference.index.runs.at(-1)!.source!);

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

/** Places at which two clips are not the same, by frame: whether each pixel changed. */
function changed(a: readonly Frame[], b: readonly Frame[]): boolean[][] {
  return a.map(({ data }, i) =>
    Array.from({ length: data.length / 3 }, (_, at) => [0, 1, 2].some((c) => data[at * 3 + c] !== b[i]!.data[at * 3 + c])),
  );
}

for (const [name, title, size] of [
  ['wan', 'Wan 2.1', { width: 64, height: 48 }],
  ['ltx', 'LTX-Video', { width: 64, height: 64 }],
] as const)
  describe(`edits of a clip by ${title}`, () => {
    const options = { ...size, numInferenceSteps: 4, guidanceScale: 3, seed: 5, onNotice: () => undefined };
    let model: LatentDiffusionModel;
    let source: Video;
    let frames: Frame[];
    before(async () => {
      model = await LatentDiffusionModel.fromPretrained(checkpoint(name), { threads: 1 });
      source = await (await Video.fromFrames(shots, { fps: 8 })).resize({ ...size, fit: 'cover' });
      frames = await framesOf(source);
    });
    after(() => model?.release());

    it('FlowEdit leaves a clip as it is where prompt and caption are one, and changes it where they are not', async () => {
      const seen: Tensor[] = [];
      const flow = { ...options, method: 'flowedit', sourcePrompt: 'a dog', sourceGuidanceScale: 3 } as const;
      const edit = (prompt: string) => {
        seen.length = 0;
        return model.editVideo(source, prompt, { ...flow, callbackOnStepEnd: ({ latents }) => void seen.push(latents) });
      };
      const same = await framesOf(await edit('a dog'));
      assert.ok(seen.length > 1);
      const most = Math.max(...seen.flatMap((latents) => Array.from(latents.data, (value, i) => Math.abs(value - seen[0]!.data[i]!))));
      assert.ok(most < 1e-5, String(most));
      assert.notDeepEqual(await framesOf(await edit('a red car')), same);
      assert.ok(Math.max(...seen.at(-1)!.data.map((value, i) => Math.abs(value - seen[0]!.data[i]!))) > 1e-3);
    });

    for (const method of ['sdedit', 'flowedit'] as const)
      it(`${method} within a mask: outside every pixel is the source's`, async () => {
        const mask = Mask.rectangle({ x: 32, y: 0, width: 32, height: size.height });
        const sourcePrompt = method === 'flowedit' ? { sourcePrompt: 'a dog' } : {};
        const made = await framesOf(await model.editVideo(source, 'a red car', { ...options, ...sourcePrompt, method, mask }));
        const { width } = size;
        for (const frame of changed(made, frames)) {
          const where = frame.flatMap((is, at) => (is ? [at % width] : []));
          assert.ok(where.length > 0);
          assert.ok(Math.min(...where) >= width / 2, String(Math.min(...where)));
        }
      });

    it('finds the places of a word by what it attends to, and edits them alone', async () => {
      const edit = (threshold: number) =>
        model.editVideo(source, 'a red car', { ...options, method: 'sdedit', mask: Mask.word('car', { threshold }) });
      const share = async (threshold: number) => {
        const places = changed(await framesOf(await edit(threshold)), frames).flat();
        return places.filter(Boolean).length / places.length;
      };
      const [few, many] = [await share(0.9), await share(0.2)];
      assert.ok(few > 0 && few < many, `${few} of the pixels, and ${many}`);
      await assert.rejects(model.editVideo(source, 'a red car', { ...options, mask: Mask.word('dog') }), {
        code: 'FL_ARGUMENT',
        message: /a, red, car/,
      });
      await assert.rejects(model.editVideo(source, 'a red car', { ...options, mask: Mask.automatic() }), {
        code: 'FL_ARGUMENT',
        message: /nothing else is found by itself/,
      });
    });
  });

describe('VACE keeps what a mask over time leaves out', () => {
  const { folder, remove } = checkpointFolder('wan', 'wan-vace');
  let vace: LatentDiffusionModel;
  before(async () => (vace = await LatentDiffusionModel.fromPretrained(folder, { threads: 1 })));
  after(async () => {
    await vace?.release();
    remove();
  });
  const over = (dark: readonly number[]) =>
    Video.fromFrames(
      shots.map(({ width, height, data }, i) => ({ width, height, data: new Uint8Array(data.length).fill(dark.includes(i) ? 0 : 255) })),
      { fps: 8 },
    );

  for (const [title, dark] of [
    ['first and last frame', [0, shots.length - 1]],
    ['the beginning of a clip that goes on', [0, 1, 2, 3, 4]],
  ] as const)
    it(title, async () => {
      const options = { width: 64, height: 48, numInferenceSteps: 3, guidanceScale: 1, seed: 2 };
      const clip = await Video.fromFrames(shots, { fps: 8 });
      const made = await framesOf(await vace.editVideo(clip, 'a', { ...options, mask: await over(dark) }));
      const inside = changed(made, shots).map((frame) => frame.filter(Boolean).length / frame.length);
      for (const [i, share] of inside.entries()) {
        if (dark.includes(i as 0)) assert.equal(share, 0, `frame ${i + 1}`);
        else assert.ok(share > 0.9, `frame ${i + 1}: ${share}`);
      }
    });
});
