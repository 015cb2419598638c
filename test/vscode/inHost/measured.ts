import { appendFileSync } from 'node:fs';

/** Reports a number that was measured along the way, for whoever reads the output of the tests. */
export function measured(what: string, value: number, unit: string): void {
  const file = process.env.FRAMELOOM_TEST_REPORT;
  if (file) appendFileSync(file, `${JSON.stringify({ kind: 'measured', title: `${what}: ${value.toFixed(1)} ${unit}`, ms: 0 })}\n`);
}
