import type { Progress } from '../index.js';
import { duration, withoutControls } from '../pipeline/core/index.js';
import { onOneLine } from './terminal.js';

const BAR_WIDTH = 28;
/** Plain lines are this far apart, in milliseconds, so that logs stay short. */
const LINE_INTERVAL = 5000;

/** Shows how far a run is on stderr: a bar on a terminal, now and then a line elsewhere. */
export class ProgressDisplay {
  private lastLine = 0;
  private lastStage: Progress['stage'] | undefined;
  private barShown = false;

  constructor(
    private readonly stream: NodeJS.WriteStream = process.stderr,
    private readonly quiet = false,
  ) {}

  /** To be given as `onProgress`. */
  readonly report = (progress: Progress): void => {
    if (this.quiet) return;
    if (this.stream.isTTY) this.draw(bar(progress));
    else this.line(describe(progress), progress.step === progress.steps || progress.stage !== this.lastStage);
    this.lastStage = progress.stage;
  };

  /** A remark on a line of its own. */
  readonly notice = (text: string): void => {
    this.clear();
    this.stream.write(`${withoutControls(text)}\n`);
  };

  /** Takes the bar away. */
  clear(): void {
    if (!this.barShown) return;
    this.stream.write('\r\x1b[K');
    this.barShown = false;
  }

  private draw(text: string): void {
    const width = (this.stream.columns || 80) - 1;
    this.stream.write(`\r\x1b[K${onOneLine(text).slice(0, width)}`);
    this.barShown = true;
  }

  private line(text: string, important: boolean): void {
    const now = Date.now();
    if (!important && now - this.lastLine < LINE_INTERVAL) return;
    this.lastLine = now;
    this.stream.write(`${withoutControls(text)}\n`);
  }
}

function bar(progress: Progress): string {
  const share = progress.fraction ?? progress.step / progress.steps;
  const filled = Math.round(share * BAR_WIDTH);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${describe(progress)}`;
}

/** `step 7 of 18, window 2 of 3, 41 %, 12 s left` */
function describe({ stage, text, window, windows, fraction, secondsLeft }: Progress): string {
  const parts = [text];
  if (windows === undefined && stage !== 'frames' && stage !== 'read') parts.push(`window ${window}`);
  if (windows !== undefined && windows > 1 && stage !== 'frames') parts.push(`window ${window} of ${windows}`);
  if (fraction !== undefined) parts.push(`${Math.round(fraction * 100)} %`);
  if (secondsLeft !== undefined) parts.push(`${duration(secondsLeft)} left`);
  return parts.join(', ');
}
