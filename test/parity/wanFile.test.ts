import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor } from '../../src/pipeline/core/index.js';
import { LatentDiffusionModel } from '../../src/pipeline/pipelines/latentDiffusionModel.js';
import { checkpoint, checkpointFolder } from './checkpointFolder.js';
import { assertClose } from './closeTo.js';
import { ReferenceFile } from './referenceFile.js';

interface Index {
  /** diffusers' names by Wan's own, as diffusers' converter has them. */
  original_names: Record<string, string>;
}

describe("a Wan transformer in one file, in Wan's own names", () => {
  const reference = new ReferenceFile<Index>('wanVace');
  const { original_names: converted } = reference.index;
  const folder = mkdtempSync(join(tmpdir(), 'frameloom-wan-'));
  after(() => rmSync(folder, { recursive: true }));
  let files = 0;
  const weights = (...place: string[]) => checkpoint(...place, 'transformer', 'diffusion_pytorch_model.safetensors');

  /** The checkpoint's file with other names in its header. */
  function renamed(from: string, name: (theirs: string) => string | undefined): string {
    const bytes = readFileSync(from);
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, unknown>;
    const entries = Object.entries(header).map(([key, value]) => [key === '__metadata__' ? key : (name(key) ?? key), value]);
    const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(json.length));
    const file = join(folder, `wan${++files}.safetensors`);
    writeFileSync(file, Buffer.concat([size, json, bytes.subarray(8 + length)]));
    return file;
  }

  const own = new Map(Object.entries(converted).map(([original, theirs]) => [theirs, original]));

  async function latentsOf(place: string, transformer?: string): Promise<{ family: string; latents: Tensor }> {
    const model = await LatentDiffusionModel.fromPretrained(place, { threads: 1, ...(transformer === undefined ? {} : { transformer }) });
    try {
      let latents: Tensor | undefined;
      await model.generateVideo('a', {
        ...{ numFrames: 5, width: 32, height: 32, numInferenceSteps: 2, guidanceScale: 1, seed: 3 },
        callbackOnStepEnd: (state) => void (latents = state.latents),
      });
      return { family: model.family, latents: latents! };
    } finally {
      await model.release();
    }
  }

  it('the names are those of diffusers’ converter, of every tensor', () => {
    assert.ok(own.size > 90);
    assert.equal(own.get('blocks.1.norm2.weight'), 'blocks.1.norm3.weight');
  });

  for (const [title, prefix] of [
    ['as its makers have it', ''],
    ['as ComfyUI has it', 'model.diffusion_model.'],
  ] as const)
    it(`VACE over the folder of a plain Wan, ${title}: the numbers of the folder of a VACE`, async () => {
      const vace = checkpointFolder('wan', 'wan-vace');
      try {
        const file = renamed(weights('wan-vace'), (theirs) => `${prefix}${own.get(theirs)}`);
        const [ofFile, ofFolder] = [await latentsOf(checkpoint('wan'), file), await latentsOf(vace.folder)];
        assert.equal(ofFile.family, 'Wan 2.1 VACE');
        assert.deepEqual(ofFile.latents, ofFolder.latents);
      } finally {
        vace.remove();
      }
    });

  it('a plain one, under diffusers’ names and in the folder itself, is the same', async () => {
    const expected = await latentsOf(checkpoint('wan'));
    assert.equal(expected.family, 'Wan 2.1, text to video');
    assertClose((await latentsOf(checkpoint('wan'), weights('wan'))).latents, expected.latents, 'diffusers’ names', 0);
    const { folder: place, remove } = checkpointFolder('wan');
    try {
      const file = renamed(weights('wan'), (theirs) => own.get(theirs));
      copyFileSync(file, join(place, 'transformer', 'diffusion_pytorch_model.safetensors'));
      assertClose((await latentsOf(place)).latents, expected.latents, 'own names in the folder', 0);
    } finally {
      remove();
    }
  });

  it('is named in the result’s record', async () => {
    const file = renamed(weights('wan'), (theirs) => own.get(theirs));
    const model = await LatentDiffusionModel.fromPretrained(checkpoint('wan'), { threads: 1, transformer: file });
    assert.match(model.name, /^wan with wan\d+$/);
    await model.release();
  });

  it('refuses what it is not, and says what to do', async () => {
    const load = (place: string, transformer?: string) => LatentDiffusionModel.fromPretrained(place, { threads: 1, transformer });
    const wan = checkpoint('wan');
    const file = renamed(weights('wan'), (theirs) => own.get(theirs));
    await assert.rejects(load(file), { code: 'FL_MODEL_UNSUPPORTED', message: /option transformer/ });
    await assert.rejects(load(checkpoint('sd1'), file), { code: 'FL_ARGUMENT', message: /no Wan 2\.1/ });
    await assert.rejects(load(wan, checkpoint('sd1', 'unet', 'diffusion_pytorch_model.safetensors')), {
      code: 'FL_MODEL_UNSUPPORTED',
      message: /no transformer of Wan/,
    });
    await assert.rejects(load(wan, join(folder, 'nothing.safetensors')), { code: 'FL_CHECKPOINT_FILE' });
    const pictures = renamed(weights('wan'), (theirs) => (theirs === 'proj_out.bias' ? 'img_emb.proj.0.bias' : own.get(theirs)));
    await assert.rejects(load(wan, pictures), { code: 'FL_MODEL_UNSUPPORTED', message: /from image to video/ });
    const other = renamed(weights('wan'), (theirs) => (theirs === 'proj_out.bias' ? 'head.tail.bias' : own.get(theirs)));
    await assert.rejects(load(wan, other), { code: 'FL_CHECKPOINT_TENSOR', message: /head\.tail\.bias/ });
  });
});
