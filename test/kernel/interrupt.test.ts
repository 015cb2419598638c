import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StartedKernel, sampleClip, until } from './startedKernel.js';

describe('Kernel: interrupt', () => {
  let kernel: StartedKernel;
  before(async () => {
    kernel = await StartedKernel.start();
    await kernel.run('let kept = 42;');
    const folder = path.join(kernel.folder, 'node_modules', 'spinning');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{"name":"spinning","main":"index.js","types":"index.d.ts"}');
    writeFileSync(path.join(folder, 'index.js'), 'exports.spin = () => { for (;;) {} };');
    writeFileSync(path.join(folder, 'index.d.ts'), 'export declare function spin(): void;');
  });
  after(() => kernel.stop());

  /** Waits until the kernel's main thread does not answer. */
  const blocked = (): Promise<void> =>
    until(() => ['native', 'script'].includes(kernel.client.heartbeat?.blockedBy ?? ''), 'a cell that blocks');
  /** Waits until the cell has printed so. */
  const printed = (text: string): Promise<void> => until(() => kernel.printed().includes(text), `the cell to print ${text}`);

  /** Runs a cell, interrupts it once it blocks, or once something else is so, and gives how it ended. */
  async function interrupted(
    code: string,
    when: () => Promise<unknown> = blocked,
  ): Promise<{ result: Awaited<ReturnType<typeof kernel.client.execute>> }> {
    kernel.outputs = [];
    kernel.client.heartbeat = undefined;
    const running = kernel.client.execute(code);
    await when();
    await kernel.client.interrupt();
    return { result: await running };
  }

  const cells: Record<string, string> = {
    'a tight loop': 'let turns = 0;\nwhile (true) { turns++; }',
    'a tight loop after an await': 'await null;\nlet rounds = 0;\nfor (;;) rounds++;',
    'a tight loop in a timer': 'await new Promise((resolve) => setTimeout(() => {\n  do {} while (true);\n}, 1));',
    'a loop that swallows every error but its own end': 'while (true) { try { JSON.parse("{"); } catch {} }',
    'a regular expression that never ends': '/(x+x+)+y/.test("x".repeat(60))',
    'a loop in a package, after an await': 'import { spin } from "spinning";\nawait null;\nspin();',
    'a regular expression after an await': 'await new Promise((resolve) => setTimeout(resolve, 5));\n/(x+x+)+y/.test("x".repeat(60));',
    recursion: 'await null;\nfunction fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\nfib(90);',
    'a storm of microtasks': 'const storm = (): unknown => Promise.resolve().then(storm);\nstorm();\nawait new Promise(() => undefined);',
    'a storm of nextTick': 'const again = (): void => process.nextTick(again);\nagain();\nawait new Promise(() => undefined);',
    'a wait for shared memory': 'await null;\nAtomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);',
    'a loop in a callback of the file system':
      'import { readFile } from "node:fs";\nimport { spin as round } from "spinning";\nawait new Promise(() => readFile(__dirname + "/node_modules/spinning/index.js", () => round()));',
    'a loop within a scope of AsyncLocalStorage':
      'import { AsyncLocalStorage } from "node:async_hooks";\nimport { spin as turn } from "spinning";\nawait new AsyncLocalStorage<number>().run(1, async () => { await null; turn(); });',
    'a last value that never ends to describe itself':
      'import { inspect } from "node:util";\nimport { spin as describe } from "spinning";\n({ [inspect.custom]: () => describe() })',
    'a child process that is waited for': 'import { execSync } from "node:child_process";\nawait null;\nexecSync("sleep 60; echo late");',
  };
  for (const [what, code] of Object.entries(cells)) {
    it(`ends ${what} and keeps the variables`, async () => {
      const { result } = await interrupted(code);
      assert.equal(result.status, 'interrupted', result.error?.stack);
      assert.equal(result.error?.name, 'CellInterrupted');
      assert.equal(await kernel.valueOf('kept'), '42');
    });
  }

  it('ends something that never comes and keeps the variables', async () => {
    const { result } = await interrupted('let before = 7; console.log("begun"); await new Promise(() => undefined);', () =>
      printed('begun'),
    );
    assert.equal(result.status, 'interrupted', result.error?.stack);
    assert.equal(await kernel.valueOf('before'), '7');
  });

  it('says at once when a cell is in native code that nobody can end, and ends it when that returns', async () => {
    kernel.outputs = [];
    const running = kernel.client.execute(
      'import { pbkdf2Sync } from "node:crypto";\nconsole.log("begun");\nawait new Promise((resolve) => setTimeout(resolve, 50));\npbkdf2Sync("a", "b", 30e6, 64, "sha512");\nawait new Promise(() => undefined);',
    );
    await printed('begun');
    kernel.client.heartbeat = undefined;
    await blocked();
    assert.equal(await kernel.client.interrupt(), 'stuck');
    assert.equal((await running).status, 'interrupted');
    assert.equal(await kernel.valueOf('kept'), '42');
  });

  it('leaves children alone that run beside the cell', async () => {
    await kernel.run('import { spawn } from "node:child_process";\nconst beside = spawn("sleep", ["60"]);');
    await interrupted('import { spawnSync } from "node:child_process";\nspawnSync("sleep", ["60"]);');
    assert.equal(await kernel.valueOf('[beside.exitCode, beside.signalCode].join()'), "','");
    await kernel.run('beside.kill();');
  });

  it('ends the process although its handlers of the exit never end', async () => {
    const other = await StartedKernel.start();
    await assert.rejects(
      other.client.execute(
        'process.on("exit", () => { const wait = new Int32Array(new SharedArrayBuffer(4)); Atomics.wait(wait, 0, 0); });\nprocess.exit(1);',
      ),
    );
    assert.equal((await other.client.ended).signal, 'SIGKILL');
    await other.stop();
  });

  it('keeps what the interrupted cell had reached, and names the line of its loop', async () => {
    const { result } = await interrupted('const reachedBefore = 5;\n\nwhile (true) {\n  reachedBefore.toFixed();\n}');
    assert.equal(result.error?.at?.line, 3);
    assert.equal(await kernel.valueOf('reachedBefore'), '5');
  });

  it('ends loops that an interrupted cell left in the background', async () => {
    await interrupted(
      'let ticks = 0;\n(async () => { while (true) { if (++ticks === 3) console.log("begun"); await new Promise((resolve) => setTimeout(resolve, 5)); } })();\nawait new Promise(() => undefined);',
      () => printed('begun'),
    );
    // Timers of one length go off in turn: the loop's own would have, long before the last of these.
    const turns = 'for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 5));\nticks';
    const first = await kernel.valueOf(turns);
    assert.equal(await kernel.valueOf(turns), first);
  });

  it('says when there is nothing to interrupt', async () => {
    assert.equal(await kernel.client.interrupt(), 'nothing-running');
  });

  it('ends an edit at its next step, keeps the session, and the same edit then runs to its end', async () => {
    await kernel.run(
      `import { LatentDiffusionModel, Video } from 'frameloom';\nconst model = await LatentDiffusionModel.fromPretrained('motion-stickers');\nconst clip = await Video.open(${JSON.stringify(sampleClip)}, { maxFrames: 8 });`,
    );
    kernel.progress.length = 0;
    const stepped = () => until(() => kernel.progress.some(({ stage, step }) => stage === 'denoise' && step! >= 2), 'the second step');
    const { result } = await interrupted(
      "const partly = 'kept'; const edited = await model.editVideo(clip, 'a green car', { method: 'sdedit', numInferenceSteps: 200, strength: 1, seed: 1 });",
      stepped,
    );
    assert.equal(result.status, 'interrupted', result.error?.stack);
    const last = kernel.progress.at(-1)!;
    assert.ok(last.step! < 60 && last.steps === 200, `it went on to step ${last.step}`);
    assert.equal(await kernel.valueOf('partly'), "'kept'");
    assert.match(
      String(
        await kernel.valueOf(
          "await model.editVideo(clip, 'a green car', { method: 'sdedit', numInferenceSteps: 3, strength: 1, seed: 1 })",
        ),
      ),
      /^Video .* 8 frames/,
    );
  });

  it('keeps its heartbeat while a cell blocks, and tells what blocks it', async () => {
    const loop = kernel.client.execute('while (true) {}');
    await until(() => kernel.client.heartbeat?.blockedBy === 'script', 'a heartbeat that sees the loop', 5000);
    assert.ok(kernel.client.heartbeat!.silentMs > 500 && kernel.client.heartbeat!.rss > 1e7);
    await kernel.client.interrupt();
    assert.equal((await loop).status, 'interrupted');
  });
});
