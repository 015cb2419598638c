import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FrameloomError } from '../../src/pipeline/core/errors.js';
import { Graph } from '../../src/pipeline/networks/graph.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { WireWriter } from '../../src/pipeline/onnx/wireWriter.js';
import { declared, node, withFile } from '../unit/pipeline/onnx/onnxFile.js';

const good = path.join(__dirname, '..', 'parity', 'tiny-sd');
const embedded = path.join(__dirname, '..', '..', 'models', 'motion-stickers');

describe('a model directory that is wrong gets one error that says what and what to do', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-model-'));
    cpSync(good, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const at = (...parts: string[]) => path.join(folder, ...parts);

  /** Breaks the copy, then asserts the code and what the message names. */
  const fails = (title: string, breakIt: () => void, code: string, ...mentions: RegExp[]) =>
    it(title, async () => {
      breakIt();
      await assert.rejects(LatentDiffusionModel.fromPretrained(folder), (error: unknown) => {
        assert.ok(error instanceof FrameloomError, String(error));
        assert.equal(error.code, code, error.message);
        for (const mention of mentions) assert.match(error.message, mention);
        return true;
      });
    });

  const changeJson = (file: string, changes: object) =>
    writeFileSync(at(file), JSON.stringify({ ...JSON.parse(readFileSync(at(file), 'utf8')), ...changes }));

  it('loads while it is whole', async () => {
    const model = await LatentDiffusionModel.fromPretrained(folder);
    await model.release();
  });

  it('a name that is not installed lists those that are', async () => {
    await assert.rejects(LatentDiffusionModel.fromPretrained('motion-stikers'), /no model "motion-stikers".*motion-stickers/s);
  });

  fails(
    'no UNet',
    () => rmSync(at('unet'), { recursive: true }),
    'FL_MODEL_FILE_MISSING',
    /unet.model\.onnx/,
    /vae_decoder\/ with model\.onnx/,
  );
  fails('no tokenizer', () => rmSync(at('tokenizer'), { recursive: true }), 'FL_MODEL_FILE_MISSING', /tokenizer\.json/);
  fails('no merges', () => rmSync(at('tokenizer', 'merges.txt')), 'FL_MODEL_FILE_MISSING', /merges\.txt/);
  fails(
    'a config that is cut off',
    () => writeFileSync(at('scheduler', 'scheduler_config.json'), '{"beta_start": 0.0'),
    'FL_MODEL_JSON',
    /scheduler_config\.json/,
  );
  fails(
    'a Git LFS pointer in place of a graph',
    () => writeFileSync(at('unet', 'model.onnx'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
    'FL_MODEL_LOAD',
    /damaged|pointer/,
  );
  fails(
    'a graph cut off in the middle',
    () => writeFileSync(at('vae_decoder', 'model.onnx'), readFileSync(at('vae_decoder', 'model.onnx')).subarray(0, 5000)),
    'FL_MODEL_LOAD',
    /download it again/,
  );
  fails(
    'the VAE encoder in the place of the UNet',
    () => cpSync(at('vae_encoder', 'model.onnx'), at('unet', 'model.onnx')),
    'FL_MODEL_TENSOR',
    /unet.model\.onnx/,
    /timestep/,
    /encoder_hidden_states/,
  );
  fails(
    'the decoder in the place of the encoder',
    () => cpSync(at('vae_decoder', 'model.onnx'), at('vae_encoder', 'model.onnx')),
    'FL_MODEL_TENSOR',
    /sample/,
  );
  fails(
    "another model's text encoder",
    () => cpSync(path.join(embedded, 'text_encoder', 'model.onnx'), at('text_encoder', 'model.onnx')),
    'FL_MODEL_TENSOR',
    /channels/,
    /one/,
  );
  fails(
    'a scheduler setting that does not exist',
    () => writeFileSync(at('scheduler', 'scheduler_config.json'), '{"_class_name":"DDIMScheduler","beta_schedule":"wavy"}'),
    'FL_SCHEDULER_CONFIG',
    /wavy/,
    /scaled_linear/,
  );

  for (const [shape, text] of [
    ['a list', '[1, 2]'],
    ['a number', '5'],
    ['null', 'null'],
    ['text', '"StableDiffusionPipeline"'],
    ['nothing', ''],
  ] as const) {
    for (const file of ['model_index.json', 'scheduler/scheduler_config.json', 'unet/config.json']) {
      fails(
        `${file} that holds ${shape}`,
        () => writeFileSync(at(file), text),
        'FL_MODEL_JSON',
        new RegExp(path.basename(file).replace('.', '\\.')),
      );
    }
  }
  for (const [key, value] of Object.entries({
    beta_start: 'small',
    num_train_timesteps: 0,
    set_alpha_to_one: 3,
    trained_betas: 'none',
    steps_offset: [1],
  })) {
    fails(
      `a scheduler whose ${key} is ${JSON.stringify(value)}`,
      () => changeJson('scheduler/scheduler_config.json', { [key]: value }),
      'FL_SCHEDULER_CONFIG',
      /must be/,
    );
  }
  fails(
    'a scheduler class that is a number',
    () => changeJson('scheduler/scheduler_config.json', { _class_name: 7 }),
    'FL_SCHEDULER_CONFIG',
    /_class_name is 7/,
  );
  for (const name of ['DDPMWuerstchenScheduler', 'UnCLIPScheduler', 'CogVideoXDDIMScheduler', 'ScoreSdeVeScheduler', 'toString']) {
    fails(
      `the scheduler ${name}`,
      () => writeFileSync(at('scheduler', 'scheduler_config.json'), JSON.stringify({ _class_name: name })),
      'FL_MODEL_UNSUPPORTED',
      new RegExp(name),
    );
  }

  const index = (name: string) => () => changeJson('model_index.json', { _class_name: name });
  for (const [name, kind] of Object.entries({
    StableDiffusionXLPipeline: /Stable Diffusion XL/,
    StableDiffusion3Pipeline: /Stable Diffusion 3/,
    FluxPipeline: /Flux/,
    StableVideoDiffusionPipeline: /Stable Video Diffusion/,
    WanImageToVideoPipeline: /Wan from image to video/,
    LTX2Pipeline: /LTX-2/,
    CogVideoXPipeline: /CogVideoX/,
    StableCascadeCombinedPipeline: /Würstchen/,
    KandinskyV22CombinedPipeline: /Kandinsky/,
    UnCLIPPipeline: /unCLIP/,
    StableDiffusionUpscalePipeline: /upscaler/,
  })) {
    // Broken weights show that the name is told before they are read.
    fails(
      `${name} in model_index.json`,
      () => [index(name)(), writeFileSync(at('unet', 'model.onnx'), 'weights')],
      'FL_MODEL_UNSUPPORTED',
      kind,
      /Stable Diffusion 1\.x/,
    );
  }
  const parts: [string, string[], string[], RegExp][] = [
    ['Flux by its folders', ['transformer', 'text_encoder_2'], ['unet'], /Flux/],
    ['Stable Diffusion 3 by its folders', ['transformer', 'text_encoder_2', 'text_encoder_3'], ['unet'], /Stable Diffusion 3/],
    ['Stable Diffusion XL by its folders', ['text_encoder_2'], [], /Stable Diffusion XL/],
    ['Stable Video Diffusion by its folders', ['image_encoder'], ['text_encoder'], /Stable Video Diffusion/],
    ['a ControlNet by itself', ['controlnet'], ['unet'], /ControlNet/],
  ];
  for (const [title, added, removed, kind] of parts) {
    fails(
      title,
      () => {
        rmSync(at('model_index.json'));
        for (const part of added) mkdirSync(at(part));
        for (const part of removed) rmSync(at(part), { recursive: true });
      },
      'FL_MODEL_UNSUPPORTED',
      kind,
    );
  }

  fails(
    'a transformer by its folder',
    () => {
      changeJson('model_index.json', { _class_name: 'SomethingNewPipeline' });
      mkdirSync(at('transformer'));
      rmSync(at('unet'), { recursive: true });
    },
    'FL_MODEL_UNSUPPORTED',
    /a diffusion transformer/,
  );

  const unetInputs =
    (...inputs: [string, (number | string)[]][]) =>
    () =>
      writeFileSync(at('unet', 'model.onnx'), graphWithInputs(inputs));
  const sample = (channels: number): [string, (number | string)[]] => ['sample', ['batch', channels, 'height', 'width']];
  fails('a depth-to-image UNet', unetInputs(sample(5)), 'FL_MODEL_UNSUPPORTED', /depth-to-image/, /5 latent channels/);
  fails('an upscaling UNet', unetInputs(sample(7)), 'FL_MODEL_UNSUPPORTED', /upscaler/);
  fails(
    'a UNet of Stable Diffusion XL',
    unetInputs(sample(4), ['text_embeds', ['batch', 1280]], ['time_ids', ['batch', 6]]),
    'FL_MODEL_UNSUPPORTED',
    /Stable Diffusion XL/,
  );
  fails(
    'a UNet of Stable Video Diffusion',
    unetInputs(sample(8), ['added_time_ids', ['batch', 3]]),
    'FL_MODEL_UNSUPPORTED',
    /Stable Video Diffusion/,
  );
  fails(
    'a UNet that wants a ControlNet',
    unetInputs(sample(4), ['down_block_0_additional_residual', ['batch', 320, 'h', 'w']]),
    'FL_MODEL_UNSUPPORTED',
    /ControlNet/,
  );
  fails(
    'a UNet optimised for a GPU',
    () => writeFileSync(at('unet', 'model.onnx'), gpuGraph()),
    'FL_MODEL_LOAD',
    /CUDA or DirectML/,
    /GroupNorm/,
    /plain export/,
  );
  it('what ONNX Runtime says of such a graph gets the same advice', () =>
    withFile(gpuGraph(), (file) =>
      assert.rejects(
        Graph.load(file),
        (error: FrameloomError) =>
          error.code === 'FL_MODEL_LOAD' && /GroupNorm/.test(error.message) && /optimised for a GPU.*plain CPU export/.test(error.message),
      ),
    ));

  describe('from a stranger', () => {
    const deep = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
    const texts = [
      'model_index.json',
      'scheduler/scheduler_config.json',
      'unet/config.json',
      'vae_decoder/config.json',
      'text_encoder/config.json',
      'tokenizer/tokenizer_config.json',
      'tokenizer/special_tokens_map.json',
      'tokenizer/vocab.json',
      'tokenizer/merges.txt',
      'tokenizer/tokenizer.json',
      'vocabulary.json',
    ];
    const graphs = ['unet/model.onnx', 'text_encoder/model.onnx', 'vae_decoder/model.onnx', 'vae_encoder/model.onnx'];
    const replaced = (file: string, make: (place: string) => void) => () => {
      rmSync(at(file), { force: true });
      make(at(file));
    };

    for (const file of [...texts, ...graphs]) {
      const name = new RegExp(path.basename(file).replace('.', '\\.'));
      if (process.platform !== 'win32') {
        fails(
          `${file} that is a pipe`,
          replaced(file, (place) => execFileSync('mkfifo', [place])),
          'FL_MODEL_FILE',
          name,
          /is a pipe/,
          /again/,
        );
        fails(
          `${file} that is a device without an end`,
          replaced(file, (place) => symlinkSync('/dev/zero', place)),
          'FL_MODEL_FILE',
          name,
          /device/,
        );
      }
      fails(
        `${file} that is a folder`,
        replaced(file, (place) => mkdirSync(place)),
        'FL_MODEL_FILE',
        name,
        /is a folder/,
      );
    }
    if (process.platform !== 'win32')
      fails(
        'a pipe beside a graph, where its weights could be',
        () => execFileSync('mkfifo', [at('unet', 'weights.pb')]),
        'FL_MODEL_FILE',
        /weights\.pb is a pipe/,
      );
    for (const file of texts) {
      fails(
        `${file} of 20 GB`,
        replaced(file, (place) => (writeFileSync(place, '{'), truncateSync(place, 20 * 2 ** 30))),
        'FL_MODEL_FILE',
        /has 21474836480 bytes/,
      );
      if (file.endsWith('.json'))
        for (const levels of [100, 100_000])
          fails(
            `${file} that nests ${levels} levels deep`,
            () => writeFileSync(at(file), `{"a":${deep(levels)}}`),
            'FL_MODEL_JSON',
            /nested more than 64 levels/,
          );
    }

    const traps = [-1, 'x', [], { toString: 1, valueOf: 1 }, true, 1e300];
    const fields: Record<string, readonly string[]> = {
      'unet/config.json': ['in_channels', 'sample_size', 'num_frames', 'block_out_channels', 'latent_size_multiple', 'time_cond_proj_dim'],
      'vae_decoder/config.json': ['scaling_factor', 'shift_factor', 'vae_scale_factor', 'block_out_channels'],
      'model_index.json': ['recommended_settings'],
      'text_encoder/config.json': ['model_type', 'use_attention_mask'],
      'tokenizer/tokenizer_config.json': ['bos_token', 'unk_token'],
      'tokenizer/special_tokens_map.json': ['eos_token'],
      'vocabulary.json': ['order', 'values', 'synonyms'],
    };
    for (const [file, names] of Object.entries(fields)) {
      for (const name of names) {
        it(`${file} whose ${name} is no such thing`, async () => {
          const whole = file === 'vocabulary.json' ? {} : (JSON.parse(readFileSync(at(file), 'utf8')) as object);
          for (const value of traps) {
            // Some of them are good for some fields.
            if (
              (name === 'recommended_settings' && typeof value === 'object' && !Array.isArray(value)) ||
              (name === 'use_attention_mask' && value === true) ||
              (/token$|model_type/.test(name) && value === 'x') ||
              (name === 'shift_factor' && value === -1) ||
              (name === 'scaling_factor' && value === -1)
            )
              continue;
            writeFileSync(at(file), JSON.stringify({ ...whole, [name]: value }));
            await assert.rejects(
              LatentDiffusionModel.fromPretrained(folder),
              { code: 'FL_MODEL_JSON', message: new RegExp(`${path.basename(file).replace('.', '\\.')}.*${name}`) },
              `${name} = ${JSON.stringify(value)}`,
            );
          }
        });
      }
    }
    for (const value of [{ fps: -3 }, { num_inference_steps: 1e9 }, { guidance_scale: 'much' }, { max_frames: [1] }])
      fails(
        `recommended settings of ${JSON.stringify(value)}`,
        () => changeJson('model_index.json', { recommended_settings: value }),
        'FL_MODEL_JSON',
        new RegExp(Object.keys(value)[0]!),
      );
    it('fields that are null are left out', async () => {
      changeJson('unet/config.json', { sample_size: null, num_frames: null });
      changeJson('vae_decoder/config.json', { shift_factor: null });
      await (await LatentDiffusionModel.fromPretrained(folder)).release();
    });
    for (const [name, value] of Object.entries({
      num_train_timesteps: 3e7,
      steps_offset: 1e12,
      original_inference_steps: 3e7,
      solver_order: 1e9,
      beta_schedule: 'x'.repeat(5000),
      trained_betas: Array<number>(200_000).fill(0.1),
    })) {
      fails(
        `a scheduler whose ${name} would take for ever`,
        () => changeJson('scheduler/scheduler_config.json', { [name]: value }),
        'FL_SCHEDULER_CONFIG',
        new RegExp(name),
      );
    }

    for (const [title, vocab] of Object.entries({
      'a list': [1],
      nothing: {},
      'a text as id': { a: 'b' },
      'an id below zero': { a: -1 },
      'a huge id': { a: 1e12 },
      'an object as id': { a: { valueOf: 1 } },
    })) {
      fails(
        `a vocabulary of ${title}`,
        () => writeFileSync(at('tokenizer', 'vocab.json'), JSON.stringify(vocab)),
        'FL_MODEL_JSON',
        /vocab\.json/,
      );
    }
    fails(
      'merges that are no pairs',
      () => writeFileSync(at('tokenizer', 'merges.txt'), 'one\ntwo words here\n'),
      'FL_MODEL_JSON',
      /merges\.txt/,
      /pairs/,
    );
    const tokenizer = (changes: object) => () =>
      writeFileSync(
        at('tokenizer', 'tokenizer.json'),
        JSON.stringify({ ...(JSON.parse(readFileSync(path.join(embedded, 'tokenizer', 'tokenizer.json'), 'utf8')) as object), ...changes }),
      );
    const slow = { Regex: '(\\w|\\s|[a-z])+\\d{3}$' };
    for (const [title, changes, code] of [
      ['without a model', { model: null }, 'FL_MODEL_JSON'],
      ['whose model has no vocabulary', { model: { type: 'WordLevel' } }, 'FL_MODEL_JSON'],
      ['with added tokens that are none', { added_tokens: [{ id: -1, content: 5 }] }, 'FL_MODEL_JSON'],
      ['of a kind that nobody knows', { model: { type: 'Telepathy', vocab: { a: 1 } } }, 'FL_MODEL_TOKENIZER'],
      ['with a normalizer that is none', { normalizer: { type: 'Sequence', normalizers: 7 } }, 'FL_MODEL_TOKENIZER'],
      ['whose post-processor is none', { post_processor: { type: 'Sequence', processors: 5 } }, 'FL_MODEL_TOKENIZER'],
      ['with a pattern that never ends', { normalizer: { type: 'Replace', pattern: slow, content: '' } }, 'FL_MODEL_TOKENIZER'],
      [
        'that splits by a pattern that never ends',
        { pre_tokenizer: { type: 'Split', pattern: slow, behavior: 'Isolated', invert: false } },
        'FL_MODEL_TOKENIZER',
      ],
      ['with a pattern that is none', { normalizer: { type: 'Replace', pattern: { Regex: '(((' }, content: '' } }, 'FL_MODEL_TOKENIZER'],
      [
        'that doubles a text for ever',
        { normalizer: { type: 'Sequence', normalizers: Array(40).fill({ type: 'Replace', pattern: { Regex: 'a' }, content: 'aa' }) } },
        'FL_MODEL_TOKENIZER',
      ],
    ] as const)
      fails(`a tokenizer ${title}`, tokenizer(changes), code, /tokenizer/, /again/);
  });

  it("Python's -Infinity in a scheduler file is read", async () => {
    writeFileSync(
      at('scheduler', 'scheduler_config.json'),
      '{"_class_name":"DPMSolverMultistepScheduler","beta_schedule":"scaled_linear","lambda_min_clipped": -Infinity}',
    );
    const model = await LatentDiffusionModel.fromPretrained(folder);
    assert.equal(model.scheduler.className, 'DPMSolverMultistepScheduler');
    await model.release();
  });
});

describe('options that cannot be used name the option and what would do', () => {
  let model: LatentDiffusionModel;
  before(async () => (model = await LatentDiffusionModel.fromPretrained(embedded)));
  after(() => model.release());

  const refuses = (title: string, options: object, message: RegExp) =>
    it(title, () => assert.rejects(model.generateVideo('a star', options), message));

  refuses('a size off the grid', { width: 100 }, /width is 100.*multiple of 32.*96/s);
  refuses('no steps', { numInferenceSteps: 0 }, /numInferenceSteps is 0.*1 to 1000/s);
  refuses('a seed that is no whole number', { seed: 1.5 }, /seed is 1\.5.*whole number/s);
  refuses('guidance that is no number', { guidanceScale: NaN }, /guidanceScale is NaN/);
  refuses('an unknown scheduler', { scheduler: 'dpm++ 9M' }, /no scheduler.*Did you mean/s);
  refuses('half a frame', { numFrames: 0.5 }, /numFrames is 0\.5/);
});

/** A graph that is nothing but its declared inputs. */
function graphWithInputs(inputs: readonly [string, (number | string)[]][]): Buffer {
  const graph = new WireWriter().bytes(1, node({ op: 'Identity', inputs: ['sample'], outputs: ['out_sample'] })).bytes(2, 'graph');
  for (const [name, dims] of inputs) graph.bytes(11, declared(name, dims));
  graph.bytes(12, declared('out_sample', inputs[0]![1]));
  return new WireWriter().integer(1, 8).bytes(7, graph).bytes(8, new WireWriter().bytes(1, '').integer(2, 17)).finish();
}

/** A graph with a group normalisation as ONNX Runtime's optimiser for Stable Diffusion writes it. */
function gpuGraph(): Buffer {
  const attribute = (name: string, value: number) => new WireWriter().bytes(1, name).integer(3, value).integer(20, 2);
  const extra = new WireWriter().bytes(7, 'com.microsoft').bytes(5, attribute('groups', 2)).bytes(5, attribute('activation', 0)).finish();
  const graph = new WireWriter()
    .bytes(1, node({ op: 'GroupNorm', inputs: ['sample', 'gamma', 'beta'], outputs: ['out_sample'], extra }))
    .bytes(2, 'graph');
  for (const [name, dims] of [
    ['sample', [1, 4, 8, 4]],
    ['gamma', [4]],
    ['beta', [4]],
  ] as const)
    graph.bytes(11, declared(name, dims));
  graph.bytes(12, declared('out_sample', [1, 4, 8, 4]));
  const opset = (domain: string, version: number) => new WireWriter().bytes(1, domain).integer(2, version);
  return new WireWriter().integer(1, 8).bytes(7, graph).bytes(8, opset('', 17)).bytes(8, opset('com.microsoft', 1)).finish();
}
