import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Schema, Validator } from '@cfworker/json-schema';
import type { readNotebook } from '../../src/kernelHost/notebook/index.js';
import { buildKernel, root } from './startedKernel.js';

const schema = JSON.parse(readFileSync(path.join(__dirname, 'nbformat.v4.5.schema.json'), 'utf8')) as Schema;

describe('frameloom run', () => {
  let folder: string;
  before(buildKernel);
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-notebook-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const at = (name: string) => path.join(folder, name);
  const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [path.join(root, 'dist/cli.js'), 'run', ...args], { cwd: folder, encoding: 'utf8' });

  /** A code cell as nbformat 4.5 has it. */
  const code = (source: string, tags: string[] = [], id = `c${Math.random().toString(36).slice(2)}`) => ({
    id,
    cell_type: 'code',
    metadata: { tags },
    source,
    outputs: [],
    execution_count: null,
  });

  /** Writes a notebook of cells and gives its path. */
  function write(name: string, ...cells: (string | object)[]): string {
    writeFileSync(
      at(name),
      JSON.stringify({
        cells: cells.map((cell) => (typeof cell === 'string' ? code(cell) : cell)),
        metadata: {},
        nbformat: 4,
        nbformat_minor: 5,
      }),
    );
    return at(name);
  }

  /** What a file holds, once the schema of nbformat 4.5 has accepted it and its ids differ. */
  function validNotebook(name: string) {
    const notebook = JSON.parse(readFileSync(at(name), 'utf8')) as Awaited<ReturnType<typeof readNotebook>>;
    const { valid, errors } = new Validator(schema, '4', false).validate(notebook);
    assert.ok(valid, JSON.stringify(errors.slice(0, 5), null, 1));
    assert.equal(new Set(notebook.cells.map(({ id }) => id)).size, notebook.cells.length, 'an id is there twice');
    return notebook;
  }

  const printed = (notebook: ReturnType<typeof validNotebook>) =>
    notebook.cells.map(({ outputs }) => (outputs ?? []).flatMap((output) => (output.output_type === 'stream' ? output.text : [])).join(''));

  /** One sentence on stderr, and no kernel, no file. */
  function refused({ status, stdout, stderr }: ReturnType<typeof run>, code: number, message: RegExp): void {
    assert.equal(status, code, stderr);
    assert.equal(stdout, '');
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.match(stderr, message);
    assert.ok(!existsSync(at('ran')), 'a cell ran');
    assert.deepEqual(
      readdirSync(folder).filter((name) => /part/.test(name)),
      [],
    );
  }
  const leavesTrace = "require('fs').writeFileSync('ran', '')";

  it('runs one with parameters, writes outputs, counts and timings', () => {
    const source = write('a.ipynb', code('let steps: number = 1; let name = "none";', ['parameters']), 'console.log(name); steps * 2');
    const { status, stderr } = run(source, '-o', 'out.ipynb', '--param', 'steps=21', '-p', 'name=a b');
    assert.equal(status, 0, String(stderr));
    const { cells } = validNotebook('out.ipynb');
    assert.deepEqual(
      cells.map((cell) => cell.metadata.tags),
      [['parameters'], ['injected-parameters'], []],
    );
    assert.deepEqual(cells[2]!.outputs, [
      { output_type: 'stream', name: 'stdout', text: ['a b\n'] },
      { output_type: 'display_data', data: { 'text/plain': ['42'] }, metadata: {} },
    ]);
    assert.equal(cells[2]!.execution_count, 3);
    assert.ok(cells[2]!.metadata.execution);
    assert.equal(run('out.ipynb', '-o', 'again.ipynb', '-p', 'steps=3', '-p', 'name=b').status, 0);
    assert.equal(validNotebook('again.ipynb').cells.length, 3, 'an injected cell is replaced');
  });

  it('refuses parameters that the notebook does not have or would set anew, and names those that exist', () => {
    write('a.ipynb', code('let steps: number = 1, { width: w, sizes: [first] } = { width: 2, sizes: [3] };', ['parameters']), leavesTrace);
    refused(run('a.ipynb', '-p', 'stpes=2'), 2, /no parameter stpes; it has steps, w, first\. Did you mean steps\?/);
    write('b.ipynb', 'const steps = 1;', leavesTrace);
    refused(run('b.ipynb', '-p', 'nosuch=2'), 2, /No cell uses nosuch.*the notebook sets steps/);
    refused(run('b.ipynb', '-p', 'steps=2'), 2, /Cell 1 sets steps itself/);
    write('c.ipynb', 'console.log(shown)');
    assert.equal(run('c.ipynb', '-p', 'shown=2').status, 0, 'a variable that a cell uses and none sets is a parameter');
    assert.deepEqual(printed(validNotebook('c.ipynb')), ['', '2\n']);
  });

  it('stops at the first error with its place, and with --keep-going goes on and lists all failures', () => {
    const source = write('b.ipynb', '1', '', 'const bad: number = "x";', '3', 'throw new Error("\\u001b[31mlate\\u001b[0m")');
    const { status, stderr } = run(source, '-o', 'out.ipynb');
    assert.equal(status, 1);
    assert.match(stderr, /Cell 3 of 5 failed[^]*Cell 3:1:7 - error TS2322/);
    const { cells } = validNotebook('out.ipynb');
    assert.equal(cells[2]!.outputs![0]!.output_type, 'error');
    assert.equal(cells[3]!.execution_count, null);
    const all = run(source, '-o', 'all.ipynb', '--keep-going');
    assert.equal(all.status, 1);
    assert.match(all.stderr, /Cell 3 of 5 failed[^]*TS2322[^]*Cell 5 of 5 failed[^]*late[^]*2 cells failed/);
    assert.ok(!all.stderr.includes('\u001b'), 'an escape code came through');
    assert.equal(validNotebook('all.ipynb').cells[3]!.execution_count, 4);
  });

  it('keeps what is printed between two cells, after the last one, and past Node', () => {
    write(
      'late.ipynb',
      "setTimeout(() => console.log('between'), 100); console.log('first')",
      'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300); 0',
      "await new Promise((resolve) => setTimeout(resolve, 200)); setImmediate(() => console.log('last'))",
      "require('child_process').execSync('echo from a child', { stdio: 'inherit' }); setTimeout(() => console.log('end'), 0)",
    );
    assert.equal(run('late.ipynb').status, 0);
    const texts = printed(validNotebook('late.ipynb'));
    for (const word of ['first', 'between', 'last', 'from a child', 'end'])
      assert.equal(texts.join('').split(word).length, 2, `${word} in ${JSON.stringify(texts)}`);
  });

  it('ends a cell that takes too long and reports a dead kernel', () => {
    assert.match(
      run(write('loop.ipynb', 'while (true) {}'), '-o', 'loop-out.ipynb', '--timeout', '0.5').stderr,
      /longer than the limit of 0\.5 s \(--timeout\) and was interrupted/,
    );
    assert.match(run(write('exit.ipynb', 'process.exit(4)'), '-o', 'exit-out.ipynb').stderr, /exit code 4/);
  });

  it('ends the kernel of a cell that takes too long and cannot be interrupted, and keeps what came before', () => {
    const { status, stderr } = run(
      write(
        'native.ipynb',
        "console.log('before')",
        "require('node:crypto').pbkdf2Sync('a', 'b', 2 ** 31 - 1, 64, 'sha512')",
        "console.log('never')",
      ),
      '-o',
      'native-out.ipynb',
      '--timeout',
      '0.5',
      '--keep-going',
    );
    assert.equal(status, 1);
    assert.match(stderr, /Cell 2 of 3 failed\.\n.*limit of 0\.5 s \(--timeout\).*could not be interrupted .* kernel was ended/);
    const [first, second, third] = validNotebook('native-out.ipynb').cells;
    assert.match(JSON.stringify(first!.outputs), /before/);
    assert.match(JSON.stringify(second!.outputs), /KernelDied/);
    assert.deepEqual(third!.outputs, []);
  });

  describe('refuses in one sentence, before a kernel starts,', () => {
    const content = (name: string, text: string | Buffer, message: RegExp) =>
      it(name, () => {
        writeFileSync(at('c.ipynb'), text);
        refused(run('c.ipynb'), 3, message);
      });
    content('an empty file', '', /c\.ipynb is no notebook.*empty/);
    content('blanks', ' \n', /is empty/);
    content('what is not JSON', '# title\n', /not JSON/);
    content('bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /UTF-8/);
    content('JSON of something else', '[1, 2]', /something else/);
    content('JSON without cells', '{"name": "x", "version": "1"}', /without a list of cells/);
    content('cells that are no list', '{"cells": 1}', /without a list of cells/);
    content('a cell that is none', '{"cells": [7], "nbformat": 4}', /cell 1 is no cell/);
    content('a cell of no known type', '{"cells": [{"cell_type": "heading", "source": ""}], "nbformat": 4}', /cell 1.*heading/);
    content('a cell whose source is no text', '{"cells": [{"cell_type": "code", "source": 5}], "nbformat": 4}', /source of cell 1/);
    content('nbformat 3', '{"worksheets": [], "nbformat": 3, "nbformat_minor": 0, "metadata": {}}', /nbformat 3.*nbconvert/);
    content('nbformat 5', '{"cells": [], "nbformat": 5, "metadata": {}}', /nbformat 5/);
    content(
      'JSON nested too deeply',
      `{"cells": [], "nbformat": 4, "metadata": {"a": ${'['.repeat(50_000)}${']'.repeat(50_000)}}}`,
      /nested too deeply/,
    );
    for (const [how, metadata] of Object.entries({
      'by its kernel': { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
      'by its language': { language_info: { name: 'python' } },
      'by its kernel’s name': { kernelspec: { name: 'python3', display_name: 'x' } },
    })) {
      content(
        `a Python notebook, told ${how}`,
        JSON.stringify({ cells: [code('print(1)')], metadata, nbformat: 4, nbformat_minor: 5 }),
        /Python, but Frameloom's notebooks run TypeScript/,
      );
    }
    it('a Python cell among others', () => {
      write('c.ipynb', leavesTrace, { ...code('print(1)'), metadata: { vscode: { languageId: 'python' } } });
      refused(run('c.ipynb'), 3, /Cell 2 of c\.ipynb is Python/);
    });
    it('a folder, a missing file, a path through a file, a circle of links', () => {
      mkdirSync(at('folder.ipynb'));
      writeFileSync(at('file'), '');
      symlinkSync('circle.ipynb', at('circle.ipynb'));
      for (const [name, message] of [
        ['folder.ipynb', /is a folder/],
        ['none.ipynb', /no such file/],
        ['file/a.ipynb', /name of one of its folders/],
        ['circle.ipynb', /circle/],
      ] as const)
        refused(run(name), 3, message);
    });
    it('a named pipe, which nobody writes to', () => {
      spawnSync('mkfifo', [at('pipe.ipynb')]);
      refused(run('pipe.ipynb'), 3, /neither a file nor a folder/);
    });
    it('outputs that cannot be written', () => {
      write('a.ipynb', leavesTrace);
      mkdirSync(at('folder.ipynb'));
      writeFileSync(at('file'), '');
      for (const [name, message] of [
        ['missing/o.ipynb', /does not exist/],
        ['folder.ipynb', /folder has that name/],
        ['file/o.ipynb', /is a file, not a folder/],
        ['o.txt', /must end in \.ipynb/],
        [`${'x'.repeat(300)}.ipynb`, /too long/],
      ] as const)
        refused(run('a.ipynb', '-o', name), 5, message);
    });
    it('wrong options', () => {
      write('a.ipynb', leavesTrace);
      refused(run('a.ipynb', '--param', '1x=2'), 2, /1x=2/);
      for (const seconds of ['0', 'soon', '1e9']) refused(run('a.ipynb', '--timeout', seconds), 2, /--timeout/);
    });
  });

  describe('reads what other versions wrote, and writes valid nbformat 4.5:', () => {
    const file = (title: string, text: string, check: (notebook: ReturnType<typeof validNotebook>) => void) =>
      it(title, () => {
        writeFileSync(at('in.ipynb'), text);
        const { status, stderr } = run('in.ipynb', '-o', 'out.ipynb');
        assert.equal(status, 0, stderr);
        check(validNotebook('out.ipynb'));
      });
    const one = code("console.log('one')", [], 'x');
    const two = code("console.log('two')", [], 'x');
    const bare = ({ cell_type: type, source }: ReturnType<typeof code>) => ({ cell_type: type, source });
    const whole = (cells: unknown[], more: object = {}) => JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5, ...more });

    file('one id twice', whole([one, two, { cell_type: 'markdown', id: 'x', metadata: {}, source: 't' }]), (notebook) =>
      assert.deepEqual(printed(notebook), ['one\n', 'two\n', '']),
    );
    for (const minor of [0, 4])
      file(
        `nbformat 4.${minor}`,
        whole(
          [
            { cell_type: 'markdown', metadata: {}, source: ['# t\n', 'x'] },
            { ...one, id: undefined },
          ],
          { nbformat_minor: minor },
        ),
        (notebook) => assert.deepEqual(printed(notebook), ['', 'one\n']),
      );
    file(
      'ids that are null, empty, too long or of other characters',
      whole([
        { ...one, id: null },
        { ...two, id: '' },
        { ...one, id: 'a b' },
        { ...one, id: 'x'.repeat(65) },
        { ...one, id: 3 },
      ]),
      (notebook) => assert.equal(printed(notebook)[1], 'two\n'),
    );
    file(
      'cells and notebook without metadata, outputs, count and minor',
      JSON.stringify({ cells: [bare(one), { cell_type: 'raw', source: 'r' }], nbformat: 4 }),
      (notebook) => assert.deepEqual(printed(notebook), ['one\n', '']),
    );
    file(
      'null for metadata, source and outputs',
      whole(
        [
          { ...one, metadata: null, outputs: null },
          { ...two, source: null },
        ],
        { metadata: null, nbformat_minor: null },
      ),
      (notebook) => assert.deepEqual(printed(notebook), ['one\n', '']),
    );
    file('a byte order mark', `\ufeff${whole([one])}`, (notebook) => assert.deepEqual(printed(notebook), ['one\n']));
    file(
      'what the schema forbids',
      whole(
        [
          {
            ...one,
            collapsed: true,
            prompt_number: 4,
            metadata: { collapsed: 'no', scrolled: 3, name: '', tags: 'a,b', execution: { x: 1 }, mine: 1 },
          },
          {
            cell_type: 'markdown',
            id: 'm',
            metadata: { tags: ['t', 't', 5, ''] },
            source: 't',
            outputs: [],
            execution_count: 1,
            attachments: { 'a.png': { 'image/png': 'AA==' } },
          },
        ],
        { worksheets: [], metadata: { kernelspec: { name: 'tslab' }, language_info: { version: 5 }, title: 5, authors: 'me', mine: 1 } },
      ),
      ({ cells, metadata }) => {
        assert.deepEqual([cells[0]!.metadata.tags, cells[0]!.metadata.mine, cells[1]!.metadata.tags], [['a', 'b'], 1, ['t']]);
        assert.deepEqual(cells[1]!.attachments, { 'a.png': { 'image/png': 'AA==' } });
        assert.deepEqual([metadata.mine, metadata.kernelspec], [1, { name: 'tslab', display_name: 'tslab' }]);
      },
    );
    file(
      'outputs in every form',
      whole([
        code(
          "import { show } from 'frameloom'; import * as tslab from 'tslab'; tslab.display.raw('application/x-mine', { a: 1 } as never); tslab.display.raw('application/json', { a: 1 } as never); tslab.display.html('<b>x</b>'); tslab.display.png(new Uint8Array([1, 2])); await show([1, 2])",
        ),
      ]),
      ({ cells }) => assert.ok(cells[0]!.outputs!.length >= 5),
    );

    it('in place through a link, which stays one', () => {
      write('real.ipynb', one);
      symlinkSync('real.ipynb', at('link.ipynb'));
      assert.equal(run('link.ipynb').status, 0);
      assert.deepEqual(printed(validNotebook('real.ipynb')), ['one\n']);
      assert.deepEqual(
        readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isSymbolicLink())
          .map(({ name }) => name),
        ['link.ipynb'],
      );
    });
  });
});
