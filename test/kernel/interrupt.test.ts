import assert from 'node:assert/strict';
import { StartedKernel, sampleClip, until } from './startedKernel.js';

describe('Kernel: interrupt', () => {
  let kernel: StartedKernel;
  before(async () => {
    kernel = await StartedKernel.start();
    await kernel.run('let kept = 42;');
  });
  after(() => kernel.stop());

  /** Runs a cell, interrupts it after a while and gives how it ended and how long that took. */
  async function interrupted(code: string, when: Promise<unknown> = new Promise((resolve) => setTimeout(resolve, 300))): Promise<{ result: Awaited<ReturnType<typeof kernel.client.execute>>; ms: number }> {
    const running = kernel.client.execute(code);
    await when;
    const asked = Date.now();
    await kernel.client.interrupt();
    const result = await running;
    return { result, ms: Date.now() - asked };
  }

  const cells: Record<string, string> = {
    'a tight loop': 'let turns = 0;\nwhile (true) { turns++; }',
    'a tight loop after an await': 'await null;\nlet rounds = 0;\nfor (;;) rounds++;',
    'a tight loop in a timer': 'await new Promise((resolve) => setTimeout(() => {\n  do {} while (true);\n}, 1));',
    'a loop that swallows every error but its own end': 'while (true) { try { JSON.parse("{"); } catch {} }',
    'a regular expression that never ends': '/(x+x+)+y/.test("x".repeat(60))',
    'something that never comes': 'let before = 7; await new Promise(() => undefined);',
  };
  for (const [what, code] of Object.entries(cells)) {
    it(`ends ${what} and keeps the variables`, async () => {
      const { result, ms } = await interrupted(code);
      assert.equal(result.status, 'interrupted', result.error?.stack);
      assert.equal(result.error?.name, 'CellInterrupted');
      assert.ok(ms < 5000, `${ms} ms`);
      assert.equal(await kernel.valueOf('kept'), '42');
    });
  }

  it('keeps what the interrupted cell had reached, and names the line of its loop', async () => {
    const { result } = await interrupted('const reachedBefore = 5;\n\nwhile (true) {\n  reachedBefore.toFixed();\n}');
    assert.equal(result.error?.at?.line, 3);
    assert.equal(await kernel.valueOf('reachedBefore'), '5');
  });

  it('ends loops that an interrupted cell left in the background', async () => {
    await interrupted('let ticks = 0;\n(async () => { while (true) { ticks++; await new Promise((resolve) => setTimeout(resolve, 5)); } })();\nawait new Promise(() => undefined);');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const first = await kernel.valueOf('ticks');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(await kernel.valueOf('ticks'), first);
  });

  it('says when there is nothing to interrupt', async () => {
    assert.deepEqual(await kernel.client.interrupt(), { outcome: 'nothing-running' });
  });

  it('ends an edit at its next step, keeps the session, and the same edit then runs to its end', async () => {
    await kernel.run(`import { LatentDiffusionModel, Video } from 'frameloom';\nconst model = await LatentDiffusionModel.fromPretrained('motion-stickers');\nconst clip = await Video.open(${JSON.stringify(sampleClip)}, { maxFrames: 8 });`);
    kernel.progress.length = 0;
    const stepped = until(() => kernel.progress.some(({ stage, step }) => stage === 'denoise' && step! >= 2), 'the second step');
    const { result } = await interrupted("const partly = 'kept'; const edited = await model.editVideo(clip, 'a green car', { method: 'sdedit', numInferenceSteps: 200, strength: 1, seed: 1 });", stepped);
    assert.equal(result.status, 'interrupted', result.error?.stack);
    const last = kernel.progress.at(-1)!;
    assert.ok(last.step! < 60 && last.steps === 200, `it went on to step ${last.step}`);
    assert.equal(await kernel.valueOf('partly'), "'kept'");
    assert.match(String(await kernel.valueOf("await model.editVideo(clip, 'a green car', { method: 'sdedit', numInferenceSteps: 3, strength: 1, seed: 1 })")), /^Video .* 8 frames/);
  });

  it('keeps its heartbeat while a cell blocks, and tells what blocks it', async () => {
    const loop = kernel.client.execute('while (true) {}');
    await until(() => kernel.client.heartbeat?.blockedBy === 'script', 'a heartbeat that sees the loop', 5000);
    assert.ok(kernel.client.heartbeat!.silentMs > 500 && kernel.client.heartbeat!.rss > 1e7);
    await kernel.client.interrupt();
    assert.equal((await loop).status, 'interrupted');
  });
});
