import assert from 'node:assert/strict';
import path from 'node:path';
import type { Variable } from '../../src/shared/kernelProtocol.js';
import { StartedKernel } from './startedKernel.js';

describe('Kernel: values that throw, hang or cannot be sent', () => {
  let kernel: StartedKernel;
  before(async () => {
    kernel = await StartedKernel.start();
    await kernel.run('let kept = 42;');
  });
  after(() => kernel.stop());
  beforeEach(() => (kernel.outputs = []));
  afterEach(async () => assert.equal(await kernel.valueOf('kept'), '42'));
  const variables = async (): Promise<Map<string, Variable>> =>
    new Map((await kernel.client.main.request('variables', null)).map((variable) => [variable.name, variable]));

  const thrown: Record<string, string> = {
    'a proxy whose traps throw': 'throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; }, ownKeys() { throw 3; } });',
    'a proxy of an error': 'throw new Proxy(new Error("inside"), { get() { throw 1; } });',
    'a proxy that never ends': 'throw new Proxy({}, { getPrototypeOf() { for (;;); } });',
    'an error whose message never ends': 'throw Object.defineProperty(new Error("x"), "message", { get() { for (;;); } });',
    'an error whose stack throws': 'throw Object.defineProperty(new Error("x"), "stack", { get() { throw 1; } });',
    nothing: 'throw undefined;',
    'a rejected proxy': 'await Promise.reject(new Proxy({}, { get() { throw 1; } }));',
  };
  for (const [what, code] of Object.entries(thrown)) {
    it(`fails the cell, and no other, that throws ${what}`, async () => {
      const { status, error } = await kernel.client.execute(code);
      assert.equal(status, 'error');
      assert.ok(error!.stack.length > 0);
    });
  }

  it('lists variables of which some throw or never end', async () => {
    await kernel.run(`import { inspect } from 'node:util';
const good = { a: 1 };
const hanging = { [inspect.custom]() { for (;;); } };
const throwing = { [inspect.custom]() { throw new Error('no'); } };
const proxy = new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } });
const named = Object.create({ get constructor() { for (;;); } });
const revoked = (() => { const { proxy: gone, revoke } = Proxy.revocable({}, {}); revoke(); return gone; })();
const last = 'fine';`);
    const found = await variables();
    assert.equal(found.get('good')?.summary, '{ a: 1 }');
    assert.equal(found.get('last')?.summary, "'fine'");
    for (const name of ['hanging', 'throwing', 'named']) assert.ok(found.get(name)!.summary.length > 0, name);
    for (const name of ['proxy', 'revoked']) assert.equal(found.get(name)?.summary, 'Proxy');
    for (const name of ['hanging', 'throwing', 'proxy', 'named', 'revoked'])
      assert.ok(await kernel.client.main.request('variable', { name }), name);
  });

  it('bounds how long all variables together may take', async () => {
    await kernel.run(
      `${Array.from({ length: 40 }, (_, i) => `const slow${i} = { [inspect.custom]() { for (;;); } };`).join('\n')}\nconst afterAll = 1;`,
    );
    const found = await variables();
    assert.equal(found.get('afterAll')?.summary, '1');
    await kernel.run(Array.from({ length: 40 }, (_, i) => `const slow${i} = 0;`).join('\n'));
  });

  it('refuses to show what cannot be stored, in the cell that shows it', async () => {
    await kernel.run('import { display } from "tslab";');
    for (const value of [
      '(() => 1) as unknown as string',
      '{ f() {} } as unknown as string',
      '12n as unknown as string',
      'Symbol() as unknown as string',
    ]) {
      const { error } = await kernel.client.execute(`display.raw("text/plain", ${value});`);
      assert.match(error!.message, /must be text, bytes or JSON/, value);
    }
    for (const mime of ['', 'text', 'text/html\\n', '/plain', '__proto__']) {
      const { error } = await kernel.client.execute(`display.raw("${mime}", "x");`);
      assert.match(error!.message, /MIME type, such as text\/html/, mime);
    }
    await kernel.run('display.raw("application/json", { a: [1] } as unknown as string);');
    assert.deepEqual(kernel.bundle(), { 'application/json': { a: [1] } });
  });

  it('says of a cell that is nested too deeply what is wrong', async () => {
    const { error } = await kernel.client.execute(`const deep = ${'['.repeat(30_000)}${']'.repeat(30_000)};`);
    assert.equal(error?.name, 'TypeScriptError');
    assert.match(error.message, /nested too deeply/);
    assert.match(String((await kernel.client.execute(`const sum = ${'1+('.repeat(3000)}1${')'.repeat(3000)};`)).status), /ok|error/);
  });

  it('answers, and says that it has to be restarted, where a cell breaks what all code is made of', async () => {
    const own = await StartedKernel.start();
    try {
      await own.client.execute('Array.prototype.map = () => { throw new Error("broken"); };');
      const { status, error } = await own.client.execute('1 + 1');
      assert.ok(status === 'ok' || /restart the kernel/.test(error!.message), JSON.stringify(error));
    } finally {
      await own.stop();
    }
  });

  it('prints what a child process writes to the streams that it inherits', async () => {
    await kernel.run(`import { execFileSync, execSync, spawn, spawnSync } from 'node:child_process';
console.log(execSync('echo one', { stdio: 'inherit' }));
console.log(spawnSync('echo', ['two'], { stdio: ['ignore', 'inherit', 'inherit'] }).stdout);
execFileSync('sh', ['-c', 'echo three >&2'], { stdio: 'inherit' });
try { execSync('echo four; exit 3', { stdio: 'inherit' }); } catch (error) { console.log((error as { status: number }).status); }
const child = spawn('echo', ['five'], { stdio: 'inherit' });
await new Promise((resolve) => child.on('close', resolve));
console.log(child.stdout, execSync('echo six').toString().trim());`);
    assert.equal(kernel.printed(), 'one\nnull\ntwo\nnull\nthree\nfour\n3\nfive\nnull six\n');
  });

  it('prints what a child that is waited for writes to an inherited stderr, wherever its stdout goes', async () => {
    const file = path.join(kernel.folder, 'stdout.txt');
    await kernel.run(`import { execFileSync, execSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
console.log(execSync('echo out; echo one >&2', { stdio: ['ignore', 'pipe', 'inherit'] }).toString().trim());
console.log(execSync('echo unseen; echo two >&2', { stdio: ['ignore', 'ignore', 'inherit'] }));
console.log(execFileSync('sh', ['-c', 'cat; echo three >&2'], { input: 'given', encoding: 'utf8', stdio: ['pipe', 'pipe', process.stderr] }));
const open = openSync(${JSON.stringify(file)}, 'w');
console.log(execSync('echo kept; echo four >&2', { stdio: ['ignore', open, 'inherit'] }));
closeSync(open);
console.log(readFileSync(${JSON.stringify(file)}, 'utf8').trim());
try { execSync('echo five >&2; exit 3', { stdio: ['ignore', 'ignore', 'inherit'] }); } catch (error) { console.log((error as { status: number }).status); }
console.log(String(execSync('echo out; echo unseen >&2', { stdio: ['ignore', 'inherit', 'ignore'] })));`);
    assert.equal(kernel.printed(), 'one\nout\ntwo\nnull\nthree\ngiven\nfour\nnull\nkept\nfive\n3\nout\nnull\n');
  });
});
