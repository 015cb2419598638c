import type { HistoryRun } from './historyRun.js';

/** One setting or number of two runs. */
export interface HistoryDifference {
  /** `prompt`, `seed`, `settings.scheduler.config.betaEnd`, `metrics.flicker`, … */
  readonly name: string;
  /** In the first run, as text; undefined where it has none. */
  readonly a: string | undefined;
  /** In the second. */
  readonly b: string | undefined;
  /** Whether they are not the same. */
  readonly differs: boolean;
}

/** Two runs beside each other: `show` draws their pictures and marks what differs. */
export class HistoryComparison {
  /** @internal Made by `history.compare`. */
  constructor(
    /** The first run. */
    readonly a: HistoryRun,
    /** The second. */
    readonly b: HistoryRun,
  ) {}

  /** Everything that was set or measured in either, what was set first. */
  get rows(): HistoryDifference[] {
    const [a, b] = [factsOf(this.a), factsOf(this.b)];
    return [...new Set([...a.keys(), ...b.keys()])].map((name) => {
      const [left, right] = [a.get(name), b.get(name)];
      return { name, a: left, b: right, differs: left !== right };
    });
  }

  /** What was set differently, without what came of it. */
  get differences(): HistoryDifference[] {
    // Knobs of two samplers are no differences of one.
    const ofOneSampler = this.a.scheduler === this.b.scheduler;
    return this.rows.filter(
      ({ name, differs }) =>
        differs && !/^(metrics\.|seconds$)/.test(name) && (ofOneSampler || !name.startsWith('settings.scheduler.config.')),
    );
  }
}

/** Levels of objects that are told apart; what lies deeper is told as one text. */
const DEEPEST = 4;

function factsOf(run: HistoryRun): Map<string, string> {
  const { prompt, negativePrompt, seed, model, version, source, settings } = run.provenance;
  const facts = new Map<string, string>();
  const add = (name: string, value: unknown, depth: number): void => {
    if (value === undefined) return;
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < DEEPEST)
      for (const [key, part] of Object.entries(value)) add(`${name}.${key}`, part, depth + 1);
    else facts.set(name, typeof value === 'string' ? value.slice(0, 1000) : JSON.stringify(value).slice(0, 1000));
  };
  const set = { prompt, negativePrompt, seed, model, modelFiles: run.modelMark.slice(0, 12), version, source, input: run.inputPixels };
  for (const [name, value] of Object.entries({ ...set, settings, seconds: Number(run.seconds.toFixed(2)), metrics: run.metrics }))
    add(name, value === Infinity ? '∞' : value, 0);
  return facts;
}
