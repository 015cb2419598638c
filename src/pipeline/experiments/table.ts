import type { ComparisonAxis } from './axes.js';
import type { ComparisonCell } from './cells.js';

/** Cells as CSV (RFC 4180) with a row of names; what was not measured is empty. */
export function tableOf(axes: readonly ComparisonAxis[], cells: readonly ComparisonCell[]): string {
  const measured = [...new Set(cells.flatMap(({ metrics }) => Object.keys(metrics)))] as (keyof ComparisonCell['metrics'])[];
  const rows = cells.map(({ labels, seconds, metrics }) => [
    ...axes.map(({ option }) => labels[option]!),
    seconds.toFixed(3),
    ...measured.map((name) => (metrics[name] === undefined ? '' : String(metrics[name]))),
  ]);
  return [[...axes.map(({ option }) => option), 'seconds', ...measured], ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
