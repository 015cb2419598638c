import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as vscode from 'vscode';
import { closeAll, mimesOf, openNotebook, runAll, runCell, settled, sleep, startCell, textOf, theExtension, until } from './notebooks.js';

const session = async (notebook: vscode.NotebookDocument) => (await theExtension()).controller.sessionOf(notebook)!;

describe('A notebook with the Frameloom kernel', () => {
  before(theExtension);
  afterEach(closeAll);

  it('runs all cells in order, in one session, with numbers in the brackets', async () => {
    const notebook = await openNotebook(['const a = 20;', 'function twice(n: number) { return 2 * n; }', 'console.log(twice(a) + 2);']);
    await runAll(notebook);
    assert.match(textOf(notebook.cellAt(2)), /^42\s*$/);
    assert.deepEqual(
      notebook.getCells().map(({ executionSummary }) => executionSummary?.executionOrder),
      [1, 2, 3],
    );
    assert.deepEqual(
      notebook.getCells().map(({ executionSummary }) => executionSummary?.success),
      [true, true, true],
    );
  });

  it('stops Run All at the first error, which names the line in the cell', async () => {
    const notebook = await openNotebook(['const before = 1;', "const x = 1;\nthrow new TypeError('on purpose');", 'console.log("never");']);
    await runAll(notebook);
    assert.equal(notebook.cellAt(1).executionSummary?.success, false);
    assert.match(textOf(notebook.cellAt(1)), /TypeError/);
    assert.match(textOf(notebook.cellAt(1)), /on purpose/);
    assert.match(textOf(notebook.cellAt(1)), /Cell 2:2|:2:/);
    assert.equal(notebook.cellAt(2).executionSummary?.executionOrder, undefined);
    assert.equal(notebook.cellAt(2).outputs.length, 0);
  });

  it('refuses a cell with a type error and says where', async () => {
    const notebook = await openNotebook(['const n: number = 1;', 'const s: string = n;']);
    await runAll(notebook);
    assert.match(textOf(notebook.cellAt(1)), /not assignable to type 'string'/);
  });

  it('keeps printed text in order and in few outputs', async () => {
    const notebook = await openNotebook([
      "for (let i = 0; i < 3000; i++) console.log(`line ${i}`);\nconsole.error('warned');\nconsole.log('last');",
    ]);
    const cell = await runCell(notebook, 0);
    const text = textOf(cell);
    assert.ok(
      text.indexOf('line 0\n') < text.indexOf('line 2999\n') &&
        text.indexOf('line 2999') < text.indexOf('warned') &&
        text.indexOf('warned') < text.indexOf('last'),
      text.slice(-200),
    );
    assert.equal(cell.outputs.length, 3);
  });

  it('shows the last value as a tree with a text for other programs', async () => {
    const notebook = await openNotebook(["({ name: 'frameloom', list: [1, 2, 3] })"]);
    const cell = await runCell(notebook, 0);
    const mimes = mimesOf(cell).flat();
    assert.ok(mimes.includes('application/vnd.frameloom.tree+json'), mimes.join());
    assert.ok(mimes.includes('text/plain'), mimes.join());
  });

  it('changes the document at most ten times a second while a cell prints', async () => {
    const notebook = await openNotebook([
      'for (let i = 0; i < 100; i++) { console.log(i); await new Promise((done) => setTimeout(done, 20)); }',
    ]);
    let changes = 0;
    const watching = vscode.workspace.onDidChangeNotebookDocument(({ notebook: changed, cellChanges }) => {
      if (changed === notebook && cellChanges.some(({ outputs }) => outputs)) changes++;
    });
    const started = Date.now();
    await runCell(notebook, 0);
    watching.dispose();
    const seconds = (Date.now() - started) / 1000;
    assert.ok(changes >= 5, `it streams (${changes} changes)`);
    assert.ok(changes <= seconds * 10 + 3, `${changes} changes in ${seconds} s`);
  });

  it('ends a cell that waits when interrupted, keeps the variables and takes back the cells that wait', async () => {
    const notebook = await openNotebook([
      'let kept = 7;',
      'await new Promise((done) => setTimeout(done, 600_000));',
      'console.log("waits");',
      'console.log(kept);',
    ]);
    await runCell(notebook, 0);
    void vscode.commands.executeCommand('notebook.execute', notebook.uri);
    await until('the second cell runs', async () => (await session(notebook)).runningCell?.cell.index === 1);
    await sleep(300);
    await vscode.commands.executeCommand('notebook.cancelExecution', { ranges: [{ start: 1, end: 2 }], document: notebook.uri });
    await settled(notebook);
    assert.equal(notebook.cellAt(1).executionSummary?.success, false);
    assert.equal(notebook.cellAt(2).outputs.length, 0);
    assert.match(textOf(await runCell(notebook, 3)), /^7\s*$/);
  });

  it('ends a tight loop when interrupted and keeps the variables', async () => {
    const notebook = await openNotebook(['let kept = 8;', 'let i = 0; while (true) i++;', 'console.log(kept);']);
    await runCell(notebook, 0);
    await startCell(notebook, 1);
    await until('the loop runs', async () => (await session(notebook)).runningCell?.cell.index === 1);
    await sleep(500);
    await vscode.commands.executeCommand('notebook.cancelExecution', { ranges: [{ start: 1, end: 2 }], document: notebook.uri });
    await settled(notebook);
    assert.equal(notebook.cellAt(1).executionSummary?.success, false);
    assert.match(textOf(await runCell(notebook, 2)), /^8\s*$/);
  });

  it('says what was lost when the kernel is killed, keeps outputs, and starts a fresh kernel with the next run', async () => {
    const notebook = await openNotebook([
      'let lost = 1; console.log("kept output");',
      'await new Promise((done) => setTimeout(done, 60_000));',
      'console.log(typeof globalThis, 6 * 7);',
      'console.log("never");',
    ]);
    await runCell(notebook, 0);
    await startCell(notebook, 1);
    await startCell(notebook, 3);
    const { kernel, runningCell } = await session(notebook);
    assert.ok(runningCell);
    await sleep(300);
    process.kill(kernel.pid!, 'SIGKILL');
    await settled(notebook);
    assert.equal(kernel.state.kind, 'dead');
    assert.match(textOf(notebook.cellAt(1)), /killed.*SIGKILL.*while cell 2 was running.*variables are lost.*outputs are kept/s);
    assert.match(textOf(notebook.cellAt(0)), /kept output/);
    assert.equal(notebook.cellAt(3).outputs.length, 0);
    const revived = await runCell(notebook, 2);
    assert.match(textOf(revived), /42/);
    assert.equal(revived.executionSummary?.executionOrder, 1);
  });

  it('tells a cell that called process.exit() what happened', async () => {
    const notebook = await openNotebook(['process.exit(3);']);
    await runCell(notebook, 0);
    assert.match(textOf(notebook.cellAt(0)), /exit code 3/);
  });

  it('starts afresh on Restart', async () => {
    const notebook = await openNotebook(['const fresh = process.pid; console.log(fresh);', 'console.log("second");']);
    await runCell(notebook, 0);
    const before = textOf(notebook.cellAt(0));
    await vscode.commands.executeCommand('frameloom.restartKernel');
    assert.equal((await session(notebook)).kernel.state.kind, 'idle');
    const again = await runCell(notebook, 0);
    assert.notEqual(textOf(again), before);
    assert.equal(again.executionSummary?.executionOrder, 1);
  });

  it('gives every notebook a kernel of its own and ends it when the notebook is closed', async () => {
    const one = await openNotebook(['const mine = 1; console.log(process.pid);']);
    await runCell(one, 0);
    const two = await openNotebook(['console.log(typeof (globalThis as { mine?: unknown }).mine, process.pid);']);
    await runCell(two, 0);
    const pid = (await session(one)).kernel.pid!;
    assert.notEqual(pid, (await session(two)).kernel.pid);
    assert.ok(isAlive(pid));
    await closeAll();
    await until('the kernel is gone', () => !isAlive(pid));
  });

  it('keeps the extension host turning while a cell runs a tight loop and prints a lot', async () => {
    const notebook = await openNotebook([
      'const until = Date.now() + 3000; while (Date.now() < until) ;\nfor (let i = 0; i < 10_000; i++) console.log(`line ${i}`);',
    ]);
    let turns = 0;
    const timer = setInterval(() => {
      if (busy()) turns++;
    }, 5);
    const busy = (): boolean => controller.sessionOf(notebook)?.kernel.state.kind === 'busy';
    const { controller } = await theExtension();
    await runCell(notebook, 0);
    clearInterval(timer);
    assert.ok(turns >= 10, `${turns} turns while the cell ran`); // for how long it stands still at most, bench/extension.ts measures
    assert.ok(!busy());
    assert.match(textOf(notebook.cellAt(0)), /^line 0\nline 1\n/);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended but was not waited for yet still answers.
    return process.platform === 'win32' || !/^\s*Z/.test(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }));
  } catch {
    return false;
  }
}
