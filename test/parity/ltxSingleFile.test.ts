import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ltxVaeTensorName } from '../../src/pipeline/checkpoints/ltxNames.js';
import { inferLtxVaeConfig } from '../../src/pipeline/checkpoints/ltxVaeConfig.js';
import type { Frame, SafetensorsEntry } from '../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import type { Video } from '../../src/pipeline/video/index.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';

/** Names in the makers' spelling, by diffusers' converters, with what they become. */
type Names = Record<string, string>;

const { transformer, vae, timedVae, released } = JSON.parse(readFileSync(join(__dirname, 'reference', 'ltxSingle.json'), 'utf8')) as {
  transformer: Names;
  vae: Names;
  timedVae: Names;
  released: Record<'0.9.0' | '0.9.1' | '0.9.5', { config: Record<string, unknown>; tensors: Record<string, [string, number[]]> }>;
};

interface Header {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** A file of safetensors with the tensors of others, under other names. */
function singleFile(target: string, parts: readonly [folder: string, names: Names][], metadata: Record<string, string>): void {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const data: Buffer[] = [];
  let at = 0;
  for (const [folder, names] of parts) {
    const bytes = readFileSync(join(folder, 'diffusion_pytorch_model.safetensors'));
    const length = Number(bytes.readBigUInt64LE());
    const found = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, Header>;
    for (const [own, name] of Object.entries(names)) {
      const { dtype, shape, data_offsets } = found[name]!;
      const values = bytes.subarray(8 + length + data_offsets[0], 8 + length + data_offsets[1]);
      header[own] = { dtype, shape, data_offsets: [at, at + values.length] };
      data.push(values);
      at += values.length;
    }
  }
  const text = Buffer.from(JSON.stringify(header).padEnd(8 * Math.ceil(JSON.stringify(header).length / 8)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(target, Buffer.concat([size, text, ...data]));
}

async function framesOf(video: Video): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return frames;
}

/** What the makers write into a file; the tiny transformer has fewer heads than those that were released. */
const metadata = (further: object = {}) => ({ config: JSON.stringify({ transformer: { num_attention_heads: 4, ...further } }) });
const options = { numFrames: 9, width: 64, height: 32, numInferenceSteps: 3, seed: 3, guidanceScale: 2 };

describe('LTX-Video in one file', () => {
  const later = checkpointFolder('ltx', 'ltx-timed');
  const folder = mkdtempSync(join(tmpdir(), 'frameloom-ltx-'));
  const file = (name: string) => join(folder, name);
  const parts = {
    transformer: [checkpoint('ltx', 'transformer'), transformer],
    vae: [checkpoint('ltx', 'vae'), vae],
    timedVae: [checkpoint('ltx-timed', 'vae'), timedVae],
  } as const;
  before(() => {
    singleFile(
      file('ltx-video-2b-v0.9.safetensors'),
      [parts.transformer, parts.vae].map(([place, names]) => [place, names]),
      metadata(),
    );
    singleFile(
      file('ltx-video-2b-v0.9.5.safetensors'),
      [parts.transformer, parts.timedVae].map(([place, names]) => [place, names]),
      metadata(),
    );
    singleFile(file('transformer-alone.safetensors'), [[...parts.transformer]], metadata({ causal_temporal_positioning: true }));
    singleFile(
      file('ltxv-2b-0.9.6-distilled.safetensors'),
      [parts.transformer, parts.timedVae].map(([place, names]) => [place, names]),
      metadata(),
    );
  });
  after(() => {
    later.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [name, like] of [
    ['ltx-video-2b-v0.9.safetensors', checkpoint('ltx')],
    ['ltx-video-2b-v0.9.5.safetensors', later.folder],
  ] as const)
    it(`${name} makes what its folder in diffusers' layout makes, bit for bit`, async () => {
      const [single, whole] = [
        await LatentDiffusionModel.fromPretrained(file(name), { threads: 1, textEncoder: checkpoint('ltx') }),
        await LatentDiffusionModel.fromPretrained(like, { threads: 1 }),
      ];
      try {
        assert.equal(single.family, 'LTX-Video');
        assert.equal(single.name, name.replace('.safetensors', ''));
        assert.deepEqual(single.recommended, whole.recommended);
        const made = await framesOf(await single.generateVideo('a hot air balloon', options));
        assert.deepEqual(made, await framesOf(await whole.generateVideo('a hot air balloon', options)));
        const clip = await whole.generateVideo('a', { ...options, numInferenceSteps: 2 });
        const edit = { width: 64, height: 32, numInferenceSteps: 3, strength: 0.7, seed: 4 };
        assert.deepEqual(await framesOf(await single.editVideo(clip, 'a', edit)), await framesOf(await whole.editVideo(clip, 'a', edit)));
      } finally {
        await single.release();
        await whole.release();
      }
    });

  it('a transformer alone takes the autoencoder beside it, and the text encoder by its own folder', async () => {
    const given = { threads: 1, vae: join(later.folder, 'vae'), textEncoder: checkpoint('ltx', 'text_encoder') };
    const model = await LatentDiffusionModel.fromPretrained(file('transformer-alone.safetensors'), given);
    const whole = await LatentDiffusionModel.fromPretrained(later.folder, { threads: 1 });
    try {
      assert.deepEqual(await framesOf(await model.generateVideo('a', options)), await framesOf(await whole.generateVideo('a', options)));
    } finally {
      await model.release();
      await whole.release();
    }
  });

  it('a distilled one, told by its name, takes eight steps without guidance', async () => {
    const model = await LatentDiffusionModel.fromPretrained(file('ltxv-2b-0.9.6-distilled.safetensors'), {
      textEncoder: checkpoint('ltx'),
    });
    assert.deepEqual([model.recommended.numInferenceSteps, model.recommended.guidanceScale], [8, 1]);
    await model.release();
  });

  for (const [version, { config, tensors }] of Object.entries(released))
    it(`the names and shapes of the autoencoder of ${version} tell the settings that diffusers has for it`, () => {
      const layout = {
        encoder: version === '0.9.5' ? '0.9.5' : '0.9.0',
        decoder: version === '0.9.0' ? '0.9.0' : '0.9.1',
      } as const;
      const found = new Map<string, SafetensorsEntry>();
      for (const [own, [name, dims]] of Object.entries(tensors)) {
        assert.equal(ltxVaeTensorName(own.slice('vae.'.length), layout), name);
        found.set(name, { dims } as unknown as SafetensorsEntry);
      }
      const inferred = inferLtxVaeConfig(found, layout, 'file') as Record<string, unknown>;
      for (const [key, value] of Object.entries(inferred)) {
        if (key === '_class_name') continue;
        // Lists that are longer than the levels say nothing at their ends.
        const expected =
          Array.isArray(value) && Array.isArray(config[key]) ? (config[key] as unknown[]).slice(0, value.length) : config[key];
        assert.deepEqual(value, expected, key);
      }
    });

  it('says what is missing, and what to get, before anything is read', async () => {
    const refused = (name: string, given: object, message: RegExp, code: string) =>
      assert.rejects(LatentDiffusionModel.fromPretrained(file(name), { threads: 1, ...given }), { code, message });
    const name = 'ltx-video-2b-v0.9.safetensors';
    await refused(
      name,
      {},
      /no text encoder.*T5-v1\.1-xxl.*text_encoder\/ and tokenizer\/ of Lightricks\/LTX-Video.*textEncoder \(--text-encoder\)/,
      'FL_MODEL_FILE_MISSING',
    );
    await refused(name, { textEncoder: checkpoint('taesd') }, /taesd holds no T5 text encoder/, 'FL_MODEL_NOT_A_MODEL');
    await refused('transformer-alone.safetensors', { textEncoder: checkpoint('ltx') }, /no autoencoder.*vae\//, 'FL_MODEL_FILE_MISSING');
    for (const option of ['variant', 'transformer', 'motionAdapter', 'controlNet'])
      await refused(
        name,
        { [option]: 'x', textEncoder: checkpoint('ltx') },
        new RegExp(`LTX-Video in one file. Leave ${option} out`),
        'FL_ARGUMENT',
      );
    await assert.rejects(LatentDiffusionModel.fromPretrained(checkpoint('ltx'), { textEncoder: checkpoint('ltx') }), {
      code: 'FL_ARGUMENT',
      message: /textEncoder/,
    });
    singleFile(
      file('ltx2.safetensors'),
      [[parts.transformer[0], { ...transformer, 'model.diffusion_model.audio_patchify_proj.weight': 'proj_in.weight' }]],
      {},
    );
    await refused('ltx2.safetensors', {}, /LTX-2, which makes sound/, 'FL_MODEL_UNSUPPORTED');
    const { 'vae.decoder.conv_out.conv.weight': _, ...half } = vae;
    singleFile(file('half.safetensors'), [[...parts.transformer], [parts.vae[0], half]], metadata());
    await refused('half.safetensors', { textEncoder: checkpoint('ltx') }, /decoder\.conv_out/, 'FL_CHECKPOINT_TENSOR');
    singleFile(
      file('more.safetensors'),
      [[...parts.transformer], [parts.vae[0], { ...vae, 'vae.encoder.down_blocks.77.conv': 'latents_mean' }]],
      metadata(),
    );
    await refused('more.safetensors', { textEncoder: checkpoint('ltx') }, /down_blocks\.77/, 'FL_CHECKPOINT_TENSOR');
  });
});
