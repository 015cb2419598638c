import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FrameloomError } from '../../src/pipeline/core/errors.js';
import { findModel } from '../../src/pipeline/networks/findModel.js';
import { installedModels } from '../../src/pipeline/networks/installedModels.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';

const good = path.join(__dirname, '..', 'parity', 'tiny-sd');

describe('what newcomers hand over in the place of a model gets the next step', () => {
  let folder: string;
  const environment = { ...process.env };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-handed-'));
    process.env.HF_HOME = path.join(folder, 'no-cache');
    delete process.env.HF_HUB_CACHE;
    delete process.env.FRAMELOOM_MODELS;
  });
  afterEach(() => {
    process.env = { ...environment };
    rmSync(folder, { recursive: true, force: true });
  });

  const at = (...parts: string[]) => path.join(folder, ...parts);
  const file = (...parts: string[]) => {
    mkdirSync(path.dirname(at(...parts)), { recursive: true });
    writeFileSync(at(...parts), 'weights');
    return at(...parts);
  };
  const put = (...parts: string[]) => {
    cpSync(good, at(...parts), { recursive: true });
    return at(...parts);
  };

  const gets = (title: string, given: () => string, ...mentions: RegExp[]) =>
    it(title, async () => {
      await assert.rejects(LatentDiffusionModel.fromPretrained(given()), (error: unknown) => {
        assert.ok(error instanceof FrameloomError, String(error));
        assert.match(error.code, /^FL_MODEL_(NOT_A_MODEL|NOT_FOUND|FILE_MISSING)$/);
        for (const mention of mentions) assert.match(error.message, mention);
        return true;
      });
    });

  gets('a Hub id', () => 'runwayml/stable-diffusion-v1-5', /Hugging Face Hub/, /hf download runwayml\/stable-diffusion-v1-5/);
  gets('an address of the Hub', () => 'https://huggingface.co/stabilityai/sd-turbo/tree/main', /hf download stabilityai\/sd-turbo/);
  gets('any other address', () => 'https://example.org/model.zip', /is an address/, /download/);
  for (const ending of ['ckpt', 'bin', 'pt'])
    gets(
      `a file .${ending}`,
      () => file(`dreamshaper_8.${ending}`),
      /Python pickle, which can run any program/,
      /\.safetensors/,
      /save_pretrained/,
    );
  for (const ending of ['zip', 'tar.gz']) gets(`a file .${ending}`, () => file(`model.${ending}`), /archive/, /Unpack/);
  gets('one graph', () => path.join(good, 'unet', 'model.onnx'), /is one graph/, /tiny-sd/);
  gets('model_index.json itself', () => path.join(good, 'model_index.json'), /give its folder/);
  gets('a LoRA', () => file('my_lora.safetensors'), /LoRA/, /loras: /);
  gets('a folder with a LoRA', () => path.dirname(file('style', 'pytorch_lora_weights.safetensors')), /LoRA/, /--lora/);
  gets(
    'a folder with one checkpoint',
    () => path.dirname(file('sd', 'v1-5-pruned.safetensors')),
    /v1-5-pruned\.safetensors/,
    /give its path/,
  );
  gets(
    'the folder of Wan as its makers give it',
    () => {
      writeFileSync(file('Wan2.1-T2V-1.3B', 'config.json'), '{"_class_name":"WanModel","dim":1536}');
      file('Wan2.1-T2V-1.3B', 'models_t5_umt5-xxl-enc-bf16.pth');
      return path.dirname(file('Wan2.1-T2V-1.3B', 'diffusion_pytorch_model.safetensors'));
    },
    /WanModel/,
    /pickles \(\.pth\)/,
    /Wan2\.1-T2V-1\.3B-Diffusers/,
    /option transformer/,
  );
  gets(
    'a folder of Wan without its table of contents',
    () => {
      cpSync(path.join(__dirname, '..', 'parity', 'checkpoints', 'wan'), at('wan'), { recursive: true });
      rmSync(at('wan', 'model_index.json'));
      return at('wan');
    },
    /has a transformer, but no model_index\.json/,
  );
  gets('a part of a model', () => path.join(good, 'unet'), /give the folder above|is one graph/, /tiny-sd/);
  gets('a folder with models inside', () => path.dirname(put('models', 'one')), /holds one: give .*one/);
  gets('a folder of several models', () => (put('models', 'one'), path.dirname(put('models', 'two'))), /holds 2/, /one/, /two/);
  gets('an empty folder', () => (mkdirSync(at('empty')), at('empty')), /unet.model\.onnx/);
  gets('a misspelt name', () => 'motion-stiker', /Did you mean "motion-stickers"\?/);
  gets('a name in other letters', () => 'Motion-Stickers', /Did you mean "motion-stickers"\?/);
  gets('nothing', () => '', /no model ""/);
  gets('a file that is not there', () => './weights/model.safetensors', /no file/);

  gets(
    'a folder of pickles',
    () => {
      const directory = put('torch');
      for (const part of ['unet', 'text_encoder', 'vae_encoder', 'vae_decoder']) rmSync(at('torch', part), { recursive: true });
      file('torch', 'unet', 'diffusion_pytorch_model.bin');
      file('torch', 'vae', 'diffusion_pytorch_model.bin');
      file('torch', 'text_encoder', 'pytorch_model.bin');
      return directory;
    },
    /pytorch_model\.bin holds weights as a Python pickle/,
    /\.safetensors only/,
  );

  it("the Hub's cache is opened at the commit of main, by path and by id", async () => {
    const repository = path.join('hub', 'models--org--tiny');
    put(repository, 'snapshots', 'aaa');
    put(repository, 'snapshots', 'bbb');
    mkdirSync(at(repository, 'refs'));
    writeFileSync(at(repository, 'refs', 'main'), 'aaa');
    const wanted = at(repository, 'snapshots', 'aaa');
    assert.equal(await findModel(at(repository)), wanted);
    assert.equal(await findModel(at(repository, 'snapshots')), wanted);
    process.env.HF_HUB_CACHE = at('hub');
    assert.equal(await findModel('org/tiny'), wanted);
    process.env.FRAMELOOM_MODELS = at('hub');
    assert.equal((await installedModels()).find(({ name }) => name === 'org/tiny')?.directory, wanted);
  });

  it('the list of models marks those that cannot be loaded, and why', async () => {
    put('models', 'whole');
    put('models', 'xl');
    mkdirSync(at('models', 'xl', 'text_encoder_2'));
    mkdirSync(at('models', 'notes'));
    process.env.FRAMELOOM_MODELS = at('models');
    const models = await installedModels();
    assert.deepEqual(
      models.map(({ name }) => name),
      ['whole', 'xl', 'motion-stickers'],
    );
    assert.equal(models[0]!.problem, undefined);
    assert.match(models[1]!.problem!, /Stable Diffusion XL/);
    assert.equal(models[2]!.problem, undefined);
  });

  describe('the list of models marks what loading would refuse, without reading weights:', () => {
    const marks = (title: string, spoil: (model: string) => void, reason: RegExp, loads = false) =>
      it(title, async () => {
        spoil(put('models', 'spoilt'));
        process.env.FRAMELOOM_MODELS = at('models');
        const spoilt = (await installedModels()).find(({ name }) => name === 'spoilt');
        assert.match(String(spoilt?.problem), reason);
        if (!loads) await assert.rejects(LatentDiffusionModel.fromPretrained('spoilt'), FrameloomError);
      });
    const graph = path.join('unet', 'model.onnx');

    marks('no tokenizer', (model) => rmSync(path.join(model, 'tokenizer'), { recursive: true }), /tokenizer\.json/);
    marks(
      'a broken tokenizer',
      (model) => writeFileSync(path.join(model, 'tokenizer', 'vocab.json'), '{'),
      /vocab\.json is not valid JSON/,
    );
    marks('an empty graph', (model) => writeFileSync(path.join(model, graph), ''), /model\.onnx is empty/);
    marks(
      'a graph that was not fetched',
      (model) => writeFileSync(path.join(model, graph), 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'),
      /not a whole ONNX model|no ONNX model/,
    );
    marks(
      'a graph that is cut off',
      (model) => writeFileSync(path.join(model, graph), readFileSync(path.join(good, graph)).subarray(0, 5000)),
      /not a whole ONNX model/,
    );
    marks('a part without a graph', (model) => rmSync(path.join(model, 'vae_decoder', 'model.onnx')), /vae_decoder/);
    // ONNX Runtime passes over a weight that no node uses, as this one is.
    marks(
      'weights in a second file that is not there',
      (model) => writeFileSync(path.join(model, graph), withWeightsElsewhere(readFileSync(path.join(good, graph)))),
      /lie in model\.onnx_data beside it, which is not there/,
      true,
    );
    marks(
      'weights in a second file that is too short',
      (model) => {
        writeFileSync(path.join(model, graph), withWeightsElsewhere(readFileSync(path.join(good, graph))));
        writeFileSync(path.join(model, 'unet', 'model.onnx_data'), 'short');
      },
      /has 5 of at least 4096 bytes/,
      true,
    );

    it('checkpoints, LoRAs and folders of models in the place of a model are listed with the next step, other files are not', async () => {
      file('models', 'dreamshaper.safetensors');
      file('models', 'style', 'pytorch_lora_weights.safetensors');
      file('models', 'readme.txt');
      file('models', 'notes', 'a.txt');
      put('models', 'more', 'one');
      process.env.FRAMELOOM_MODELS = at('models');
      const problems = Object.fromEntries((await installedModels()).map(({ name, problem }) => [name, problem]));
      assert.deepEqual(Object.keys(problems).sort(), ['dreamshaper', 'more', 'motion-stickers', 'style']);
      assert.match(problems.dreamshaper!, /no whole file of safetensors/);
      assert.match(problems.style!, /LoRA/);
      assert.match(problems.more!, /holds one: give/);
    });
  });
});

/** A graph with one more weight, 4 KiB in `model.onnx_data`: a second `graph` field, which protobuf merges into the first. */
function withWeightsElsewhere(graph: Buffer): Buffer {
  const field = (number: number, body: Buffer | string) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(Buffer.byteLength(body))]), Buffer.from(body)]);
  const entry = (key: string, value: string) => field(13, Buffer.concat([field(1, key), field(2, value)]));
  const tensor = Buffer.concat([
    Buffer.from([0x08, ...varint(1024), 0x10, 1]),
    field(8, 'elsewhere'),
    entry('location', 'model.onnx_data'),
    entry('offset', '0'),
    entry('length', '4096'),
    Buffer.from([0x70, 1]),
  ]);
  return Buffer.concat([graph, field(7, field(5, tensor))]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
