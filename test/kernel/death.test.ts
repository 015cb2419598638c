import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describeEnd } from '../../src/kernel/host/kernelClient.js';
import type { RpcError } from '../../src/shared/rpc.js';
import { StartedKernel, kernelScript, root, sampleClip, until } from './startedKernel.js';

describe('Kernel: how it ends', () => {
  let kernel: StartedKernel;
  afterEach(() => kernel?.stop());

  const closed = (error: RpcError): boolean => error.code === 'RPC_CLOSED';

  it('ends when a cell calls process.exit(), after its output came', async () => {
    kernel = await StartedKernel.start();
    await assert.rejects(kernel.client.execute('console.log("last words"); process.exit(3)'), closed);
    const end = await kernel.client.ended;
    assert.equal(end.code, 3);
    assert.match(describeEnd(end), /exit code 3: a cell called process\.exit/);
    assert.equal(kernel.printed(), 'last words\n');
  });

  it('is killed in the middle of a step: the open cell fails at once, and a fresh kernel knows nothing of the old', async () => {
    kernel = await StartedKernel.start();
    await kernel.run(`import { LatentDiffusionModel, Video } from 'frameloom';\nconst model = await LatentDiffusionModel.fromPretrained('motion-stickers');\nconst clip = await Video.open(${JSON.stringify(sampleClip)}, { maxFrames: 8 });`);
    const edit = kernel.client.execute("await model.editVideo(clip, 'a green car', { method: 'sdedit', numInferenceSteps: 200, strength: 1 })");
    edit.catch(() => undefined);
    await until(() => kernel.progress.some(({ stage, step }) => stage === 'denoise' && step! >= 1), 'a step');
    process.kill(kernel.client.pid!, 'SIGKILL');
    await assert.rejects(edit, closed);
    const end = await kernel.client.ended;
    assert.equal(end.signal, 'SIGKILL');
    assert.match(describeEnd(end), /killed/);
    await assert.rejects(kernel.client.execute('1'), closed);
    await kernel.stop();

    kernel = await StartedKernel.start();
    assert.equal((await kernel.client.execute('model')).error?.diagnostics?.[0]?.code, 2304);
    assert.equal(await kernel.valueOf('1 + 1'), '2');
  });

  it('runs out of memory and says so', async () => {
    kernel = await StartedKernel.start(['--max-old-space-size=300']);
    await assert.rejects(kernel.client.execute('const held: number[][] = []; while (true) held.push(new Array(100_000).fill(1.5));'), closed);
    const end = await kernel.client.ended;
    assert.notEqual(end.code, 0);
    assert.match(describeEnd(end), /out of memory/);
  });

  it('shuts down when asked', async () => {
    kernel = await StartedKernel.start();
    assert.equal((await kernel.client.stop()).code, 0);
  });

  it('does not outlive its host, even in a tight loop', async () => {
    const script = `
      const { KernelClient } = require(${JSON.stringify(path.join(root, 'src/kernel/host/kernelClient.ts'))});
      KernelClient.start({ script: ${JSON.stringify(kernelScript)}, folder: process.cwd() }).then((client) => {
        client.execute('while (true) {}').catch(() => undefined);
        setTimeout(() => { require('node:fs').writeSync(1, String(client.pid)); process.kill(process.pid, 'SIGKILL'); }, 300);
      });`;
    const host = spawnSync(process.execPath, ['--import=tsx', '-e', script], { cwd: root, encoding: 'utf8' });
    const pid = Number(host.stdout);
    assert.ok(pid > 0, host.stderr);
    await until(() => !isAlive(pid), 'the kernel to end after its host', 10_000);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
