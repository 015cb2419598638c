import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { editingMethods } from '../../src/pipeline/editing/index.js';
import { StartedKernel, until } from './startedKernel.js';

describe('Kernel: a TypeScript session', () => {
  let kernel: StartedKernel;
  before(async () => (kernel = await StartedKernel.start()));
  after(() => kernel.stop());

  it('keeps variables, functions, classes and types from cell to cell', async () => {
    await kernel.run('let count = 3; const words: string[] = ["a"];');
    await kernel.run(
      'function twice(n: number): number { return 2 * n; }\nclass Box { constructor(readonly inside: number) {} }\ninterface Named { name: string }\ntype Pair = [number, number];\nenum Colour { Red, Green }',
    );
    assert.equal(await kernel.valueOf('count += 1; twice(count)'), '8');
    assert.equal(await kernel.valueOf('new Box(5).inside + Colour.Green'), '6');
    assert.equal(await kernel.valueOf('const named: Named = { name: words[0]! }; const pair: Pair = [1, 2]; named.name + pair[1]'), "'a2'");
  });

  it('lets everything be redefined, with another type', async () => {
    await kernel.run('const thing = 1; function f() { return 1; } class C { a = 1 }');
    await kernel.run('const thing = "text"; function f() { return "f"; } class C { b = "c" }');
    assert.equal(await kernel.valueOf('thing.toUpperCase() + f().toUpperCase() + new C().b.toUpperCase()'), "'TEXTFC'");
  });

  it('lets functions of earlier cells see what later cells assign', async () => {
    await kernel.run(
      'let count = 1, [first, { second }] = [1, { second: 2 }];\nfunction countUp() { return ++count; }\nfunction sum() { return first + second; }',
    );
    assert.equal(await kernel.valueOf('countUp() + count'), '4');
    assert.equal(await kernel.valueOf('count = 10;\ncountUp()'), '11');
    assert.equal(await kernel.valueOf('count += 5;\n[first] = [30];\nsecond++;\ncount + sum()'), '49');
    assert.equal(await kernel.valueOf('const count = "new";\ncountUp() + count'), "'17new'");
    assert.equal(await kernel.valueOf('count'), "'new'");
  });

  const awaits: Record<string, string> = {
    'await f()': 'await Promise.resolve(1)',
    'await (x)': 'await (Promise.resolve(1))',
    'await [x]': '(await [1])[0]',
    'await of a called arrow function': 'await (async () => 1)()',
    'for await': 'let seen = 0; for await (const n of [Promise.resolve(1)]) seen += n;\nseen',
    'await in a template': '`${await Promise.resolve(1)}`.length',
    'await in a destructuring': 'const [one] = await Promise.all([1]);\none',
    'await in a block': 'let got = 0; { got = await Promise.resolve(1); }\ngot',
    'await new': 'await new Promise<number>((resolve) => setTimeout(resolve, 1, 1))',
    'await import': '(await import("node:path")).join("a").length',
  };
  for (const [form, code] of Object.entries(awaits)) {
    it(`awaits at the top level: ${form}`, async () => assert.equal(await kernel.valueOf(code), '1'));
  }

  it('shows nothing for undefined and for declarations', async () => {
    assert.equal(await kernel.valueOf('undefined'), undefined);
    assert.equal(await kernel.valueOf('let nothing = 4;'), undefined);
  });

  it('refuses a cell with type errors, with line and column, and runs nothing of it', async () => {
    const { status, error } = await kernel.client.execute('let ran = 1;\nlet wrong: number = "a";');
    assert.equal(status, 'error');
    assert.equal(error?.name, 'TypeScriptError');
    assert.deepEqual(error.diagnostics, [
      {
        start: { line: 2, column: 5 },
        end: { line: 2, column: 10 },
        message: "Type 'string' is not assignable to type 'number'.",
        code: 2322,
      },
    ]);
    assert.match(error.stack, /Cell \d+:2:5 - error TS2322/);
    assert.equal((await kernel.client.execute('ran')).error?.diagnostics?.[0]?.code, 2304);
  });

  it('names the right column on the first line of a cell that awaits', async () => {
    const { error } = await kernel.client.execute('await 0; let wrong: number = "a";');
    assert.deepEqual(error?.at, { line: 1, column: 14 });
  });

  it('knows variables of earlier cells in shorthand properties, and keeps columns right behind them', async () => {
    await kernel.run('let depth = 3; let shade = "red";');
    assert.equal(
      await kernel.valueOf('JSON.stringify({ depth, shade, inner: { depth } })'),
      `'{"depth":3,"shade":"red","inner":{"depth":3}}'`,
    );
    assert.equal(
      await kernel.valueOf('({ depth, shade = "blue" } = { depth: 9 } as { depth: number; shade?: string });\ndepth + shade'),
      "'9blue'",
    );
    assert.deepEqual((await kernel.client.execute('const both = { depth, shade }; const n: number = "x";')).error?.at, {
      line: 1,
      column: 38,
    });
    assert.deepEqual((await kernel.client.execute('[{ depth, shade }].map(() => { throw new Error("here"); });')).error?.at, {
      line: 1,
      column: 38,
    });
  });

  it("gives run-time errors the cell's own line numbers, across cells", async () => {
    await kernel.run(
      'interface Gone { a: string }\n\nfunction thrower(n: number): never {\n  const unused: Gone | undefined = undefined;\n  for (const i of [n]) {\n    if (i > 0) throw new RangeError("too much");\n  }\n  throw unused;\n}',
    );
    const { error } = await kernel.client.execute('await 0;\n\nthrower(1);');
    assert.equal(error?.name, 'RangeError');
    assert.deepEqual(error.at, { line: 3, column: 1 });
    assert.match(error.stack, /^RangeError: too much\n {4}at .*thrower \(Cell \d+:6:22\)\n {4}at Cell \d+:3:1$/);
  });

  it('reports anything that is thrown', async () => {
    assert.match((await kernel.client.execute('throw "a text"')).error!.stack, /Thrown: a text/);
    assert.match((await kernel.client.execute('throw { get message() { throw 1 } }')).error!.stack, /Thrown/);
    const named = await kernel.client.execute('throw Object.assign(new Error("x"), { name: "n".repeat(1e6) })');
    assert.ok(JSON.stringify(named.error).length < 30_000, 'a name as long as a book is cut');
    assert.match((await kernel.client.execute('throw new Error("outer", { cause: new Error("inner") })')).error!.stack, /inner/);
  });

  it('says of what the library refuses its message, its code and the line of the cell, and nothing of its own insides', async () => {
    await kernel.run("import { LatentDiffusionModel, Video } from 'frameloom';");
    const stackOf = async (code: string): Promise<string> =>
      (await kernel.client.execute(code)).error!.stack.replace(/Cell \d+/g, 'Cell n');
    assert.match(
      await stackOf("const at = 1;\nawait Video.open('/nowhere.mp4');"),
      /^FrameloomError \[FL_VIDEO_NOT_FOUND\]: There is no video at "\/nowhere\.mp4"[^\n]*\n {4}at (async )?Cell n:2:\d+$/,
    );
    assert.match(
      await stackOf("async function open() {\n  return await Video.open('/nowhere.mp4');\n}\nawait open();"),
      /\n {4}at async open \(Cell n:2:\d+\)\n {4}at async Cell n:4:1$/,
    );
    assert.match(
      await stackOf("await LatentDiffusionModel.fromPretrained('motion-sticker')"),
      /^\w+ \[FL_\w+\]: [^\n]*motion-sticker[^]*\n {4}at (async )?Cell n:1:\d+$/,
    );
  });

  it('says of what a function of the cell throws within the library only where in the cell', async () => {
    await kernel.run("import { Video as Clip } from 'frameloom';");
    const { error } = await kernel.client.execute(
      'await Clip.fromFrames((function* (): Generator<never> {\n  throw new RangeError("mine");\n})(), { fps: 8 });',
    );
    assert.match(error!.stack, /^RangeError: mine\n {4}at .*Cell \d+:2:9\)?(\n {4}at (.*Cell \d+:\d+:\d+\)?|.* \(<anonymous>\)))*$/);
  });

  it('keeps the stack of other errors to what the person wrote and called', async () => {
    const { error } = await kernel.client.execute('import { readFileSync } from "node:fs";\nreadFileSync("/nowhere")');
    assert.match(error!.stack, /^Error: ENOENT/);
    assert.match((await kernel.client.execute('JSON.parse("{")')).error!.stack, /^SyntaxError: /);
  });

  it('complains once of one mistake, with the reasons below it', async () => {
    const complaints = async (code: string): Promise<string[]> =>
      (await kernel.client.execute(code)).error!.diagnostics!.map(({ code: number, message }) => `${number} ${message}`);
    assert.deepEqual(await complaints('function f(o: { a?: number }): void {}\nf({ b: 1 });'), [
      "2353 Object literal may only specify known properties, and 'b' does not exist in type '{ a?: number; }'.",
    ]);
    const [only, ...others] = await complaints('const wrong: { a: { b: number } } = { a: { b: 1 as unknown as string } };');
    assert.match(only!, /^2322 Type 'string' is not assignable to type 'number'/);
    assert.deepEqual(others, []);
    assert.equal((await complaints('interface A { x: { y: string } }\nconst one = { x: { y: 1 } };\nconst two: A = one;')).length, 1);
  });

  it('keeps what a failed cell had reached, and forgets what it had not', async () => {
    const { status } = await kernel.client.execute('const reached = 41;\nconst missed = (() => { throw new Error("no"); })() as number;');
    assert.equal(status, 'error');
    assert.equal(await kernel.valueOf('reached + 1'), '42');
    assert.equal((await kernel.client.execute('missed')).error?.diagnostics?.[0]?.code, 2304);
  });

  it("imports the very library of the process, with types, and packages from the notebook's folder", async () => {
    const folder = path.join(kernel.folder, 'node_modules/tiny');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{"name":"tiny","exports":{".":{"types":"./t.d.ts","default":"./t.js"}}}');
    writeFileSync(path.join(folder, 't.js'), 'exports.tiny = 7;');
    writeFileSync(path.join(folder, 't.d.ts'), 'export declare const tiny: number;');
    assert.equal(await kernel.valueOf('import { Tensor } from "frameloom";\nimport { tiny } from "tiny";\nTensor.zeros([tiny]).size'), '7');
    assert.equal((await kernel.client.execute('Tensor.nothing()')).error?.diagnostics?.[0]?.code, 2339);
    assert.equal(await kernel.valueOf('(require("frameloom") as { Tensor: unknown }).Tensor === Tensor'), 'true');
    assert.equal(
      await kernel.valueOf(
        'import { DDIMScheduler, schedulerClasses } from "frameloom/schedulers";\nschedulerClasses.DDIMScheduler === DDIMScheduler',
      ),
      'true',
    );
    assert.equal(
      await kernel.valueOf('import { Video } from "frameloom/video";\nimport { Video as Same } from "frameloom";\nVideo === Same'),
      'true',
    );
  });

  it('survives errors that no cell waits for', async () => {
    await kernel.run('setTimeout(() => { throw new Error("stray"); }, 5); void Promise.reject(new Error("lost"));');
    await until(() => ['stray', 'lost'].every((word) => kernel.printed().includes(word)), 'both errors to be told');
    assert.match(kernel.printed(), /Uncaught exception: Error: stray/);
    assert.match(kernel.printed(), /Unhandled rejection of a promise: Error: lost/);
    assert.equal(await kernel.valueOf('1 + 1'), '2');
  });

  it('goes on hearing and catching where a cell takes all listeners off the process', async () => {
    await kernel.run(
      "process.removeAllListeners('uncaughtException').removeAllListeners('unhandledRejection').removeAllListeners('message');",
    );
    await kernel.run('process.removeAllListeners();');
    kernel.outputs = [];
    await kernel.run('setTimeout(() => { throw new Error("stray"); }, 5); void Promise.reject(new Error("lost"));');
    await until(() => ['stray', 'lost'].every((word) => kernel.printed().includes(word)), 'both errors to be told');
    assert.equal(await kernel.valueOf('1 + 1'), '2');
  });

  it('completes the names that options take', async () => {
    await kernel.run(
      "import { LatentDiffusionModel as Model, Video as Footage } from 'frameloom';\ndeclare const drawer: Model;\ndeclare const footage: Footage;",
    );
    const offered = async (option: string): Promise<string[]> => {
      const code = `await drawer.editVideo(footage, 'a cat', { ${option}: '`;
      const { items } = await kernel.client.main.request('complete', { code: `${code}' });`, offset: code.length });
      return items.map(({ name }) => name);
    };
    const schedulers = await offered('scheduler');
    for (const name of ['ddim', 'pndm', 'dpmpp_2m_karras', 'PNDMScheduler'])
      assert.ok(schedulers.includes(name), `${name} in ${schedulers.join(', ')}`);
    assert.deepEqual((await offered('method')).sort(), Object.keys(editingMethods).sort());
    assert.deepEqual((await offered('fit')).sort(), ['contain', 'cover', 'fill']);
    await kernel.run("const spelt: Parameters<Model['generateVideo']>[1] = { scheduler: 'DPM++ 2M Karras' };");
  });

  it('completes and explains, across cells and with awaits', async () => {
    await kernel.run('/** Adds one. */\nfunction addOne(n: number) { return n + 1; }');
    const completion = await kernel.client.main.request('complete', { code: 'await 0; addO', offset: 13 });
    assert.equal(completion.items[0]?.name, 'addOne');
    assert.deepEqual([completion.start, completion.end], [9, 13]);
    const found = await kernel.client.main.request('inspect', { code: 'addOne(1)', offset: 2 });
    assert.match(found!.signature, /function addOne\(n: number\): number/);
    assert.match(found!.documentation, /Adds one\./);
    assert.equal(found!.start, 0);
  });

  it('lists variables with type and summary', async () => {
    await kernel.run('import { Tensor } from "frameloom"; const grid = Tensor.zeros([2, 3]);');
    const variables = await kernel.client.main.request('variables', null);
    assert.match(variables.find(({ name }) => name === 'grid')!.type, /Tensor \[2, 3\]/);
    assert.equal(
      variables.some(({ name }) => name === 'Tensor'),
      false,
    );
  });

  it('opens a variable, without running its getters', async () => {
    await kernel.run('let looked = 0; const thing2 = { list: [1, 2], get danger() { looked++; return 1; } };');
    const root = await kernel.client.main.request('variable', { name: 'thing2' });
    assert.ok(root?.kind === 'branch');
    assert.deepEqual(root.entries.find(({ key }) => key === 'list')?.value, {
      kind: 'branch',
      valueType: 'array',
      name: 'Array',
      size: 2,
      entries: [
        { key: '0', value: { kind: 'leaf', valueType: 'number', text: '1' } },
        { key: '1', value: { kind: 'leaf', valueType: 'number', text: '2' } },
      ],
    });
    assert.equal(await kernel.valueOf('looked'), '0');
    assert.equal((await kernel.client.main.request('variable', { name: 'grid' }))?.kind, 'leaf');
    assert.equal(await kernel.client.main.request('variable', { name: 'nothingOfThatName' }), null);
  });

  it('runs cells in the order in which they were asked', async () => {
    await kernel.run('const order: number[] = [];');
    await Promise.all(
      [1, 2, 3].map((n) => kernel.run(`await new Promise((resolve) => setTimeout(resolve, ${40 - 10 * n})); order.push(${n});`)),
    );
    assert.equal(await kernel.valueOf('order.join()'), "'1,2,3'");
  });
});
