import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StartedKernel } from './startedKernel.js';

describe('Kernel: the TypeScript of cells', () => {
  let kernel: StartedKernel;
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(kernel.folder, name)), { recursive: true });
    writeFileSync(path.join(kernel.folder, name), text);
  };
  before(async () => {
    kernel = await StartedKernel.start();
    write('late.mjs', "export const late = await Promise.resolve('late');");
    write('data.json', '{"a":1}');
    write(
      'shape.ts',
      "import type { Side } from './side.ts';\nexport const area = (side: Side): number => side.length ** 2;\nexport enum Unit { Metre }\nexport default 'shape';",
    );
    write('side.ts', 'export interface Side { length: number }');
    write(
      'here.ts',
      "import { fileURLToPath } from 'node:url';\nconst __filename = fileURLToPath(import.meta.url);\nexport const here = __filename;",
    );
    write('awaits.ts', 'export const soon: number = await Promise.resolve(7);');
    write(
      'node_modules/esm-only/package.json',
      '{"name":"esm-only","type":"module","exports":{".":{"types":"./t.d.ts","import":"./t.js"}}}',
    );
    write('node_modules/esm-only/t.js', "export const only = await Promise.resolve('esm'); export default class Thing {}");
    write('node_modules/esm-only/t.d.ts', 'export declare const only: string; export default class Thing {}');
  });
  after(() => kernel.stop());
  const complaints = async (code: string): Promise<number[]> =>
    ((await kernel.client.execute(code)).error?.diagnostics ?? []).map(({ code: number }) => number);

  const values: Record<string, readonly [code: string, value: string]> = {
    'export of variables, functions and types': [
      'export let ea = 1; export function eb() { return ea + 1; }\nexport type Ec = number; export interface Ed { x: Ec }\nconst ee: Ed = { x: eb() };\nee.x',
      '2',
    ],
    'a list of exports': ['let ef = 6; const eg = 7; export { ef, eg as eh };\nef + eg', '13'],
    'export default': ['export default function ei() { return 3; }\nei()', '3'],
    'import() of a module that awaits': ["(await import('./late.mjs')).late", "'late'"],
    'import of a module that awaits': ["import { late } from './late.mjs';\nlate", "'late'"],
    'import() of a file: address': ["((await import(new URL('./late.mjs', import.meta.url).href)) as { late: string }).late", "'late'"],
    'TypeScript beside the notebook, with and without its ending': [
      "import shape, { Unit, area } from './shape.ts';\nimport { area as again } from './shape';\n[shape, Unit[0], area({ length: 3 }), area === again].join()",
      "'shape,Metre,9,true'",
    ],
    'a file that declares what CommonJS has': ["import { here } from './here.ts';\nhere === __dirname + '/here.ts'", 'true'],
    'TypeScript that awaits at its top level': ["import { soon } from './awaits.ts';\nsoon", '7'],
    'JSON with an attribute': ["import data from './data.json' with { type: 'json' };\ndata.a", '1'],
    'a package that exports only under import': [
      "import Thing, { only } from 'esm-only';\n[new Thing() instanceof Thing, only, (await import('esm-only')).default === Thing].join()",
      "'true,esm,true'",
    ],
    'a first line for a shell': ['#!/usr/bin/env node\n7', '7'],
    'the library of this Node': ['[3, 1, 2].toSorted().findLast((n) => n < 3)! + Object.keys(globalThis.crypto).length', '2'],
    'using, await using': [
      "const disposed: string[] = [];\n{ using a = { [Symbol.dispose]() { disposed.push('a'); } }; await using b = { async [Symbol.asyncDispose]() { disposed.push('b'); } }; void a; void b; }\ndisposed.join()",
      "'b,a'",
    ],
    'standard decorators': [
      'function twice(method: (n: number) => number, _: ClassMethodDecoratorContext) { return function (this: unknown, n: number): number { return 2 * method.call(this, n); }; }\nclass Dec { @twice same(n: number) { return n; } }\nnew Dec().same(4)',
      '8',
    ],
    WebAssembly: ['WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))', 'true'],
    'names of CommonJS declared by the cell': [
      "import { createRequire } from 'node:module';\nimport { fileURLToPath } from 'node:url';\nconst require = createRequire(import.meta.url);\nconst __filename = fileURLToPath(import.meta.url);\nrequire('./data.json').a + __filename.slice(-12)",
      "'1/story.ipynb'",
    ],
    'satisfies, const type parameters': [
      'function same<const T>(value: T) { return value; }\nconst fixed = same({ a: [1] }) satisfies { readonly a: readonly [1] };\nfixed.a[0]',
      '1',
    ],
  };
  for (const [what, [code, value]] of Object.entries(values)) {
    it(`runs ${what}`, async () =>
      assert.equal(await kernel.valueOf(code), value.replace('1/story', '1' + path.join(kernel.folder, 'story').slice(-6))));
  }

  it('shows null, and nothing for undefined', async () => {
    assert.equal(await kernel.valueOf('null'), 'null');
    assert.equal(await kernel.valueOf('undefined'), undefined);
  });

  it('keeps what declare global adds, and lets it be said anew', async () => {
    await kernel.run(
      'declare global { interface String { shout(): string } }\nString.prototype.shout = function () { return this.toUpperCase(); };',
    );
    assert.equal(await kernel.valueOf("'a'.shout()"), "'A'");
    await kernel.run(
      'declare global { interface String { shout(times: number): string } }\nString.prototype.shout = function (times) { return this.toUpperCase().repeat(times); };',
    );
    assert.equal(await kernel.valueOf("'a'.shout(2)"), "'AA'");
  });

  it('keeps the types of what an earlier cell declared when a later one takes the name', async () => {
    await kernel.run('class Box { constructor(readonly a: number) {} }\nconst box = new Box(1);');
    await kernel.run('class Box { constructor(readonly b: string) {} }');
    assert.equal(await kernel.valueOf('box.a + new Box("x").b'), "'1x'");
    await kernel.run('interface Both { n: number }');
    await kernel.run('const Both = (n: number): Both => ({ n });');
    assert.equal(await kernel.valueOf('const both: Both = Both(5);\nboth.n'), '5');
  });

  it('refuses what does not fit a variable of another cell, or assigns to a constant', async () => {
    await kernel.run('let amount = 1; const fixedOnce = 1; function act() {}');
    assert.deepEqual(await complaints('amount = "text"'), [2322]);
    assert.deepEqual(await complaints('amount += 1; [amount] = ["a"]'), [2322]);
    assert.deepEqual(await complaints('fixedOnce = 2'), [2588]);
    assert.equal((await complaints('act = () => {}')).length, 1);
    assert.equal(await kernel.valueOf('for (amount of [5, 6]);\namount'), '6');
  });

  it('names the place of a mistake in a file beside the notebook, and reads the file anew when it was mended', async () => {
    write('broken.ts', 'export const n = 1;\nconst wrong: number = "a";');
    const { error } = await kernel.client.execute("const before = 1;\nimport { n } from './broken.ts';");
    assert.equal(error?.diagnostics?.length, 1);
    assert.match(error.diagnostics[0]!.message, /^broken\.ts:2:7: Type 'string' is not assignable/);
    assert.equal(error.at?.line, 2);
    write('broken.ts', 'export const n = 1;');
    assert.equal(await kernel.valueOf("import { n } from './broken.ts';\nn"), '1');
    write('broken.ts', 'export const n = 22;');
    assert.equal(await kernel.valueOf("import { n } from './broken.ts';\nn"), '22');
  });

  it('names a JSON file that is none, and nothing of its own insides', async () => {
    writeFileSync(path.join(kernel.folder, 'broken.json'), '{');
    const { error } = await kernel.client.execute("import broken from './broken.json' with { type: 'json' };\nbroken");
    assert.match(error!.message, /^broken\.json: /);
    assert.doesNotMatch(error!.stack, /kernel\.js/);
  });

  it('names the line of a file beside the notebook in stacks', async () => {
    write('throws.ts', 'interface Gone { a: 1 }\n\nexport function fail(): never {\n  throw new Error("from a file");\n}');
    const { error } = await kernel.client.execute("import { fail } from './throws.ts';\nfail();");
    assert.match(error!.stack, /at fail \(throws\.ts:4:9\)\n {4}at .*Cell \d+:2:\d/);
  });

  it('makes a module of a cell that calls itself one', async () => {
    await kernel.run('/** @module sums */\nexport const sum = (a: number, b: number): number => a + b;');
    assert.equal(await kernel.valueOf("import { sum } from './sums';\nsum(2, 3)"), '5');
  });

  it("gives tslab's own functions, and says what compiles the cells", async () => {
    assert.match(String(await kernel.valueOf("import { versions } from 'tslab';\nversions.typescript")), /^'6\./);
  });

  it('is strict once a cell asks for it', async () => {
    const loose = await StartedKernel.start();
    await loose.run(
      'let maybe: string | undefined;\nmaybe.length;'.replace('maybe.length', 'void maybe?.length; const n: string = undefined'),
    );
    const { error } = await loose.client.execute('// @ts-strict\nconst m: string = undefined;');
    assert.deepEqual(
      error?.diagnostics?.map(({ code }) => code),
      [2322],
    );
    assert.deepEqual(
      (await loose.client.execute('const o: string = null;')).error?.diagnostics?.map(({ code }) => code),
      [2322],
    );
    await loose.stop();
  });

  it('does not grow with cells that replace one another', async () => {
    const used = async (): Promise<number> =>
      Number(await kernel.valueOf('(global as unknown as { gc?: () => void }).gc?.();\nprocess.memoryUsage().heapUsed'));
    for (let i = 0; i < 10; i++) await kernel.run(`let turn = ${i}; const list = [turn, turn + 1]; function read() { return list; }`);
    const first = await used();
    for (let i = 0; i < 60; i++) await kernel.run(`let turn = ${i}; const list = [turn, turn + 1]; function read() { return list; }`);
    assert.ok((await used()) < first * 1.5, 'the heap');
  });
});
