import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FrameloomError } from '../../src/pipeline/errors.js';
import { LatentDiffusionModel } from '../../src/pipeline/model/latentDiffusionModel.js';

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

  it('loads while it is whole', async () => {
    const model = await LatentDiffusionModel.fromPretrained(folder);
    await model.release();
  });

  it('a name that is not installed lists those that are', async () => {
    await assert.rejects(LatentDiffusionModel.fromPretrained('motion-stikers'), /no model "motion-stikers".*motion-stickers/s);
  });

  fails('no UNet', () => rmSync(at('unet'), { recursive: true }), 'FL_MODEL_FILE_MISSING', /unet.model\.onnx/, /vae_decoder\/model\.onnx/);
  fails('no tokenizer', () => rmSync(at('tokenizer'), { recursive: true }), 'FL_MODEL_FILE_MISSING', /tokenizer\.json/);
  fails('no merges', () => rmSync(at('tokenizer', 'merges.txt')), 'FL_MODEL_FILE_MISSING', /merges\.txt/);
  fails('a config that is cut off', () => writeFileSync(at('scheduler', 'scheduler_config.json'), '{"beta_start": 0.0'), 'FL_MODEL_JSON', /scheduler_config\.json/);
  fails('a Git LFS pointer in place of a graph', () => writeFileSync(at('unet', 'model.onnx'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'), 'FL_MODEL_LOAD', /damaged|pointer/);
  fails('a graph cut off in the middle', () => writeFileSync(at('vae_decoder', 'model.onnx'), readFileSync(at('vae_decoder', 'model.onnx')).subarray(0, 5000)), 'FL_MODEL_LOAD', /download it again/);
  fails('the VAE encoder in the place of the UNet', () => cpSync(at('vae_encoder', 'model.onnx'), at('unet', 'model.onnx')), 'FL_MODEL_TENSOR', /unet.model\.onnx/, /timestep/, /encoder_hidden_states/);
  fails('the decoder in the place of the encoder', () => cpSync(at('vae_decoder', 'model.onnx'), at('vae_encoder', 'model.onnx')), 'FL_MODEL_TENSOR', /sample/);
  fails("another model's text encoder", () => cpSync(path.join(embedded, 'text_encoder', 'model.onnx'), at('text_encoder', 'model.onnx')), 'FL_MODEL_TENSOR', /channels/, /one/);
  fails('a scheduler setting that does not exist', () => writeFileSync(at('scheduler', 'scheduler_config.json'), '{"_class_name":"DDIMScheduler","beta_schedule":"wavy"}'), 'FL_SCHEDULER_CONFIG', /wavy/, /scaled_linear/);

  it("Python's -Infinity in a scheduler file is read", async () => {
    writeFileSync(at('scheduler', 'scheduler_config.json'), '{"_class_name":"DPMSolverMultistepScheduler","beta_schedule":"scaled_linear","lambda_min_clipped": -Infinity}');
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
  refuses('an unknown scheduler', { scheduler: 'dpm++ 9M' }, /no scheduler.*dpmpp_2m_karras/s);
  refuses('half a frame', { numFrames: 0.5 }, /numFrames is 0\.5/);
});
