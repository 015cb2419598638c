import Module from 'node:module';
import path from 'node:path';
import type { Bundle } from '../shared/outputs/index.js';
import { folderBesideNotebook } from './sideFolder.js';
import type { SideFolder } from './sideFolder.js';

/** Every frame of a live preview at one step, for a renderer; nothing of it is stored. */
export interface PreviewPixels {
  displayId: string;
  /** What is being done, where it is not a step of denoising. */
  stage?: string;
  /** Share of the whole run that is done, 0 … 1. */
  fraction?: number;
  /** Where the cell stands that these are of, where a comparison is under way. */
  place?: readonly number[];
  step: number;
  steps: number;
  sigma?: number;
  timestep?: number;
  secondsLeft?: number;
  /** Which frames of the clip these are, `start` included, `end` not. */
  frames: { start: number; end: number };
  width: number;
  height: number;
  /** RGB, 8 bits, `[frames, height, width, 3]`. */
  rgb: Uint8Array;
}

/** Where outputs go: a notebook of our kernel, a notebook of Jupyter, or the terminal. */
export interface DisplaySink {
  /** Adds an output. With an id it can be replaced later. */
  display(bundle: Bundle, displayId?: string): void;
  /** Replaces the output of this id where it stands. */
  update(displayId: string, bundle: Bundle): void;
  /** Shows pixels in the live preview of this id. */
  preview?(pixels: PreviewPixels): void;
  /** Where heavy files of outputs go; undefined where outputs are only text. */
  readonly sideFolder?: SideFolder | undefined;
}

let chosen: DisplaySink | undefined;

/** Says where outputs go; the kernel does this before the first cell. `undefined` goes back to finding out. */
export function setDisplaySink(sink: DisplaySink | undefined): void {
  chosen = sink;
}

/** The sink of this process: the one that was set; else Jupyter's tslab kernel when this process is one; else the terminal. */
export function displaySink(): DisplaySink {
  return chosen ?? tslabSink() ?? terminal;
}

/** Prints the text form of outputs; an update prints nothing, for a terminal keeps what it has. */
const terminal: DisplaySink = {
  display: (bundle) => console.log(String(bundle['text/plain'] ?? `[${Object.keys(bundle).join(', ')}]`)),
  update: () => undefined,
};

type WriteDisplayData = (content: { data: Bundle; metadata: object; transient: { display_id?: string } }, update?: boolean) => void;

/**
 * The stock tslab kernel, when cells of this process run in one. Its public `display` sends one MIME type at a time,
 * and asking for it by name might load a second copy, so the copy that runs is looked up among the loaded modules.
 */
function tslabSink(): DisplaySink | undefined {
  const loaded = (
    Module as unknown as { _cache: Record<string, { exports: { lastWriteDisplayData?: WriteDisplayData | null } } | undefined> }
  )._cache;
  const file = Object.keys(loaded).find(
    (name) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(name) && loaded[name]?.exports.lastWriteDisplayData,
  );
  const write = file === undefined ? undefined : loaded[file]?.exports.lastWriteDisplayData;
  if (!write) return undefined;
  const send = (bundle: Bundle, displayId: string | undefined, update: boolean): void =>
    write({ data: forJupyter(bundle), metadata: {}, transient: displayId === undefined ? {} : { display_id: displayId } }, update);
  return {
    display: (bundle, displayId) => send(bundle, displayId, false),
    update: (displayId, bundle) => send(bundle, displayId, true),
    // Jupyter starts kernels in the notebook's folder and, where it knows it, names the notebook in this variable.
    sideFolder: folderBesideNotebook(path.resolve(path.basename(process.env.JPY_SESSION_NAME ?? 'notebook.ipynb'))),
  };
}

/** Jupyter's form of a bundle: pictures in base64. */
export function forJupyter(bundle: Bundle): Bundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([mime, value]) => [mime, value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value]),
  );
}
