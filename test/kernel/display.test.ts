import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { maxPayloadBytes, PREVIEW_MIME, TENSOR_MIME, TREE_MIME, VIDEO_MIME } from '../../src/shared/outputs/index.js';
import type { Bundle, PreviewPayload, TensorPayload, TreeBranch, TreePayload, VideoPayload } from '../../src/shared/outputs/index.js';
import { StartedKernel, sampleClip } from './startedKernel.js';

describe('Kernel: what cells show', () => {
  let kernel: StartedKernel;
  before(async () => {
    kernel = await StartedKernel.start();
    await kernel.run(
      `import { LatentDiffusionModel, Tensor, Video, compare, show } from 'frameloom';\nconst clip = await Video.open(${JSON.stringify(sampleClip)}, { maxFrames: 8 });`,
    );
  });
  after(() => kernel.stop());
  beforeEach(() => (kernel.outputs = []));

  const treeOf = async (code: string): Promise<TreeBranch> => {
    await kernel.run(code);
    return (kernel.bundle()![TREE_MIME] as TreePayload).root as TreeBranch;
  };

  it('shows an object as a tree: getters not run, cycles cut, large parts counted', async () => {
    const root = await treeOf(
      'let getterRan = 0;\nconst big: any = { list: Array.from({ length: 5000 }, (_, i) => i), map: new Map([["k", { v: 1 }]]), get danger() { getterRan++; return 1; }, date: new Date(0), text: "<b>x</b>" };\nbig.self = big;\nbig',
    );
    assert.equal(root.kind, 'branch');
    const entry = (key: string): TreeBranch['entries'][number]['value'] => root.entries.find((one) => one.key === key)!.value;
    assert.equal((entry('list') as TreeBranch).omitted, 4900);
    assert.equal((entry('map') as TreeBranch).entries[0]!.key, 'k');
    assert.deepEqual(entry('self'), { kind: 'cut', reason: 'circular', text: 'Object' });
    assert.deepEqual(entry('text'), { kind: 'leaf', valueType: 'string', text: '<b>x</b>' });
    assert.equal(await kernel.valueOf('getterRan'), '0');
  });

  it('keeps a huge tree and a huge text small', async () => {
    await kernel.run('Array.from({ length: 90 }, () => Array.from({ length: 90 }, () => ({ text: "abc".repeat(2000) })))');
    assertSmall(kernel.bundle()!);
    await kernel.run('"x".repeat(50_000_000)');
    assertSmall(kernel.bundle()!);
  });

  it('shows a tensor: shape, range and a picture', async () => {
    await kernel.run('new Tensor(Float32Array.from({ length: 2 * 4 * 8 * 8 }, (_, i) => Math.sin(i)), [2, 4, 8, 8])');
    const bundle = kernel.bundle()!;
    const payload = bundle[TENSOR_MIME] as TensorPayload;
    assert.deepEqual(payload.dims, [2, 4, 8, 8]);
    assert.equal(payload.channels?.length, 4);
    assert.equal(
      payload.histogram?.reduce((sum, count) => sum + count),
      512,
    );
    assert.ok(payload.stats.min! >= -1 && payload.stats.max! <= 1);
    assert.match(payload.pictures![0]!.picture, /^data:image\/png;base64,/);
    assertPng(bundle);
    assert.match(String(bundle['text/plain']), /^Tensor \[2, 4, 8, 8\]/);
    await kernel.run('new Tensor(Float32Array.of(NaN, Infinity, 1), [3])');
    assert.equal((kernel.bundle()![TENSOR_MIME] as TensorPayload).notFinite, 2);
  });

  it('shows a clip: a player, a contact sheet for GitHub and Jupyter, a file beside the notebook', async () => {
    await kernel.run('clip');
    const bundle = kernel.bundle()!;
    const payload = bundle[VIDEO_MIME] as VideoPayload;
    assert.equal(payload.frames, 8);
    assert.match(payload.path!, /^story\.frameloom\/[\w.-]+\.mp4$/);
    assert.ok(existsSync(path.join(kernel.folder, payload.path!)));
    assert.match(payload.strip!.picture, /^data:image\/jpeg;base64,/);
    assert.match(String(bundle['text/html']), /<video src="story\.frameloom/);
    assertPng(bundle);
    assertSmall(bundle);
  });

  it('compares two clips', async () => {
    await kernel.run('await compare(clip, await clip.resize({ width: 64, height: 64 }), { title: "<small>" });');
    const payload = kernel.bundle()![VIDEO_MIME] as VideoPayload;
    assert.equal(payload.width, 64);
    assert.equal(payload.source?.width, 256);
    assert.equal(String(kernel.bundle()!['text/html']).includes('<small>'), false);
  });

  it('draws the clips and pictures in an array or object, and says where each was, with the rest as a tree', async () => {
    await kernel.run(
      "const small = await clip.resize({ width: 32, height: 32 });\nimport { contactSheet } from 'frameloom';\nconst sheet = await contactSheet(small);\n[small, small]",
    );
    const bundles = (): Bundle[] => kernel.outputs.flatMap((output) => (output.event === 'display' ? [output.bundle] : []));
    assert.deepEqual(
      bundles().map((bundle) => (bundle[VIDEO_MIME] as VideoPayload).title),
      ['[0]', '[1]'],
    );
    kernel.outputs = [];
    await kernel.run('({ name: "x", made: [{ seed: 7, clip: small }], sheet })');
    const [video, picture, tree] = bundles();
    assert.equal((video![VIDEO_MIME] as VideoPayload).title, 'made[0].clip');
    assertPng(picture!);
    assert.match(String(picture!['text/plain']), /^sheet: PNG picture, \d+ kB$/);
    const root = (tree![TREE_MIME] as TreePayload).root as TreeBranch;
    assert.deepEqual(
      root.entries.map(({ key }) => key),
      ['name', 'made', 'sheet'],
    );
    assert.match(JSON.stringify(root.entries[1]), /"Video 32×32, 8 frames, 1 s at 8 fps"/);
    kernel.outputs = [];
    await kernel.run('Array.from({ length: 11 }, () => small)');
    assert.equal(bundles().length, 9);
    assert.match(String(bundles().at(-1)!['text/plain']), /and 3 more, from \[8\] on/);
    const stored = bundles().reduce((sum, bundle) => sum + sizeOf(bundle), 0);
    assert.ok(stored <= maxPayloadBytes, `${stored} bytes for all of them`);
    assert.equal(await kernel.valueOf('String(small)'), "'Video 32×32, 8 frames, 1 s at 8 fps'");
    kernel.outputs = [];
    await kernel.run('console.log(small, [1])');
    assert.equal(kernel.printed(), 'Video 32×32, 8 frames, 1 s at 8 fps [ 1 ]\n');
  });

  it('draws the bytes of a picture file, smaller where a cell could not store it', async () => {
    await kernel.run('await contactSheet(small)');
    assertPng(kernel.bundle()!);
    await kernel.run(
      "import { randomBytes } from 'node:crypto';\nimport { Frame } from 'frameloom';\nconst noise: Frame = { width: 512, height: 512, data: randomBytes(512 * 512 * 3) };\nconst large = await contactSheet(await Video.fromFrames([noise, noise, noise, noise], { fps: 8 }), { columns: 4, cellHeight: 512 });\nlarge",
    );
    assert.ok(Number(await kernel.valueOf('large.length')) > 500_000);
    await kernel.run('large');
    const bundle = kernel.bundle()!;
    assert.deepEqual([...(bundle['image/jpeg'] as Uint8Array).subarray(0, 3)], [0xff, 0xd8, 0xff]);
    assert.match(String(bundle['text/plain']), /^PNG picture, \d{3,4} kB$/);
    assertSmall(bundle);
    await kernel.run('Buffer.from("plain bytes")');
    assert.equal(kernel.bundle()![TREE_MIME] !== undefined, true);
  });

  it('previews a run live, all frames at every step, and puts the finished clip beside its source in its place', async () => {
    await kernel.run("const model = await LatentDiffusionModel.fromPretrained('motion-stickers');");
    kernel.outputs = [];
    await kernel.run(
      "await model.editVideo(clip, 'a green car on a blue background', { method: 'sdedit', numInferenceSteps: 6, strength: 1, seed: 1 })",
    );
    const [first, ...updates] = kernel.outputs.filter((output) => output.event !== 'stream');
    assert.ok(first?.event === 'display' && first.displayId);
    const preview = first.bundle[PREVIEW_MIME] as PreviewPayload;
    assert.equal(preview.runId, first.displayId);
    assert.deepEqual([preview.stage, preview.sheet?.count], ['reading the clip: frame 1 of 8', 1]);
    assert.deepEqual([...new Set(kernel.previews.map(({ step }) => step))], [0, 1, 2, 3, 4, 5, 6]);
    for (const { rgb, width, height, frames } of kernel.previews)
      assert.equal(rgb.length, (frames.end - frames.start) * width * height * 3);
    assert.ok(new Set(kernel.previews.at(-1)!.rgb).size > 16, 'the preview has colours');
    assert.ok(updates.every((output) => output.event === 'updateDisplay' && output.displayId === first.displayId));
    const player = kernel.bundle()![VIDEO_MIME] as VideoPayload;
    assert.equal(player.provenance?.prompt, 'a green car on a blue background');
    assert.equal(player.source?.title, 'Source');
    assertSmall(kernel.bundle()!);
  });

  it('previews from the first frame that is read: the source, what is going to change on it, the noise that it gets', async () => {
    kernel.previews.length = 0;
    await kernel.run(
      "const frog = await model.editVideo(clip, 'a big red frog on a blue background', { sourcePrompt: 'a big red car on a blue background', numInferenceSteps: 6, seed: 1 });",
    );
    const stages = kernel.previews.map(({ stage }) => stage?.replace(/: .*/, ''));
    assert.deepEqual(
      stages.filter((stage, i) => stage !== stages[i - 1]),
      ['reading the clip', 'looking at what the clip shows', 'finding what to change', 'inverting the source', undefined],
    );
    assert.equal(kernel.previews[0]!.stage, 'reading the clip: frame 1 of 8');
    assert.equal(new Set(kernel.previews.map(({ displayId }) => displayId)).size, 1, 'one output from the beginning to the end');
    const last = (stage: string): (typeof kernel.previews)[number] =>
      kernel.previews.findLast((preview) => preview.stage?.startsWith(stage))!;
    const [source, marked, noisy] = [last('reading'), last('finding'), last('inverting')];
    for (const { frames } of [source, marked, noisy]) assert.deepEqual(frames, { start: 0, end: 8 });
    const brightness = ({ rgb }: { rgb: Uint8Array }): number => rgb.reduce((sum, value) => sum + value, 0) / rgb.length;
    assert.ok(brightness(marked) < 0.9 * brightness(source), 'what stays is dimmed');
    assert.equal((kernel.bundle()![PREVIEW_MIME] as PreviewPayload).stage, undefined);
  });

  it('leaves a line of each run of a loop, and the last one open', async () => {
    kernel.previews.length = 0;
    await kernel.run("for (const seed of [1, 2, 3]) await model.generateVideo('a red car', { numFrames: 8, numInferenceSteps: 2, seed });");
    const ids = [...new Set(kernel.previews.map(({ displayId }) => displayId))];
    const final = (id: string): PreviewPayload =>
      (kernel.outputs.findLast((output) => output.event !== 'stream' && output.displayId === id) as { bundle: Bundle }).bundle[
        PREVIEW_MIME
      ] as PreviewPayload;
    assert.deepEqual(
      ids.map((id) => [final(id).state, final(id).folded ?? false]),
      [
        ['done', true],
        ['done', true],
        ['done', false],
      ],
    );
  });

  it('updates one output at most ten times a second, ending with the newest', async () => {
    await kernel.run(
      'import { newDisplay } from "tslab";\nconst gauge = newDisplay();\nfor (let i = 0; i <= 200; i++) { gauge.text(String(i)); await new Promise((resolve) => setTimeout(resolve, 5)); }',
    );
    const updates = kernel.outputs.filter((output) => output.event === 'updateDisplay');
    const seconds = ((updates.at(-1)?.at ?? 0) - (updates[0]?.at ?? 0)) / 1000;
    assert.ok(updates.length >= 5 && updates.length <= 10 * seconds + 15, `${updates.length} updates in ${seconds} s`);
    assert.equal(kernel.bundle()!['text/plain'], '200');
  });
});

function sizeOf(bundle: Bundle): number {
  const asFile = Object.fromEntries(
    Object.entries(bundle).map(([mime, value]) => [mime, value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value]),
  );
  return Buffer.byteLength(JSON.stringify(asFile));
}

function assertSmall(bundle: Bundle): void {
  assert.ok(sizeOf(bundle) <= maxPayloadBytes, `${sizeOf(bundle)} bytes`);
}

function assertPng(bundle: Bundle): void {
  assert.equal(Buffer.from(bundle['image/png'] as Uint8Array).toString('latin1', 1, 4), 'PNG');
}
