import assert from 'node:assert/strict';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { VIDEO_MIME } from '../../src/shared/outputs/index.js';
import type { VideoPayload } from '../../src/shared/outputs/index.js';
import { StartedKernel, sampleClip, until } from './startedKernel.js';

describe('Kernel: a notebook that was saved elsewhere', () => {
  let kernel: StartedKernel;
  let elsewhere: string;
  before(async () => {
    kernel = await StartedKernel.start();
    elsewhere = path.join(kernel.folder, 'deeper', 'elsewhere');
    mkdirSync(path.join(elsewhere, 'node_modules', 'near'), { recursive: true });
    writeFileSync(path.join(elsewhere, 'node_modules', 'near', 'package.json'), '{"name":"near","main":"n.js","types":"n.d.ts"}');
    writeFileSync(path.join(elsewhere, 'node_modules', 'near', 'n.js'), 'exports.near = "near";');
    writeFileSync(path.join(elsewhere, 'node_modules', 'near', 'n.d.ts'), 'export declare const near: string;');
    writeFileSync(path.join(elsewhere, 'beside.ts'), 'export const beside: number = 5;');
    await kernel.run(
      'import { Video } from "frameloom";\nlet count = 1;\nclass Box { constructor(public inside: number) {} }\nfunction countUp() { return ++count; }\nconst box = new Box(3);',
    );
    await kernel.run(
      `import { copyFileSync } from "node:fs";\ncopyFileSync(${JSON.stringify(sampleClip)}, "before.mp4");\nconst clip = await Video.open("before.mp4", { maxFrames: 2 });`,
    );
  });
  after(() => kernel.stop());

  it('tells the running cell nothing of it, and the next ones all', async () => {
    kernel.outputs = [];
    const running = kernel.run(
      'import { existsSync } from "node:fs";\nwhile (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5));\nconsole.log(process.cwd());',
    );
    await kernel.client.main.request('notebookMoved', { notebookPath: path.join(elsewhere, 'tale.ipynb') });
    writeFileSync(path.join(kernel.folder, 'go'), '');
    await running;
    assert.equal(kernel.printed().trim(), realpathSync(kernel.folder));
    assert.equal(await kernel.valueOf('process.cwd()'), `'${realpathSync(elsewhere)}'`);
  });

  it('keeps variables, types and functions, and the last value of a cell is still shown', async () => {
    assert.equal(await kernel.valueOf('countUp() + count'), '4');
    assert.equal(await kernel.valueOf('box.inside = 4; box.inside'), '4');
    assert.equal(await kernel.valueOf('const another: Box = box; another.inside'), '4');
    assert.equal((await kernel.client.execute('const wrong: Box = 3;')).error?.diagnostics?.[0]?.code, 2322);
    const variables = await kernel.client.main.request('variables', null);
    assert.deepEqual(
      variables.map(({ name }) => name).filter((name) => ['count', 'box', 'clip', 'another'].includes(name)),
      ['count', 'box', 'clip', 'another'],
    );
  });

  it('finds packages and files beside the notebook where it is now', async () => {
    assert.equal(
      await kernel.valueOf('import { near } from "near";\nimport { beside } from "./beside";\nnear.toUpperCase() + beside'),
      "'NEAR5'",
    );
    assert.equal(await kernel.valueOf('(await import("near")).near'), "'near'");
  });

  it('puts clips beside the notebook where it is now, also one that was opened before', async () => {
    await kernel.run('await clip.resize({ width: 64, height: 64 })');
    const { path: file } = kernel.bundle()![VIDEO_MIME] as VideoPayload;
    assert.match(file!, /^tale\.frameloom\/[\w.-]+\.mp4$/);
    assert.ok(existsSync(path.join(elsewhere, file!)));
  });

  it('ends a cell that is interrupted, as before', async () => {
    kernel.outputs = [];
    const running = kernel.client.execute('console.log("begun"); await new Promise(() => undefined);');
    await until(() => kernel.printed().includes('begun'), 'the cell to begin');
    await kernel.client.interrupt();
    assert.equal((await running).status, 'interrupted');
    assert.equal(await kernel.valueOf('count'), '2');
  });
});
