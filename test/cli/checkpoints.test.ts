import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { frameloom } from './frameloom.js';

const checkpoints = path.join(__dirname, '..', 'parity', 'checkpoints');
const sd1 = path.join(checkpoints, 'sd1');

describe('frameloom: checkpoints as people have them', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-cli-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('models show says kind, parts and precision', async () => {
    const { code, stdout, stderr } = await frameloom('models', 'show', path.join(checkpoints, 'sd2'));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Kind: /m);
    assert.match(stdout, /unet: \S+ M weights in F32, \S+ MB, built from unet.diffusion_pytorch_model-0000\d-of-00003\.safetensors/);
    assert.match(stdout, /predicts v_prediction/);
  });

  it('generates with a motion adapter laid over a model, then edits the clip with the model alone', async () => {
    const [clip, edited] = ['clip.mp4', 'edited.mp4'].map((name) => path.join(folder, name)) as [string, string];
    const made = await frameloom(
      'generate',
      'a red balloon',
      '-m',
      sd1,
      '--motion-adapter',
      path.join(checkpoints, 'animatediff-v2', 'motion_adapter'),
      '--num-frames',
      '4',
      '--steps',
      '2',
      '--seed',
      '1',
      '-o',
      clip,
    );
    assert.equal(made.code, 0, made.stderr);
    const shown = await frameloom('inspect', clip);
    assert.match(shown.stdout, /sd1 with motion_adapter/);
    const again = await frameloom(
      'edit',
      clip,
      'a blue balloon',
      '-m',
      sd1,
      '--vae',
      path.join(checkpoints, 'taesd'),
      '--steps',
      '2',
      '-o',
      edited,
      '--json',
    );
    assert.equal(again.code, 0, again.stderr);
    assert.equal((JSON.parse(again.stdout) as { frames: number }).frames, 4);
  });

  it('generates with LoRAs laid over a model, each as strongly as is said', async () => {
    const loras = path.join(__dirname, '..', 'parity', 'loras');
    const clip = path.join(folder, 'lora.mp4');
    const words = ['generate', 'a red balloon', '-m', sd1, '--num-frames', '1', '--steps', '1', '--seed', '1', '-o', clip];
    const made = await frameloom(...words, '--lora', `${path.join(loras, 'detail.safetensors')}:0.5`, '--lora', path.join(loras, 'style'));
    assert.equal(made.code, 0, made.stderr);
    const { stdout } = await frameloom('inspect', clip, '--json');
    assert.match(stdout, /sd1 with detail with style/);
    assert.match(stdout, /"loraWeights":\s*\{\s*"detail":\s*0\.5,\s*"style":\s*1\s*\}/);
  });

  it('what is no autoencoder is refused in the place of one', async () => {
    const finished = await frameloom(
      'generate',
      'a cat',
      '-m',
      sd1,
      '--vae',
      path.join(checkpoints, 'sd1'),
      '-o',
      path.join(folder, 'x.mp4'),
    );
    assert.equal(finished.code, 4);
    assert.match(finished.stderr, /is no autoencoder.*vae\//s);
  });
});
