import type { HistoryComparison, HistoryRun, HistoryTable } from '../../pipeline/experiments/index.js';
import { summaryOf } from '../../pipeline/history/index.js';
import { numberName } from '../../shared/figures/numberNames.js';
import { shortNumber } from '../../shared/figures/ticks.js';
import { HISTORY_MIME } from '../../shared/outputs/index.js';
import type { Bundle, HistoryPayload, HistoryRow, PictureUri } from '../../shared/outputs/index.js';

/** Characters of an output, shared by what our renderer shows and what others do. */
const ROOM = 170_000;
/** What a row takes beside its picture. */
const ROW = 1200;
/** Share that the HTML form gets: pictures stand in both. */
const HTML_SHARE = 0.45;

/** Runs as a table: sorted and searched in our renderer, plain elsewhere; pictures as far as there is room for them. */
export function tableBundle(table: HistoryTable, title: string | undefined, room = ROOM): Bundle {
  const rows = table.runs.map((run): HistoryRow => rowOf(run));
  const shown = fitted(rows, room * (1 - HTML_SHARE));
  const payload: HistoryPayload = {
    type: 'history',
    title,
    runs: shown,
    ...(shown.length < rows.length ? { omitted: rows.length - shown.length } : {}),
  };
  return {
    [HISTORY_MIME]: payload,
    'text/html': tableHtml(table, fitted(rows, room * HTML_SHARE)),
    'text/plain': table.runs.length === 0 ? 'No runs yet.' : table.runs.map(String).join('\n'),
  };
}

/** One run: a table of one row. */
export function historyRunBundle(run: HistoryRun, title: string | undefined): Bundle {
  const payload: HistoryPayload = { type: 'history', title, runs: [rowOf(run)] };
  const rows = [picturesRow([run]), ...Object.entries(rowOf(run).settings).map(([name, value]) => row([name, String(value)]))];
  return { [HISTORY_MIME]: payload, 'text/html': `<table>${rows.join('')}</table>`, 'text/plain': String(run) };
}

/** Two runs beside each other; what was set differently is marked, what came of it stands below. */
export function historyComparisonBundle(comparison: HistoryComparison): Bundle {
  const { a, b, differences, rows } = comparison;
  const changed = new Set(differences.map(({ name }) => name));
  const outcomes = rows.filter(({ name }) => /^(metrics\.|seconds$)/.test(name));
  const same = rows.filter((each) => !each.differs && !outcomes.includes(each));
  const head = `<tr><th></th><th>${escaped(a.id)}</th><th>${escaped(b.id)}</th></tr>`;
  const body = [
    picturesRow([a, b]),
    ...rows
      .filter(({ name }) => changed.has(name))
      .map(({ name, a: left, b: right }) => row([`<strong>${escaped(plainName(name))}</strong>`, mark(left), mark(right)], true)),
    ...outcomes.map(({ name, a: left, b: right }) => row([plainName(name), shownNumber(left), shownNumber(right)])),
  ];
  const text = differences.map(({ name, a: left = '–', b: right = '–' }) => `${plainName(name)}: ${left} → ${right}`);
  return {
    'text/html': `<table>${head}${body.join('')}</table><p>${same.length} other settings are the same.</p>`,
    'text/plain': [`${a.id} and ${b.id}`, ...(text.length > 0 ? text : ['set alike'])].join('\n'),
  };
}

function rowOf(run: HistoryRun): HistoryRow {
  const { file: _, picture, ...rest } = summaryOf(run);
  return { ...rest, ...(picture === undefined ? {} : { picture: picture as PictureUri }) };
}

/** The rows that fit, the first with their pictures. */
function fitted(rows: readonly HistoryRow[], room: number): HistoryRow[] {
  const kept = rows.slice(0, Math.max(1, Math.floor(room / ROW)));
  let left = room - kept.length * ROW;
  return kept.map((each) => {
    left -= each.picture?.length ?? 0;
    const { picture: _, ...bare } = each;
    return left >= 0 ? each : bare;
  });
}

function tableHtml({ numbers }: HistoryTable, rows: readonly HistoryRow[]): string {
  const names = ['', 'prompt', 'sampler', 'steps', 'seed', 'seconds', ...numbers.map(numberName), 'run'];
  const head = `<tr>${names.map((name) => `<th>${escaped(name)}</th>`).join('')}</tr>`;
  const body = rows.map((run) =>
    row(
      [
        run.picture ? image(run.picture, run.prompt) : '',
        escaped(run.prompt),
        escaped(run.scheduler),
        String(run.steps),
        String(run.seed),
        shortNumber(run.seconds),
        ...numbers.map((name) => (Object.hasOwn(run.numbers, name) ? shownNumber(run.numbers[name] ?? '∞') : '')),
        `<code>${escaped(run.id)}</code>`,
      ],
      true,
    ),
  );
  return `<table>${head}${body.join('')}</table>`;
}

function picturesRow(runs: readonly HistoryRun[]): string {
  return row(['', ...runs.map(({ thumbnail, prompt }) => (thumbnail ? image(thumbnail, prompt) : ''))], true);
}

function row(cells: readonly string[], isHtml = false): string {
  return `<tr>${cells.map((cell) => `<td style="text-align:left">${isHtml ? cell : escaped(cell)}</td>`).join('')}</tr>`;
}

function mark(text: string | undefined): string {
  return text === undefined ? '–' : `<mark>${escaped(text)}</mark>`;
}

function image(uri: string, prompt: string): string {
  return `<img src="${escaped(uri)}" alt="Frames of: ${escaped(prompt)}">`;
}

function shownNumber(value: string | number | undefined): string {
  const read = Number(value);
  return value === undefined ? '–' : Number.isFinite(read) ? shortNumber(read) : escaped(String(value));
}

/** `settings.scheduler.config.betaEnd` as `scheduler.betaEnd`, `metrics.promptAlignment` as `alignment`. */
function plainName(name: string): string {
  return name.startsWith('metrics.')
    ? numberName(name.slice(8))
    : name.replace(/^settings\./, '').replace('scheduler.config.', 'scheduler.');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
