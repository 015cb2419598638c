import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import type { Frame } from '../../src/pipeline/core/index.js';
import { Video } from '../../src/pipeline/video/index.js';
import { assertClose, assertClosePixels } from './closeTo.js';
import { ReferenceFile, type Stored } from './referenceFile.js';
import { inTinyFolder } from './tinyModels.js';

interface ConsistencyRun {
  prompt: string;
  seed: number;
  num_inference_steps: number;
  guidance_scale: number;
  strength?: number;
  timesteps: number[];
  source?: Stored;
  latents: Stored;
  pixels: Stored;
}

interface FoldersIndex {
  consistency: ConsistencyRun[];
  bert: { prompts: { prompt: string; ids: number[]; embeddings: Stored; unmasked: Stored }[] };
  free_motion: { frames: number; timestep: number; sample: Stored; text: Stored; output: Stored }[];
}

const reference = new ReferenceFile<FoldersIndex>('folders');

/** Loads tiny-sd with the parts of other folders laid over it and changed. */
function load(overlays: readonly string[], change: (folder: string) => void = () => undefined): Promise<LatentDiffusionModel> {
  return inTinyFolder(overlays, async (folder) => {
    change(folder);
    return LatentDiffusionModel.fromPretrained(folder, { threads: 1 });
  });
}

async function withModel<Result>(
  model: Promise<LatentDiffusionModel>,
  use: (model: LatentDiffusionModel) => Promise<Result>,
): Promise<Result> {
  const loaded = await model;
  return use(loaded).finally(() => loaded.release());
}

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

describe('models in other folders: the numbers are those of diffusers', () => {
  describe('latent consistency model with its guidance as an input', () => {
    let model: LatentDiffusionModel;
    before(async () => (model = await load(['tiny-lcm'])));
    after(() => model.release());

    it('recommends four steps', () => {
      assert.equal(model.unet.takesGuidanceScale, true);
      assert.equal(model.recommended.numInferenceSteps, 4);
    });

    for (const run of reference.index.consistency) {
      it(`${run.num_inference_steps} steps, guidance ${run.guidance_scale}${run.strength === undefined ? '' : `, from a picture with strength ${run.strength}`}`, async () => {
        const states: { timestep: number; latents: Parameters<typeof assertClose>[0] }[] = [];
        const options = {
          seed: run.seed,
          numInferenceSteps: run.num_inference_steps,
          guidanceScale: run.guidance_scale,
          capture: true,
          callbackOnStepEnd: (state: (typeof states)[number]) => void states.push(state),
        };
        const video = run.source
          ? await model.editVideo(await Video.fromFrames(reference.frames(run.source), { fps: 8 }), run.prompt, {
              ...options,
              strength: run.strength,
            })
          : await model.generateVideo(run.prompt, { ...options, numFrames: 1, width: 64, height: 64 });
        assert.deepEqual(
          states.map(({ timestep }) => timestep),
          run.timesteps,
        );
        assertClose(states.at(-1)!.latents, reference.tensor(run.latents), 'final latents');
        assertClosePixels(await framesOf(video), reference.frames(run.pixels), 'pixels');
        // Going on from the middle picks the same timesteps.
        const again = await video.run!.at(states.length - 1).resume();
        assert.deepEqual(
          (await framesOf(again)).map(({ data }) => [...data]),
          (await framesOf(video)).map(({ data }) => [...data]),
        );
        await video.run!.close();
      });
    }
  });

  for (const masked of [true, false]) {
    it(`BERT's tokenizer and text encoder, padding ${masked ? 'hidden' : 'seen'}`, () =>
      withModel(
        load(['tiny-bert'], (folder) => {
          for (const name of ['vocab.json', 'merges.txt', 'special_tokens_map.json'])
            rmSync(join(folder, 'tokenizer', name), { force: true });
          if (!masked) writeFileSync(join(folder, 'text_encoder', 'config.json'), '{"model_type": "bert", "use_attention_mask": false}');
        }),
        async ({ textEncoder }) => {
          for (const { prompt, ids, embeddings, unmasked } of reference.index.bert.prompts) {
            const encoded = await textEncoder.encode(prompt);
            assert.deepEqual([...encoded.prompt.ids], ids, prompt);
            assertClose(encoded.embeddings, reference.tensor(masked ? embeddings : unmasked), prompt);
          }
        },
      ));
  }

  it('a motion UNet with free frames takes a row of text for each', () =>
    withModel(load(['tiny-motion-free']), async ({ unet }) => {
      assert.equal(unet.fixedFrames, undefined);
      for (const { frames, timestep, sample, text, output } of reference.index.free_motion) {
        const predicted = await unet.predict(reference.tensor(sample), timestep, { embeddings: reference.tensor(text), guidanceScale: 1 });
        assertClose(predicted, reference.tensor(output), `${frames} frames`);
      }
    }));
});

describe('models with parts left out draw what the whole model draws', () => {
  let whole: LatentDiffusionModel;
  let frames: Frame[];
  before(async () => {
    whole = await load([]);
    frames = await draw(whole);
  });
  after(() => whole.release());

  const draw = async (model: LatentDiffusionModel) =>
    framesOf(
      await model.generateVideo('a red balloon over the sea', {
        seed: 1,
        numFrames: 1,
        numInferenceSteps: 3,
        scheduler: 'ddim',
        width: 64,
        height: 64,
      }),
    );
  const same = (title: string, change: (folder: string) => void, notice?: RegExp) =>
    it(title, async () => {
      await withModel(load([], change), async (model) => {
        assert.deepEqual(
          (await draw(model)).map(({ data }) => [...data]),
          frames.map(({ data }) => [...data]),
        );
        assert.match(model.schedule.notice ?? '', notice ?? /^$/);
      });
    });

  same(
    'no scheduler/, with the class in model_index.json',
    (folder) => rmSync(join(folder, 'scheduler'), { recursive: true }),
    /no scheduler\/scheduler_config\.json.*DDIMScheduler/,
  );
  same(
    'no scheduler/ and no model_index.json',
    (folder) => ['scheduler', 'model_index.json'].forEach((name) => rmSync(join(folder, name), { recursive: true })),
    /PNDMScheduler.*v_prediction/s,
  );
  same('a tokenizer of vocab.json and merges.txt alone', (folder) =>
    ['special_tokens_map.json', 'tokenizer_config.json'].forEach((name) => rmSync(join(folder, 'tokenizer', name))),
  );
  same('no vae_encoder/', (folder) => rmSync(join(folder, 'vae_encoder'), { recursive: true }));
  same('no config.json beside any graph', (folder) =>
    ['unet', 'text_encoder', 'vae_encoder'].forEach((part) => rmSync(join(folder, part, 'config.json'))),
  );
  same('only outputs under other names', (folder) => {
    for (const [part, from, to] of [
      ['unet', 'out_sample', 'prediction'],
      ['vae_decoder', 'sample', 'pixels'],
      ['vae_encoder', 'latent_parameters', 'posterior_moments'],
    ] as const)
      renameOutput(join(folder, part, 'model.onnx'), from, to);
  });

  it('without its encoder a model says before any work that it edits nothing', () =>
    withModel(
      load([], (folder) => rmSync(join(folder, 'vae_encoder'), { recursive: true })),
      async (model) => {
        const clip = await Video.fromFrames(frames, { fps: 8 });
        await assert.rejects(model.editVideo(clip, 'a red balloon'), /no encoder of pictures \(vae_encoder\/model\.onnx.*not edit/s);
      },
    ));

  it('an encoder whose only output has another name is known by its channels', () =>
    withModel(
      load([], (folder) => renameOutput(join(folder, 'vae_encoder', 'model.onnx'), 'latent_parameters', 'posterior_moments')),
      async (model) => {
        assertClose(await model.encodeFrames(frames), await whole.encodeFrames(frames), 'latents', 0);
      },
    ));
});

/** Gives a value of a graph another name of the same length; in the file both stand behind their length. */
function renameOutput(file: string, from: string, to: string): void {
  const [before, after] = [from, to].map((name) => String.fromCharCode(name.length) + name) as [string, string];
  assert.equal(before.length, after.length);
  writeFileSync(file, readFileSync(file, 'latin1').replaceAll(before, after), 'latin1');
}
