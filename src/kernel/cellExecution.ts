import type * as pipeline from '../library.js';
import type { CellError, CellProgress, CellResult, KernelContract } from '../shared/kernelProtocol.js';
import type { MainThreadState } from './control/mainThreadState.js';
import type { CellOutputs } from './output/cellOutputs.js';
import { intoForm, remakeForm } from './formExecution.js';
import type { CellOutcome, Session } from './session.js';
import { describeThrown } from './thrown.js';
import { CellInterrupted } from './typescript/loopGuards.js';

type Library = typeof pipeline;

/** For how long after an interrupt, with the event loop turning, a cell may take to end by itself, ms; a call that keeps the thread counts as one of the parts. */
const GRACE = { parts: 2, each: 250 };

/** What a cell's execution tells while it runs. */
export interface ExecutionEvents {
  busy(cellId: string, progress?: CellProgress): void;
  idle(): void;
}

/** Runs the cells of one session, one at a time in the order in which they came, each under its own abort signal. */
export class CellExecution {
  private last: Promise<unknown> = Promise.resolve();
  private running: { abort: AbortController; interrupted: boolean } | undefined;

  constructor(
    private readonly session: Session,
    private readonly library: Library,
    private readonly outputs: CellOutputs,
    private readonly state: MainThreadState,
    private readonly events: ExecutionEvents,
  ) {}

  /** Runs a cell when those before it are done. Never rejected. */
  execute(request: KernelContract['requests']['execute']['params']): Promise<CellResult> {
    const result = this.last.then(() => this.run(request)).catch((thrown: unknown) => kernelFailed(thrown));
    this.last = result;
    return result;
  }

  /** Makes the clip of a form anew when the cells that were asked so far have run. Never rejected. */
  tune({ tuneId, values }: KernelContract['requests']['tune']['params']): Promise<KernelContract['requests']['tune']['result']> {
    const result = this.last.then(() => this.runForm(tuneId, values));
    this.last = result;
    return result;
  }

  /** Saves a comparison when the cells that were asked so far have run. Never rejected. */
  saveComparison({
    comparisonId,
    file,
  }: KernelContract['requests']['saveComparison']['params']): Promise<KernelContract['requests']['saveComparison']['result']> {
    const save = async (): Promise<KernelContract['requests']['saveComparison']['result']> => {
      const comparison = this.library.host.comparisonOf(comparisonId);
      if (!comparison) return { status: 'gone' };
      return this.runForOutput(comparisonId, new this.library.host.LivePreview(this.outputs), 'Saving', () => comparison.save(file));
    };
    const result = this.last.then(save);
    this.last = result;
    return result;
  }

  /** Does something between two cells: when those that were asked so far have run. */
  between(work: () => void): Promise<void> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  /** Ends the running cell: by its signal, and if that does not help, by leaving it to itself. */
  interrupt(): void {
    const { running } = this;
    if (!running || running.interrupted) return;
    running.interrupted = true;
    running.abort.abort(new CellInterrupted());
    const wait = (parts: number): void => {
      if (this.running !== running) return;
      if (parts > 0) return void setTimeout(wait, GRACE.each, parts - 1);
      // Loops that the cell still turns in the background end too, until the next cell begins.
      this.state.stopLoops = true;
      this.session.interrupt();
    };
    wait(GRACE.parts);
  }

  private async run({ cellId, executionCount, code }: KernelContract['requests']['execute']['params']): Promise<CellResult> {
    const began = performance.now();
    const preview = new this.library.host.LivePreview(this.outputs);
    const running = this.begin(cellId, preview);
    this.library.host.setFinishedPreview((value) => preview.takeOutput(value));
    const label = `Cell ${executionCount}`;
    try {
      const outcome = await this.session.run(code, label, running.abort.signal);
      const error = outcome.ok ? await this.showValue(outcome.value, label) : asInterrupted(outcome, running.interrupted);
      preview.finish(running.interrupted || error ? 'interrupted' : 'done');
      const status = !error ? 'ok' : running.interrupted || error.name === 'CellInterrupted' ? 'interrupted' : 'error';
      return { status, durationMs: performance.now() - began, error };
    } finally {
      this.end();
    }
  }

  private async runForm(
    tuneId: string,
    values: KernelContract['requests']['tune']['params']['values'],
  ): Promise<KernelContract['requests']['tune']['result']> {
    const { host } = this.library;
    const tuning = host.tuningOf(tuneId);
    if (!tuning) return { status: 'gone' };
    const preview = new host.LivePreview(intoForm(tuneId, this.outputs));
    return this.runForOutput(tuneId, preview, 'Form', () => remakeForm(tuning, values, this.outputs));
  }

  /** Does what an output asked for, where it can be interrupted like a cell. @param label how stacks name it. */
  private async runForOutput(
    displayId: string,
    preview: pipeline.host.LivePreview,
    label: string,
    work: () => Promise<unknown>,
  ): Promise<{ status: 'ok' | 'error' | 'interrupted'; problem?: string }> {
    const running = this.begin(displayId, preview);
    try {
      await this.session.runApart(work);
      return { status: 'ok' };
    } catch (error) {
      return running.interrupted ? { status: 'interrupted' } : { status: 'error', problem: describeThrown(error, label).message };
    } finally {
      this.end();
    }
  }

  /** Something runs from now on, for a cell or a form of this id. */
  private begin(id: string, preview: pipeline.host.LivePreview): NonNullable<CellExecution['running']> {
    const running = { abort: new AbortController(), interrupted: false };
    this.running = running;
    this.state.stopLoops = false;
    this.state.running = true;
    this.events.busy(id);
    this.outputs.begin(id);
    this.library.host.setAmbient({
      signal: running.abort.signal,
      onProgress: (progress) => this.follow(id, preview, progress),
      onStep: preview.step,
      onPreparation: preview.preparation,
      files: this.outputs.sideFolder,
      onExperiment: preview.experiment,
      onRunEnd: (run) => this.record(run),
    });
    return running;
  }

  private end(): void {
    this.outputs.finish();
    this.library.host.setAmbient({});
    this.library.host.setFinishedPreview(undefined);
    this.running = undefined;
    this.state.running = false;
    this.events.idle();
  }

  private follow(cellId: string, preview: pipeline.host.LivePreview, progress: pipeline.host.AmbientProgress): void {
    preview.progress(progress);
    if (preview.comparing && progress.stage !== 'compare') return;
    this.events.busy(cellId, progress);
  }

  /** Leaves a run in the history beside the notebook. */
  private async record(run: pipeline.host.AmbientRun): Promise<void> {
    const { sideFolder } = this.outputs;
    if (sideFolder) await this.library.host.recordRun(run, sideFolder);
  }

  /** Shows a cell's last value; showing a clip reads all of it, so that can fail and be interrupted like the cell. */
  private async showValue(value: unknown, label: string): Promise<CellError | undefined> {
    if (value === undefined) return undefined;
    try {
      await this.session.runApart(() => this.library.show(value));
      return undefined;
    } catch (error) {
      return describeThrown(error, label);
    }
  }
}

/** Cells share their globals and prototypes with the kernel: one that breaks them breaks the kernel's own work on every later cell. */
function kernelFailed(thrown: unknown): CellResult {
  const { message: reason } = describeThrown(thrown, 'Cell');
  const message = `The kernel could not run this cell (${reason}). A cell before it has probably changed what all code is made of, such as Array.prototype or a global; restart the kernel.`;
  return { status: 'error', durationMs: 0, error: { name: 'KernelFailed', message, stack: `KernelFailed: ${message}` } };
}

/** An interrupted cell ends with whatever broke in it; the person is told what they did, and where the cell was. */
function asInterrupted({ error }: Extract<CellOutcome, { ok: false }>, interrupted: boolean): CellError {
  const torn = error.name === 'CellInterrupted';
  const aborted = interrupted && /AbortError|abort|interrupted/i.test(`${error.name} ${error.message}`);
  if (!torn && !aborted) return error;
  const message = `${torn ? 'The cell was interrupted.' : error.message} The session's variables are kept.`;
  const inCells = error.stack
    .split('\n')
    .filter((line) => /^ +at .*\bCell \d+/.test(line))
    .map((line) => line.replace(/ \{$/, ''));
  return { name: 'CellInterrupted', message, stack: [`CellInterrupted: ${message}`, ...inCells].join('\n'), at: error.at };
}
