import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { combine } from '../../../../src/pipeline/diffusion/guidance.js';
import { type CaptureOptions, LatentDiffusionModel, MadeVideo, rerun, Run, Tensor, Video } from '../../../../src/index.js';
import { loadTinyMotionModel } from '../../../parity/tinyModels.js';

const root = path.join(__dirname, '../../../..');
const samples = path.join(root, 'media', 'samples');
const prompt = 'a big red car moving right on a blue background';
const target = 'a big green car moving right on a blue background';
const size = { width: 128, height: 128 };
const everything: CaptureOptions = { latents: true, x0: true, noise: true, frames: 'linear', attention: ['car', 'blue'] };

describe('going on from a step, with a tiny motion model', () => {
  let model: LatentDiffusionModel;
  before(async () => (model = await loadTinyMotionModel()));
  after(() => model.release());

  for (const scheduler of ['ddim', 'euler', 'euler_a', 'dpmpp_2m_karras', 'dpmpp_2m_sde', 'lcm', 'plms', 'pndm']) {
    it(`${scheduler}: going on from any step gives the straight run, bit for bit`, async () => {
      const straight = await model.generateVideo(prompt, {
        seed: 1,
        numInferenceSteps: 4,
        numFrames: 3,
        scheduler,
        capture: { noise: true },
      });
      const run = runOf(straight);
      // PNDM looks at some timesteps more than once.
      const steps = { plms: 5, pndm: 13 }[scheduler] ?? 4;
      assert.deepEqual(
        run.steps.map(({ step }) => step),
        Array.from({ length: steps }, (_, i) => i + 1),
      );
      for (let step = 0; step <= steps; step++) {
        const again = await run.at(step).resume();
        assert.ok((await bytes(straight)).equals(await bytes(again)), `from step ${step}`);
        assert.deepEqual(runOf(again).branch, { run: run.id, step });
      }
    });
  }
});

describe('a captured run of the embedded model', () => {
  let model: LatentDiffusionModel;
  let clip: Video;

  before(async () => {
    model = await LatentDiffusionModel.fromPretrained('motion-stickers');
    clip = await Video.open(path.join(samples, 'red-car.mp4'), { maxFrames: 8, ...size });
  });
  after(async () => {
    await clip.close();
    await model.release();
  });

  const generate = (capture: CaptureOptions | boolean | undefined, options = {}) =>
    model.generateVideo(prompt, { seed: 1, numInferenceSteps: 4, capture, ...options });

  it('capturing changes no pixel, and nothing is captured unless asked for', async () => {
    const plain = await generate(undefined);
    assert.equal(plain.run, undefined);
    assert.ok((await bytes(plain)).equals(await bytes(await generate(everything))));
  });

  it('both halves of a prediction recombine to what the scheduler took', async () => {
    const run = runOf(await generate({ latents: true, noise: true, x0: true }, { scheduler: 'ddim', guidanceScale: 3 }));
    const { conditional, unconditional, difference } = await run.noise(2);
    assert.ok(unconditional && difference);
    assert.equal(difference.data[100], Math.fround(conditional.data[100]! - unconditional.data[100]!));
    const guided = combine([conditional, unconditional], [3, -2], 0, false);
    const scheduler = model.scheduler;
    scheduler.setTimesteps(4);
    scheduler.setBeginIndex(1);
    const { prevSample, predOriginalSample } = scheduler.step(guided, scheduler.timesteps[1]!, await run.latents(1));
    // The halves are kept at half precision: 2⁻¹¹ of values up to about 5, amplified by guidance.
    assert.ok(furthest(prevSample, await run.latents(2)) < 0.02, `latents differ by ${furthest(prevSample, await run.latents(2))}`);
    assert.ok(furthest(predOriginalSample, await run.x0(2)) < 0.05, `x0 differs by ${furthest(predOriginalSample, await run.x0(2))}`);
  });

  it('statistics of every step are those of its tensors', async () => {
    const run = runOf(await generate({ latents: true, noise: true, steps: [2, 3] }, { scheduler: 'euler' }));
    assert.deepEqual(
      run.steps.map(({ step }) => step),
      [2, 3],
    );
    assert.deepEqual(
      run.statistics.map(({ step }) => step),
      [1, 2, 3, 4],
    );
    const [before, after] = [await run.latents(2), await run.latents(3)];
    const { stats, sigma, timestep } = run.statistics[2]!;
    const { min, max, mean } = after.range();
    assert.deepEqual([stats.min, stats.max], [min, max]);
    close(stats.mean, mean);
    close(stats.std, Math.sqrt(after.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / after.size));
    close(stats.change, Math.sqrt(after.data.reduce((sum, value, i) => sum + (value - before.data[i]!) ** 2, 0) / after.size));
    const { difference } = await run.noise(3);
    close(stats.guidance!, Math.sqrt(difference!.data.reduce((sum, value) => sum + value ** 2, 0) / difference!.size), 1e-3);
    assert.deepEqual([timestep, sigma], [run.schedule.timesteps[2], run.schedule.sigmas[2]]);
    await assert.rejects(run.latents(1), { code: 'FL_CAPTURE_STEP', message: /Captured steps: 2, 3/ });
    await assert.rejects(run.x0(2), { code: 'FL_CAPTURE_MISSING', message: /capture: \{ x0: true \}/ });
  });

  it('the schedule tells σ of schedulers that do not work in it', async () => {
    const { schedule } = runOf(await generate({}, { scheduler: 'ddim', numInferenceSteps: 3 }));
    assert.equal(schedule.scheduler, 'DDIMScheduler');
    assert.equal(schedule.timesteps.length, 3);
    // ᾱ as DDPM defines it (Ho et al. 2020, section 2), from the model's own linear betas; σ² = (1 - ᾱ) / ᾱ and SNR = ᾱ / (1 - ᾱ).
    const {
      beta_start: first,
      beta_end: last,
      num_train_timesteps: steps,
    } = JSON.parse(readFileSync(path.join(root, 'models', 'motion-stickers', 'scheduler', 'scheduler_config.json'), 'utf8')) as Record<
      string,
      number
    >;
    for (const [i, timestep] of schedule.timesteps.entries()) {
      let kept = 1;
      for (let t = 0; t <= timestep; t++) kept *= 1 - (first! + ((last! - first!) * t) / (steps! - 1));
      close(schedule.sigmas[i]!, Math.sqrt((1 - kept) / kept), 1e-4);
      close(schedule.logSnr[i]!, Math.log(kept / (1 - kept)), 1e-4);
    }
  });

  it('pictures of a step come from what was kept, or are made when asked for', async () => {
    const run = runOf(await generate({ x0: true, frames: 'vae' }, { deflicker: 0 }));
    const true4 = await run.pictures(4);
    assert.deepEqual([true4.length, true4[0]!.width, true4[0]!.height], [8, 128, 128]);
    const linear = await run.pictures(4, { decoder: 'linear' });
    assert.deepEqual([linear[0]!.width, linear[0]!.height], [16, 16]);
    assert.deepEqual((await run.pictures(4, { of: 'latents', decoder: 'vae' }))[3]!.data, (await run.result!.frame(3)).data);
    const small = runOf(await generate({ x0: true, frames: 'linear' }));
    // Drawn from the predicted latents before and after rounding to half precision.
    const [kept, drawn] = [await small.pictures(2), await runOf(await generate({ x0: true })).pictures(2)];
    assert.ok(kept.every(({ data }, i) => data.every((value, at) => Math.abs(value - drawn[i]!.data[at]!) <= 1)));
  });

  it('attention to a word: words as typed, mass, maps and mask', async () => {
    const run = runOf(await generate({ attention: ['car', 'BLUE background'], heads: [1], layers: ['up_blocks', 'mid_block'] }));
    assert.deepEqual(run.words.slice(0, 4), [
      { text: 'a', tokens: [1], start: 0, end: 1 },
      { text: 'big', tokens: [2], start: 2, end: 5 },
      { text: 'red', tokens: [3], start: 6, end: 9 },
      { text: 'car', tokens: [4], start: 10, end: 13 },
    ]);
    assert.ok(run.sites.length > 1 && run.sites.every(({ kind, block }) => kind === 'cross' && /^(up|mid)_block/.test(block)));
    const car = run.attention('Car');
    const maps = await car.maps();
    assert.deepEqual(maps.dims.slice(0, 1), [8]);
    const mass = car.mass();
    assert.deepEqual([mass.length, mass[0]!.length], [4, 8]);
    assert.ok(mass.flat().every((share) => share > 0 && share < 1));
    const one = run.sites.at(-1)!;
    const ofStep = await car.maps({ step: 3, layer: one.id, head: 1 });
    assert.deepEqual(ofStep.dims, [8, 16 / one.factor!, 16 / one.factor!]);
    const both = run.attention('blue background').tokens;
    assert.deepEqual(both, [...run.attention('blue').tokens, ...run.attention('background').tokens]);
    const { tensor, video } = await car.mask(0.5);
    assert.deepEqual(tensor.dims, [8, 1, 16, 16]);
    assert.deepEqual([video.width, video.height, video.frameCount], [128, 128, 8]);
    const covered = tensor.range().mean;
    assert.ok(covered > 0 && covered < 1 && (await car.mask(0)).tensor.range().mean === 1);
    await assert.rejects(car.maps({ steps: 2 } as never), {
      code: 'FL_ARGUMENT',
      message: /maps has no option "steps"\. Did you mean "step"/,
    });
    await assert.rejects(car.mask(0.5, { laier: 'up' } as never), { code: 'FL_ARGUMENT', message: /"layer"/ });
    assert.throws(() => run.attention('cat'), { code: 'FL_CAPTURE_WORD', message: /It has: a, big, red, car/ });
    assert.throws(() => run.attention('red'), { code: 'FL_CAPTURE_MISSING', message: /attention: \["red"\]/ });
    await assert.rejects(car.maps({ layer: 'down_blocks.0' }), { code: 'FL_ARGUMENT' });
    await assert.rejects(car.maps({ head: 0 }), { code: 'FL_ARGUMENT' });
    await assert.rejects(generate({ attention: ['cat'] }), { code: 'FL_CAPTURE_WORD' });
  });

  it('every head of every layer: a head that only some layers have is the mean over those', async () => {
    const run = runOf(await generate({ attention: ['car'], heads: 'each' }, { numInferenceSteps: 2 }));
    const most = Math.max(...run.sites.map(({ heads }) => heads!));
    const fewest = run.sites.find(({ heads }) => heads! < most)!;
    const car = run.attention('car');
    assert.deepEqual(
      car.captured.heads,
      Array.from({ length: most }, (_, head) => head),
    );
    const { id, heads } = run.sites.find((site) => site.heads === most)!;
    const apart = await Promise.all(Array.from({ length: heads! }, (_, head) => car.maps({ layer: id, head, step: 2 })));
    const together = await car.maps({ layer: id, step: 2 });
    together.data.forEach((value, i) =>
      close(
        apart.reduce((sum, map) => sum + map.data[i]! / apart.length, 0),
        value,
      ),
    );
    assert.ok(furthest(apart[0]!, apart[1]!) > 0, 'two heads are the same');
    assert.deepEqual((await car.maps({ head: most - 1 })).dims[0], 8);
    await assert.rejects(car.maps({ layer: fewest.id, head: most - 1 }), { code: 'FL_ARGUMENT' });
    const mean = await runOf(await generate({ attention: ['car'] }, { numInferenceSteps: 2 }))
      .attention('car')
      .maps({ layer: id, step: 2 });
    assert.ok(furthest(mean, together) < 1e-3, `${furthest(mean, together)}`);
  });

  it('mass is the mean of the maps, and all words together are no more than all attention', async () => {
    const run = runOf(await generate({ attention: true, layers: ['up_blocks.1'] }, { numInferenceSteps: 2 }));
    const car = run.attention('car');
    const maps = await car.maps({ step: 2 });
    const area = maps.dims[1]! * maps.dims[2]!;
    for (const [frame, share] of car.mass()[1]!.entries())
      close(
        maps.slice(frame, frame + 1).data.reduce((sum, value) => sum + value / area, 0),
        share,
        1e-3,
      );
    const words = [...new Set(run.words.map(({ text }) => text))];
    const sum = words.reduce((total, word) => total + run.attention(word).mass()[0]![0]!, 0);
    assert.ok(sum > 0.2 && sum <= 1, `words drew ${sum}`);
  });

  it('a branch may have another prompt, scheduler, guidance or latents, and says so', async () => {
    const straight = await generate(everything, { scheduler: 'ddim' });
    const run = runOf(straight);
    const branch = await run.at(2).resume({ prompt: target, guidanceScale: 6 });
    assert.ok(!(await bytes(branch)).equals(await bytes(straight)));
    const { provenance } = branch;
    assert.equal(provenance!.prompt, target);
    const { branchedFrom, guidanceScale } = provenance!.settings as {
      branchedFrom: { run: string; step: number; provenance: { prompt: string } };
      guidanceScale: number;
    };
    assert.deepEqual([branchedFrom.run, branchedFrom.step, branchedFrom.provenance.prompt, guidanceScale], [run.id, 2, prompt, 6]);
    assert.deepEqual(
      runOf(branch).steps.map(({ step }) => step),
      [3, 4],
    );
    const twice = await runOf(branch).at(3).resume({ negativePrompt: 'red' });
    assert.ok((await bytes(await runOf(branch).at(3).resume())).equals(await bytes(branch)), 'a branch can be branched');
    for (const made of [branch, twice])
      assert.ok(
        (await bytes(await rerun(model, made.provenance!, undefined))).equals(await bytes(made)),
        'a branch can be made again from its record',
      );
    const zero = Tensor.zeros((await run.latents(2)).dims);
    const given = await run.at(2).resume({ latents: zero });
    assert.ok(!(await bytes(given)).equals(await bytes(straight)));
    await assert.rejects(rerun(model, given.provenance!, undefined), { code: 'FL_RERUN_LATENTS' });
    await assert.rejects(run.at(2).resume({ latents: Tensor.zeros([1]) }), { code: 'FL_ARGUMENT' });
    // The same path of noise in the other scale: Euler without noise takes the steps that DDIM takes.
    const euler = await run.at(1).resume({ scheduler: 'euler' });
    assert.ok(
      meanDifference(await bytes(euler), await bytes(straight)) < 6,
      `${meanDifference(await bytes(euler), await bytes(straight))} levels`,
    );
    const finer = runOf(await run.at(2).resume({ numInferenceSteps: 8 }));
    assert.deepEqual([finer.stepCount, finer.schedule.timesteps.length, finer.schedule.beginIndex, finer.steps[0]!.step], [6, 8, 4, 3]);
    assert.throws(() => run.at(7), { code: 'FL_CAPTURE_STEP' });
  });

  it('edits: sdedit and diffedit go on from any step, with mask and sound, and their mask is kept', async () => {
    for (const [method, steps] of [
      ['sdedit', 3],
      ['diffedit', 3],
    ] as const) {
      const edited = await model.editVideo(clip, target, {
        method,
        sourcePrompt: prompt,
        strength: 0.6,
        numInferenceSteps: 5,
        seed: 1,
        capture: true,
      });
      const run = runOf(edited);
      assert.deepEqual([run.stepCount, run.schedule.beginIndex, run.schedule.strength, run.kind], [steps, 2, 0.6, 'edited']);
      assert.equal(run.source, clip);
      assert.equal(run.result, edited);
      for (const step of [0, 2])
        assert.ok((await bytes(edited)).equals(await bytes(await run.at(step).resume())), `${method} from step ${step}`);
      const mask = await run.mask();
      if (method === 'sdedit') assert.equal(mask, undefined);
      else {
        assert.deepEqual(mask!.dims, [8, 1, 16, 16]);
        await assert.rejects(run.at(1).resume({ scheduler: 'euler' }), { code: 'FL_CAPTURE_SCHEDULE' });
        assert.ok(
          (await bytes(edited)).equals(
            await bytes(
              await runOf(await run.at(1).resume())
                .at(2)
                .resume(),
            ),
          ),
          'the mask outlives two branches',
        );
      }
    }
  });

  it('edits: a subject that is recoloured alone goes on alone, towards another colour too, and its words are those that guide it', async () => {
    const edited = await model.editVideo(clip, target, {
      sourcePrompt: prompt,
      numInferenceSteps: 5,
      seed: 1,
      capture: { attention: ['car'] },
    });
    const run = runOf(edited);
    assert.equal(run.settings.isolatedPrompt, 'a big green car moving right on a gray background');
    assert.deepEqual(run.words.map(({ text }) => text).slice(-3), ['a', 'gray', 'background']);
    assert.ok((await bytes(edited)).equals(await bytes(await run.at(2).resume())));
    assert.ok((await bytes(edited)).equals(await bytes(await rerun(model, edited.provenance!, clip))), 'its record makes it again');
    const purple = await run.at(0).resume({ prompt: target.replace('green', 'purple') });
    const mask = (await run.mask())!.slice(4, 5);
    const [green, other] = [meanInside(await edited.frame(4), mask), meanInside(await purple.frame(4), mask)];
    assert.ok(other.r > green.r + 20 && other.g < green.g - 40 && other.b > green.b + 20, JSON.stringify({ green, other }));
    await assert.rejects(model.editVideo(clip, target, { sourcePrompt: prompt, seed: 1, capture: { attention: ['blue'] } }), {
      code: 'FL_CAPTURE_WORD',
      message: /isolatedPrompt/,
    });
  });

  it('edits: another background is guided by what is said of it alone, and goes on so, towards another one too', async () => {
    const edited = await model.editVideo(clip, prompt.replace('on a blue background', 'at sunset'), {
      sourcePrompt: prompt,
      numInferenceSteps: 5,
      seed: 1,
      capture: true,
    });
    const run = runOf(edited);
    assert.equal(run.settings.surroundingsPrompt, 'at sunset');
    assert.deepEqual(
      run.words.map(({ text }) => text),
      ['at', 'sunset'],
    );
    assert.ok((await bytes(edited)).equals(await bytes(await run.at(2).resume())));
    assert.ok((await bytes(edited)).equals(await bytes(await rerun(model, edited.provenance!, clip))), 'its record makes it again');
    const forest = await run.at(0).resume({ prompt: prompt.replace('on a blue background', 'in the forest') });
    assert.ok(!(await bytes(edited)).equals(await bytes(forest)));
  });

  it('a long clip: windows are joined as for the result, and go on one by one', async () => {
    const long = await Video.open(path.join(samples, 'red-car.mp4'), { maxFrames: 13, ...size });
    const edited = await model.editVideo(long, target, {
      numInferenceSteps: 4,
      strength: 0.75,
      seed: 1,
      scheduler: 'euler_a',
      method: 'sdedit',
      capture: { ...everything, frames: 'vae' },
    });
    const run = runOf(edited);
    assert.equal(run.frames, 13);
    const last = await run.latents(3);
    assert.deepEqual(last.dims, [13, model.vae.latentChannels, 16, 16]);
    assert.deepEqual((await model.vae.decode(last.slice(0, 1)))[0]!.data.length, 128 * 128 * 3);
    assert.ok(
      furthestByte((await model.vae.decode(last.slice(6, 7)))[0]!.data, (await edited.frame(6)).data) <= 1,
      'a frame of both windows',
    );
    assert.equal((await run.pictures(2)).length, 13);
    assert.deepEqual((await run.attention('car').maps()).dims, [13, 16, 16]);
    assert.equal(run.attention('car').mass()[0]!.length, 13);
    for (const step of [0, 2]) assert.ok((await bytes(edited)).equals(await bytes(await run.at(step).resume())), `from step ${step}`);
    await long.close();
  });

  it('latents that a callback changed are those that are kept', async () => {
    const video = await generate(
      {},
      {
        callbackOnStepEnd: ({ step, latents }: { step: number; latents: Tensor }) =>
          step === 2 ? { latents: latents.map((value) => value / 2) } : undefined,
      },
    );
    assert.ok((await bytes(video)).equals(await bytes(await runOf(video).at(2).resume())));
  });

  it('a saved run comes back whole, in memory of its own', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-capture-'));
    try {
      const edited = await model.editVideo(clip, target, {
        method: 'diffedit',
        sourcePrompt: prompt,
        strength: 0.6,
        numInferenceSteps: 5,
        seed: 1,
        capture: everything,
      });
      const run = runOf(edited);
      const saved = path.join(folder, 'run');
      await run.save(saved);
      await assert.rejects(run.save(saved), { code: 'FL_CAPTURE_EXISTS' });
      await run.save(saved, { overwrite: true });
      await assert.rejects(run.save(path.join(folder, 'none', 'run')), { code: 'FL_CAPTURE_OUTPUT' });
      const loaded = await Run.load(saved);
      assert.deepEqual([loaded.id, loaded.prompt, loaded.seed, loaded.frames], [run.id, target, 1, 8]);
      assert.deepEqual(
        [loaded.words, loaded.steps, loaded.schedule, loaded.sites, loaded.settings],
        JSON.parse(JSON.stringify([run.words, run.steps, run.schedule, run.sites, run.settings])),
      );
      for (const step of [1, 3]) {
        assert.deepEqual(await loaded.latents(step), await run.latents(step));
        assert.deepEqual(await loaded.x0(step), await run.x0(step));
        assert.deepEqual(await loaded.noise(step), await run.noise(step));
        assert.deepEqual(await loaded.pictures(step), await run.pictures(step));
      }
      assert.deepEqual(await loaded.mask(), await run.mask());
      assert.deepEqual(await loaded.attention('car').maps(), await run.attention('car').maps());
      assert.deepEqual(loaded.attention('car').mass(), run.attention('car').mass());
      assert.ok((await bytes(loaded.result!)).equals(await bytes(edited)));
      assert.equal(loaded.source!.frameCount, 8);
      await assert.rejects(loaded.at(1).resume(), { code: 'FL_CAPTURE_MODEL' });
      const again = await (await Run.load(saved, { model })).at(1).resume();
      assert.ok((await bytes(again)).equals(await bytes(edited)));
      await run.close();
      await assert.rejects(run.latents(1), { code: 'FL_CAPTURE_CLOSED' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function runOf(video: Video): Run {
  assert.ok(video instanceof MadeVideo && video.run, 'the clip has no run');
  return video.run;
}

async function bytes(video: Video): Promise<Buffer> {
  const frames: Uint8Array[] = [];
  for await (const { data } of video.frames()) frames.push(data);
  return Buffer.concat(frames);
}

function furthest(a: Tensor, b: Tensor): number {
  assert.deepEqual(a.dims, b.dims);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

function furthestByte(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

function meanDifference(a: Buffer, b: Buffer): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

function close(given: number, wanted: number, tolerance = 1e-5): void {
  assert.ok(Math.abs(given - wanted) <= tolerance * Math.max(1, Math.abs(wanted)), `${given} instead of ${wanted}`);
}

/** Mean red, green and blue of the pixels that a mask of latents covers. */
function meanInside({ data, width }: { data: Uint8Array; width: number }, mask: Tensor): { r: number; g: number; b: number } {
  const [, , , columns] = mask.dims as [number, number, number, number];
  const scale = width / columns;
  const sums = [0, 0, 0, 0];
  for (let pixel = 0; pixel < data.length / 3; pixel++) {
    if (mask.data[Math.floor(Math.floor(pixel / width) / scale) * columns + Math.floor((pixel % width) / scale)] === 0) continue;
    for (let c = 0; c < 3; c++) sums[c]! += data[3 * pixel + c]!;
    sums[3]!++;
  }
  const [r, g, b] = sums.map((sum) => sum / sums[3]!) as [number, number, number];
  return { r, g, b };
}
