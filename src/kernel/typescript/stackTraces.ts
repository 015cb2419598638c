import type { Place } from './sourceMap.js';

const scheme = 'frameloom-cell:';
/** Frames of the machinery under a cell, left out of stacks that a cell's code is in. */
const machinery = /[\\/]dist[\\/]kernel\.js|^node:(vm|internal\/process\/task_queues|internal\/timers|internal\/vm)/;

interface CompiledCell {
  readonly label: string;
  readonly find: (place: Place) => Place | undefined;
}

/**
 * The cells that were compiled in this session, so that stacks name places in what the person wrote:
 * `at f (Cell 3:2:9)` is cell 3, line 2, column 9.
 */
export class StackTraces {
  private readonly cells: CompiledCell[] = [];

  /** @param library the library's bundle: what it calls within itself tells nothing to those who only call it. */
  constructor(private readonly library: string) {}

  /**
   * Remembers a compiled cell, or a file beside the notebook.
   * @param label how stacks name it.
   * @param find leads from a place in what runs to what the person wrote.
   * @returns the comment to put at the end of what runs, by which its frames are recognised.
   */
  remember(label: string, find: CompiledCell['find']): string {
    return `//# sourceURL=${scheme}${this.cells.push({ label, find }) - 1}`;
  }

  /** Makes the stack of every error in this process name cells. */
  install(): void {
    Error.prepareStackTrace = (error, sites) =>
      `${header(error)}${this.frames(error, sites)
        .map((frame) => `\n    at ${frame}`)
        .join('')}`;
  }

  private frames(error: unknown, sites: readonly NodeJS.CallSite[]): string[] {
    const located = sites.map((site) => this.locate(site));
    const inCell = located.some((place) => place !== undefined);
    const hidden = this.hiddenFiles(error, sites, inCell);
    const frames: string[] = [];
    for (const [index, site] of sites.entries()) {
      const place = located[index];
      // The empty place is the script around a cell, which only calls the function that the cell became.
      if (place === '') continue;
      if (place) frames.push(inCellFrame(site, place));
      else if (!hidden(site.getFileName() ?? '')) frames.push(site.toString());
    }
    return frames;
  }

  /**
   * Which files' frames say nothing. The library's own stay only where it broke itself: not for what it refuses with a code,
   * nor for what code that it calls throws.
   */
  private hiddenFiles(error: unknown, sites: readonly NodeJS.CallSite[], inCell: boolean): (file: string) => boolean {
    const first = sites.map((site) => site.getFileName() ?? '').find((file) => !file.startsWith('node:'));
    const refused = codeOf(error) !== undefined;
    const broken = !refused && first === this.library;
    return (file) => (file === this.library && (refused || (inCell && !broken))) || ((inCell || refused) && machinery.test(file));
  }

  private locate(site: NodeJS.CallSite): string | undefined {
    const url = site.getScriptNameOrSourceURL?.() ?? '';
    if (!url.startsWith(scheme)) return undefined;
    const cell = this.cells[Number(url.slice(scheme.length))];
    if (!cell) return undefined;
    const place = cell.find({ line: (site.getLineNumber() ?? 1) - 1, column: (site.getColumnNumber() ?? 1) - 1 });
    return place ? `${cell.label}:${place.line + 1}:${place.column + 1}` : '';
  }
}

function inCellFrame(site: NodeJS.CallSite, place: string): string {
  const text = site.toString();
  const called = /^(.*) \(.*\)$/.exec(text)?.[1];
  // The function that a cell becomes has no name of its own: what it runs is the cell.
  if (!called || /^(Object|async)?\.?<anonymous>$/.test(called)) return text.startsWith('async ') ? `async ${place}` : place;
  return `${called} (${place})`;
}

/** The code of an error that the library raises on purpose; undefined for every other value. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Read from the value's own property: a getter of a stranger's error must not run.
  const code: unknown = Object.getOwnPropertyDescriptor(error, 'code')?.value;
  return typeof code === 'string' && code.startsWith('FL_') ? code : undefined;
}

function header(error: unknown): string {
  try {
    return Error.prototype.toString.call(error as Error);
  } catch {
    return '<error>';
  }
}
