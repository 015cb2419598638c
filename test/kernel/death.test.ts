import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describeDeath, KernelClient } from '../../src/kernelHost/index.js';
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
    assert.match(describeDeath(end), /exit code 3 \(process\.exit was called/);
    assert.equal(kernel.printed(), 'last words\n');
  });

  it('is killed in the middle of a step: the open cell fails at once, and a fresh kernel knows nothing of the old', async () => {
    kernel = await StartedKernel.start();
    await kernel.run(
      `import { LatentDiffusionModel, Video } from 'frameloom';\nconst model = await LatentDiffusionModel.fromPretrained('motion-stickers');\nconst clip = await Video.open(${JSON.stringify(sampleClip)}, { maxFrames: 8 });`,
    );
    const edit = kernel.client.execute(
      "await model.editVideo(clip, 'a green car', { method: 'sdedit', numInferenceSteps: 200, strength: 1 })",
    );
    edit.catch(() => undefined);
    await until(() => kernel.progress.some(({ stage, step }) => stage === 'denoise' && step! >= 1), 'a step');
    process.kill(kernel.client.pid!, 'SIGKILL');
    await assert.rejects(edit, closed);
    const end = await kernel.client.ended;
    assert.equal(end.signal, 'SIGKILL');
    assert.match(describeDeath(end), /killed/);
    await assert.rejects(kernel.client.execute('1'), closed);
    await kernel.stop();

    kernel = await StartedKernel.start();
    assert.equal((await kernel.client.execute('model')).error?.diagnostics?.[0]?.code, 2304);
    assert.equal(await kernel.valueOf('1 + 1'), '2');
  });

  it('runs out of memory and says so', async () => {
    kernel = await StartedKernel.start(['--max-old-space-size=300']);
    await assert.rejects(
      kernel.client.execute('const held: number[][] = []; while (true) held.push(new Array(100_000).fill(1.5));'),
      closed,
    );
    const end = await kernel.client.ended;
    assert.notEqual(end.code, 0);
    assert.match(describeDeath(end), /out of JavaScript memory/);
  });

  it('shuts down when asked', async () => {
    kernel = await StartedKernel.start();
    const end = await kernel.client.stop();
    assert.deepEqual([end.code, end.expected], [0, true]);
  });

  it('is killed where it cannot answer, when asked to stop', async () => {
    kernel = await StartedKernel.start();
    const loop = kernel.client.execute('while (true) {}');
    loop.catch(() => undefined);
    await until(() => kernel.client.heartbeat?.blockedBy === 'script', 'the loop');
    const end = await kernel.client.stop(100);
    assert.deepEqual([end.signal, end.expected], ['SIGKILL', true]);
    await assert.rejects(loop, closed);
  });

  it('that cannot be started says which Node it was', async () => {
    const error: RpcError = await KernelClient.start({ script: kernelScript, folder: root, nodePath: '/no/such/node' }).then(
      () => assert.fail('it started'),
      (reason) => reason,
    );
    assert.match(error.message, /could not be started.*\/no\/such\/node/);
  });

  it('does not outlive its host, even in a tight loop', async () => {
    const script = `
      const { KernelClient } = require(${JSON.stringify(path.join(root, 'src/kernelHost/index.ts'))});
      KernelClient.start({ script: ${JSON.stringify(kernelScript)}, folder: process.cwd() }).then((client) => {
        client.execute('while (true) {}').catch(() => undefined);
        setInterval(() => {
          if (client.heartbeat?.blockedBy !== 'script') return;
          require('node:fs').writeSync(1, String(client.pid));
          process.kill(process.pid, 'SIGKILL');
        }, 10);
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
