import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { StartedKernel, until } from './startedKernel.js';

describe('Kernel: what cells print', () => {
  let kernel: StartedKernel;
  before(async () => (kernel = await StartedKernel.start()));
  after(() => kernel.stop());
  beforeEach(() => (kernel.outputs = []));

  it('keeps the order of 10,000 lines in few messages', async () => {
    await kernel.run('for (let i = 0; i < 10_000; i++) console.log(`line ${i}`);');
    assert.equal(kernel.printed(), Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join(''));
    assert.ok(kernel.outputs.length < 200, `${kernel.outputs.length} messages`);
  });

  it('keeps the order over stdout, stderr, console and shown values', async () => {
    await kernel.run(
      'import { display } from "tslab";\nconsole.log("1"); console.error("2"); process.stdout.write("3\\n"); display.text("4"); console.warn("5"); await null; console.info("6");\n"7"',
    );
    const seen = kernel.outputs.map((output) =>
      output.event === 'stream' ? `${output.name}:${output.text.trim().replace(/\n/g, ',')}` : String(output.bundle['text/plain']),
    );
    assert.deepEqual(seen, ['stdout:1', 'stderr:2', 'stdout:3', '4', 'stderr:5', 'stdout:6', "'7'"]);
  });

  it('prints while a cell still runs', async () => {
    let ended = false;
    const cell = kernel
      .run(
        'import { existsSync } from "node:fs";\nconsole.log("early"); while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5));',
      )
      .then(() => (ended = true));
    await until(() => kernel.printed() === 'early\n', 'the first line');
    assert.equal(ended, false);
    writeFileSync(path.join(kernel.folder, 'go'), '');
    await cell;
  });

  it('joins characters that were written in pieces', async () => {
    await kernel.run('const euro = Buffer.from("€"); process.stdout.write(euro.subarray(0, 1)); process.stdout.write(euro.subarray(1));');
    assert.equal(kernel.printed(), '€');
  });

  it('prints bytes of any view, and texts that stand for bytes', async () => {
    await kernel.run(`process.stdout.write('68690a', 'hex');
process.stdout.write('aG8K', 'base64');
process.stdout.write(new Uint16Array(new Uint8Array([104, 97, 104, 10]).buffer) as unknown as Uint8Array);
process.stdout.write(new DataView(new Uint8Array([45, 104, 101, 10, 45]).buffer, 1, 3) as unknown as Uint8Array);`);
    assert.equal(kernel.printed(), 'hi\nho\nhah\nhe\n');
  });

  it('survives 100 MB of output, shows its beginning and end and says how much it left out', async () => {
    await kernel.run('const line = "x".repeat(999); for (let i = 0; i < 100_000; i++) console.log(i === 99_999 ? "the end" : line);');
    const text = kernel.printed();
    assert.ok(text.length < 200_000, `${text.length} characters`);
    assert.match(text, /… 99\.\d MB of printed text was left out here/);
    assert.match(text, /the end\n$/);
    kernel.outputs = [];
    await kernel.run('console.log("y".repeat(100_000_000))');
    assert.ok(kernel.printed().length < 200_000);
    assert.equal(await kernel.valueOf('line.length'), '999');
  });
});
