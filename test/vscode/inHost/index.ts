import { appendFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

/** One line of the report. */
export interface Reported {
  readonly kind: 'passed' | 'failed' | 'end';
  readonly title: string;
  readonly ms: number;
  readonly error?: string;
}

/** Called by VS Code (`extensionTestsPath`): runs the suite inside the extension host and reports each test as a line of JSON. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 120_000, reporter: 'min', grep: process.env.FRAMELOOM_TEST_GREP || undefined });
  for (const name of readdirSync(__dirname).sort()) if (name.endsWith('.test.js')) mocha.addFile(path.join(__dirname, name));
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((failures) => (failures > 0 ? reject(new Error(`${failures} tests failed.`)) : resolve()));
    runner.on('pass', (test) => report({ kind: 'passed', title: test.fullTitle(), ms: test.duration ?? 0 }));
    runner.on('fail', (test, error: Error) =>
      report({ kind: 'failed', title: test.fullTitle(), ms: test.duration ?? 0, error: error.stack ?? String(error) }),
    );
    runner.once('end', () => report({ kind: 'end', title: '', ms: 0 }));
  });
}

function report(line: Reported): void {
  const file = process.env.FRAMELOOM_TEST_REPORT;
  if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
  if (line.kind !== 'end') console.log(`${line.kind}: ${line.title}${line.error ? `\n${line.error}` : ''}`);
}
