import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { FrameloomError, type LatentDiffusionModel, Run, Tensor } from '../../src/index.js';
import { TensorStore } from '../../src/pipeline/capture/tensorStore.js';
import { loadTinyModel } from '../parity/tinyModels.js';

const prompt = 'a red car on a blue background';
const ownTemporary = process.env.TMPDIR;

describe('captured runs when things go wrong', () => {
  let model: LatentDiffusionModel;
  let folder: string;
  let temporary: string;

  before(async () => (model = await loadTinyModel('tiny-sd')));
  after(() => model.release());
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-capture-'));
    temporary = path.join(folder, 'temporary');
    mkdirSync(temporary);
    process.env.TMPDIR = temporary;
  });
  afterEach(() => {
    if (ownTemporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = ownTemporary;
    rmSync(folder, { recursive: true, force: true });
  });

  const generate = (capture: object, options = {}) =>
    model.generateVideo(prompt, { seed: 1, numInferenceSteps: 3, numFrames: 3, capture, ...options });

  it('what would not fit is refused before the first step, with the numbers and what to leave out', async () => {
    let steps = 0;
    const refused = generate({ noise: true, x0: true, maxBytes: 20_000 }, { numInferenceSteps: 10, callbackOnStepEnd: () => void steps++ });
    const [frames, channels, height, width] = model.latentDims(model.paddedFrameCount(3), model.sampleSize);
    const values = frames! * channels! * height! * width!;
    await assert.rejects(refused, (error: FrameloomError) => {
      assert.equal(error.code, 'FL_CAPTURE_TOO_LARGE');
      assert.match(error.message, /× 10 steps, but only 20 kB may be used/);
      assert.match(error.message, new RegExp(`latents ${short(values * 4)} kB, noise ${short(values * 4)} kB, x0 ${short(values * 2)} kB`));
      assert.match(error.message, /steps: \{ every: \d+ \}.*maxBytes/);
      return true;
    });
    assert.equal(steps, 0);
    assert.ok(await generate({ noise: true, x0: true, maxBytes: 20_000, steps: [10], latents: false }, { numInferenceSteps: 10 }));
  });

  it('what does not fit in memory goes to a temporary file, which goes with the run', async () => {
    const spilled = (await generate({ noise: true, memoryLimit: 0 })).run!;
    const kept = (await generate({ noise: true })).run!;
    assert.equal(readdirSync(temporary).length, 1);
    for (const step of [0, 1, 3]) assert.deepEqual(await spilled.latents(step), await kept.latents(step));
    assert.deepEqual(await spilled.noise(2), await kept.noise(2));
    assert.deepEqual((await (await spilled.at(1).resume({ capture: false })).frame(2)).data, (await kept.result!.frame(2)).data);
    await spilled.close();
    await spilled.close();
    assert.deepEqual(readdirSync(temporary), []);
    await assert.rejects(spilled.latents(1), { code: 'FL_CAPTURE_CLOSED' });
  });

  it('an interrupted run leaves no files behind, nor does an interrupted branch', async () => {
    const interrupted = (at: number) => {
      const controller = new AbortController();
      return { signal: controller.signal, callbackOnStepEnd: ({ step }: { step: number }) => void (step === at && controller.abort()) };
    };
    await assert.rejects(generate({ noise: true, memoryLimit: 0 }, interrupted(2)), { code: 'FL_ABORTED' });
    assert.deepEqual(readdirSync(temporary), []);
    const { run } = await generate({ memoryLimit: 0 });
    const before = readdirSync(temporary);
    await assert.rejects(run!.at(1).resume(interrupted(3)), { code: 'FL_ABORTED' });
    assert.deepEqual(readdirSync(temporary), before);
    const stopped = new AbortController();
    stopped.abort();
    await assert.rejects(run!.save(path.join(folder, 'run'), { signal: stopped.signal }), { code: 'FL_ABORTED' });
    assert.deepEqual(readdirSync(folder), ['temporary']);
    await run!.close();
  });

  it('a process that ends takes its temporary files with it', () => {
    const program = `
      const { TensorStore } = require(${JSON.stringify(path.join(__dirname, '../../src/pipeline/capture/tensorStore.ts'))});
      const store = new TensorStore([], 0);
      store.putBytes('a', new Uint8Array(10), [10]).then(() => { console.log(require('node:fs').readdirSync(process.env.TMPDIR).filter((name) => name.startsWith('frameloom')).length); process.exit(0); });`;
    assert.equal(
      execFileSync(process.execPath, ['--import=tsx', '-e', program], { encoding: 'utf8', cwd: path.join(__dirname, '../..') }).trim(),
      '1',
    );
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.startsWith('frameloom')),
      [],
    );
  });

  it('a run that was stopped early holds the steps it came to, and can go on from there', async () => {
    const video = await generate({}, { callbackOnStepEnd: ({ step }: { step: number }) => ({ stop: step === 2 }) });
    assert.deepEqual(
      video.run!.steps.map(({ step }) => step),
      [1, 2],
    );
    assert.throws(() => video.run!.at(3), { code: 'FL_CAPTURE_STEP' });
    const whole = await generate({});
    assert.notDeepEqual((await video.frame(0)).data, (await whole.frame(0)).data);
    assert.deepEqual((await (await video.run!.at(2).resume()).frame(0)).data, (await whole.frame(0)).data);
  });

  it('bad options are refused by name', async () => {
    for (const [capture, name] of [
      [{ latent: true }, 'latent'],
      [{ frames: 'all' }, 'frames'],
      [{ attention: 'car' }, 'attention'],
      [{ heads: [-1] }, 'heads'],
      [{ steps: [0] }, 'steps'],
      [{ steps: { every: 0 } }, 'steps'],
      [{ maxBytes: -1 }, 'maxBytes'],
      ['all', 'capture'],
    ] as const)
      await assert.rejects(generate(capture as object), { code: 'FL_ARGUMENT', message: new RegExp(`capture.*${name}|^capture`) });
    await assert.rejects(generate({ attention: ['car'], layers: ['nowhere'] }), { code: 'FL_ARGUMENT' });
  });

  it('a folder that is not ours is never overwritten', async () => {
    const { run } = await generate({});
    writeFileSync(path.join(temporary, 'diary.txt'), 'mine');
    await assert.rejects(run!.save(temporary, { overwrite: true }), { code: 'FL_CAPTURE_EXISTS' });
    assert.deepEqual(readdirSync(temporary), ['diary.txt']);
  });

  describe('a saved run', () => {
    let saved: string;
    beforeEach(async () => {
      saved = path.join(folder, 'run');
      await (await generate({ x0: true, attention: ['car'] }, { numInferenceSteps: 2 })).run!.save(saved);
    });

    it('that is missing, cut off or something else is refused with a reason', async () => {
      await assert.rejects(Run.load(path.join(folder, 'none')), { code: 'FL_CAPTURE_NOT_FOUND' });
      await assert.rejects(Run.load(temporary), { code: 'FL_CAPTURE_NOT_FOUND' });
      const tensors = path.join(saved, 'tensors.safetensors');
      const whole = readFileSync(tensors);
      for (const length of [0, 4, 8, 100, whole.length - 1]) {
        truncateSync(tensors, length);
        await assert.rejects(Run.load(saved), { code: 'FL_CAPTURE_DAMAGED' }, `${length} bytes`);
        writeFileSync(tensors, whole);
      }
      writeFileSync(tensors, Buffer.concat([whole, Buffer.of(0)]));
      await assert.rejects(Run.load(saved), { code: 'FL_CAPTURE_DAMAGED', message: /tensors end at/ });
      writeFileSync(path.join(saved, 'run.json'), '[]');
      await assert.rejects(Run.load(saved), { code: 'FL_CAPTURE_DAMAGED' });
      rmSync(path.join(saved, 'run.json'));
      symlinkSync('/dev/null', path.join(saved, 'run.json'));
      await assert.rejects(Run.load(saved), { code: 'FL_CAPTURE_DAMAGED' });
    });

    it('whose files only have their names is refused at once: pipes, folders, devices, sparse files of terabytes', async () => {
      for (const name of ['run.json', 'tensors.safetensors']) {
        const [file, whole] = [path.join(saved, name), readFileSync(path.join(saved, name))];
        const refused = async (make: () => void, why: RegExp) => {
          rmSync(file, { recursive: true, force: true });
          make();
          await assert.rejects(Run.load(saved), { code: 'FL_CAPTURE_DAMAGED', message: why }, `${name} ${why.source}`);
        };
        await refused(() => mkdirSync(file), /is a folder/);
        if (process.platform !== 'win32') {
          await refused(() => execFileSync('mkfifo', [file]), /is a pipe/);
          await refused(() => symlinkSync('/dev/zero', file), /a device/);
        }
        await refused(() => (writeFileSync(file, '{'), truncateSync(file, 2 ** 42)), /has 4398046511104 bytes|header claims|header is not/);
        rmSync(file);
        writeFileSync(file, whole);
      }
      assert.ok(await Run.load(saved));
    });

    it('of any depth, or with lists that go through each other for ever, is refused', async () => {
      const [file, tensors] = [path.join(saved, 'run.json'), path.join(saved, 'tensors.safetensors')];
      const [whole, bytes] = [readFileSync(file, 'utf8'), readFileSync(tensors)];
      const damaged = (changes: string, why: RegExp) => {
        writeFileSync(file, `${whole.trimEnd().slice(0, -1)},${changes}}`);
        return assert.rejects(Run.load(saved), { code: 'FL_CAPTURE_DAMAGED', message: why });
      };
      for (const levels of [100, 200_000]) await damaged(`"more":${'['.repeat(levels)}${']'.repeat(levels)}`, /nested more than/);
      await damaged(`"captured":[${Array(50_000).fill(1).join()}]`, /captured/);
      await damaged('"captured":[2,1]', /captured/);
      await damaged(
        `"windows":[${Array.from({ length: 90_000 }, (_, i) => `{"start":${i},"end":${i + 1}}`).join()}]`,
        /windows|attention\.mass/,
      );
      await damaged('"width":32768,"height":32768', /width and height/);
      writeFileSync(file, whole);
      for (const header of [
        `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
        `{"a":{"dtype":${'['.repeat(100)}${']'.repeat(100)},"shape":[1],"data_offsets":[0,4]}}`,
        `{"a":{"dtype":"F32","shape":[${Array(500_000).fill(1).join()}],"data_offsets":[0,4]}}`,
        '{"a":{"dtype":{"toString":1},"shape":[1],"data_offsets":[0,4]}}',
      ]) {
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(header.length));
        writeFileSync(tensors, Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]));
        await assert.rejects(Run.load(saved), { code: 'FL_CAPTURE_DAMAGED' }, header.slice(0, 60));
      }
      writeFileSync(tensors, bytes);
      assert.ok(await Run.load(saved));
    });

    it('with a header that lies allocates nothing and is refused', async () => {
      const tensors = path.join(saved, 'tensors.safetensors');
      const lies: [object, number][] = [
        [{ a: { dtype: 'F32', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 4] } }, 4],
        [{ a: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } }, 8],
        [{ a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, 8],
        [{ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] }, b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, 8],
        [{ a: { dtype: 'toString', shape: [], data_offsets: [0, 4] } }, 4],
        [{ a: null }, 0],
        [{ 'step1.window0.latents': { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 4],
        [{ 'step1.window9.latents': { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 4],
        [{}, 0],
      ];
      for (const [header, size] of lies) {
        const json = Buffer.from(JSON.stringify(header));
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(json.length));
        writeFileSync(tensors, Buffer.concat([length, json, Buffer.alloc(size)]));
        await assert.rejects(Run.load(saved), { code: 'FL_CAPTURE_DAMAGED' }, JSON.stringify(header));
      }
      writeFileSync(tensors, Buffer.from('ffffffffffffffff', 'hex'));
      await assert.rejects(Run.load(saved), { code: 'FL_CAPTURE_DAMAGED', message: /header claims/ });
    });

    it('with any field changed loads as it is, or fails with a code: no other error, then or later', async () => {
      const file = path.join(saved, 'run.json');
      const whole = JSON.parse(readFileSync(file, 'utf8')) as object;
      const places = [...placesIn(whole)];
      const values = fc.constantFrom<unknown>(undefined, null, -1, 0, 1.5, 1e300, 'x', '', [], {}, [[]], [null], true, {
        toString: 1,
        valueOf: 1,
      });
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...places), values, async (place, value) => {
          writeFileSync(file, JSON.stringify(changed(whole, place, value)));
          try {
            const run = await Run.load(saved, { model });
            await run.latents(1);
            await run.x0(2);
            run.attention('car').mass();
            await run.attention('car').mask(0.5);
            await run.pictures(1);
            await run.at(1).resume({ capture: false, onNotice: () => undefined });
          } catch (error) {
            assert.ok(
              error instanceof FrameloomError,
              `${place.join('.')} = ${JSON.stringify(value)}: ${String(error)}\n${(error as Error).stack}`,
            );
          }
        }),
        { numRuns: 150 },
      );
    });

    it('whose settings no run could have had is gone on with by nobody, and the setting is named', async () => {
      const file = path.join(saved, 'run.json');
      const whole = JSON.parse(readFileSync(file, 'utf8')) as { provenance: { settings: object } };
      for (const [name, value] of Object.entries({
        guidanceScale: 'much',
        guidanceRescale: { toString: 1 },
        eta: -1,
        sharedNoise: 'yes',
        mask: {},
      })) {
        const settings = { ...whole.provenance.settings, [name]: value };
        writeFileSync(file, JSON.stringify({ ...whole, provenance: { ...whole.provenance, settings } }));
        const run = await Run.load(saved, { model });
        await assert.rejects(run.at(1).resume({ capture: false }), { code: 'FL_RERUN_RECORD', message: new RegExp(name) });
      }
    });

    it('whose tensor file shrinks after it was loaded says so when it is read', async () => {
      const run = await Run.load(saved);
      truncateSync(path.join(saved, 'tensors.safetensors'), 2000);
      await assert.rejects(run.latents(2), { code: 'FL_CAPTURE_DAMAGED' });
    });

    it('of another model is refused', async () => {
      const copy = path.join(folder, 'copy');
      cpSync(saved, copy, { recursive: true });
      const file = path.join(copy, 'run.json');
      const record = JSON.parse(readFileSync(file, 'utf8')) as { provenance: { model: string } };
      record.provenance.model = 'another';
      writeFileSync(file, JSON.stringify(record));
      await assert.rejects(Run.load(copy, { model }), { code: 'FL_CAPTURE_MODEL' });
      await assert.rejects((await Run.load(copy)).at(1).resume({ model }), { code: 'FL_CAPTURE_MODEL' });
    });
  });

  it('a store gives back what it took, from memory and from disk', async () => {
    const store = new TensorStore([], 20);
    await store.put('exact', new Tensor(Float32Array.of(1 / 3, -0, NaN), [3]), 'F32');
    await store.put('half', new Tensor(Float32Array.of(1 / 3, 65504, 1e6, -2e-8, 6e-8), [5]), 'F16');
    await store.putBytes('bytes', Uint8Array.of(0, 255, 7, 9), [2, 2]);
    assert.deepEqual(readdirSync(temporary).length, 1);
    assert.deepEqual((await store.get('exact')).data, Float32Array.of(1 / 3, -0, NaN));
    assert.deepEqual((await store.get('half')).data, Float32Array.of(0.333251953125, 65504, Infinity, -0, 2 ** -24));
    assert.deepEqual([...(await store.rows('bytes', 1, 2))], [7, 9]);
    assert.equal(store.byteLength, 12 + 10 + 4);
    await store.close();
  });
});

/** Every place of a JSON value, as keys from the top. Of long lists only the first few. */
function* placesIn(value: unknown, at: string[] = []): Generator<string[]> {
  if (at.length > 0) yield at;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value).slice(0, 30)) yield* placesIn((value as Record<string, unknown>)[key], [...at, key]);
}

function changed(whole: object, place: readonly string[], value: unknown): unknown {
  const copy = structuredClone(whole) as Record<string, unknown>;
  let parent: Record<string, unknown> = copy;
  for (const key of place.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  parent[place.at(-1)!] = value;
  return copy;
}

function short(bytes: number): string {
  return String(Number((bytes / 1000).toPrecision(3)));
}
