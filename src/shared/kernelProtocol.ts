import { bundle, treeNode, tuneValues } from './outputs/index.js';
import type { ContractOf } from './rpc.js';
import { aCount, aNumber, aString, bytes, listOf, nothing, oneOf, optional, orNull, record, wholeFrom } from './shape.js';
import type { TypeOf } from './shape.js';

/*
 * What the host of a notebook (the extension, the headless runner, a test) and the kernel process say to each other.
 * The host offers nothing, on either wire: it asks and listens.
 *
 * A kernel is forked with two wires. The *main wire* is the child's IPC channel (`serialization: 'advanced'`, so
 * bytes stay bytes): cells, outputs, completion. It is served by the main thread, which is deaf while a cell runs a
 * tight loop or a denoising step. The *control wire* is the pipe at {@link CONTROL_FD}, served by a thread of its own:
 * heartbeats and interrupts always get through.
 *
 *     fork(kernelScript, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'] })
 *
 * What a native library or a child process of a cell writes past Node comes out of the child's stdout and stderr.
 */

/** The file descriptor of the control wire in the kernel process: the fifth entry of `stdio`. */
export const CONTROL_FD = 4;

const cellPosition = record({
  /** From 1. */
  line: aCount,
  /** From 1. */
  column: aCount,
});
/** Where an error in a cell's own code is. */
export type CellPosition = TypeOf<typeof cellPosition>;

const diagnostic = record({
  start: cellPosition,
  /** Exclusive. */
  end: cellPosition,
  message: aString,
  /** TypeScript's number, 2322 for TS2322. */
  code: aNumber,
});
/** One complaint of the TypeScript compiler about a cell. */
export type Diagnostic = TypeOf<typeof diagnostic>;

const cellError = record({
  /** The error's class: `TypeError`, `AbortError`, `TypeScriptError` (the cell was refused), `KeyboardInterrupt`. */
  name: aString,
  message: aString,
  /** The stack with the cells' own line numbers, without frames of the kernel; for type errors, one line each. */
  stack: aString,
  /** The first place in this cell, when there is one. */
  at: optional(cellPosition),
  /** Every complaint of the compiler, when the cell was refused. */
  diagnostics: optional(listOf(diagnostic)),
});
/** Why a cell failed. */
export type CellError = TypeOf<typeof cellError>;

const cellResult = record({
  /** `interrupted` when the person ended it; then `error` says at which point. */
  status: oneOf('ok', 'error', 'interrupted'),
  durationMs: aNumber,
  error: optional(cellError),
});
/** How a cell ended. */
export type CellResult = TypeOf<typeof cellResult>;

const completionItem = record({
  name: aString,
  /** TypeScript's word for it: `method`, `property`, `function`, `class`, `keyword`, … */
  kind: aString,
  sortText: aString,
});
/** One proposal of completion. */
export type CompletionItem = TypeOf<typeof completionItem>;

const variable = record({
  name: aString,
  /** Its class or primitive type, with a shape where there is one: `Tensor [8, 4, 16, 16]`. */
  type: aString,
  /** One line about its value, at most 120 characters. */
  summary: aString,
});
/** A session's variable, for the variables view. */
export type Variable = TypeOf<typeof variable>;

const cellProgress = record({
  /** What is being done: `decode`, `encode`, `denoise`, … */
  stage: aString,
  /** The same for people: `reading the clip: frame 3 of 8`. */
  text: optional(aString),
  step: optional(aNumber),
  steps: optional(aNumber),
  /** 0 … 1 over the whole call. */
  fraction: optional(aNumber),
  secondsLeft: optional(aNumber),
  /** What the model's networks run on: `cpu`, `webgpu`. */
  device: optional(aString),
});
/** How far a running cell has come. */
export type CellProgress = TypeOf<typeof cellProgress>;

const previewFrames = record({
  cellId: aString,
  displayId: aString,
  /** What is being done, where it is not a step of denoising. */
  stage: optional(aString),
  /** Share of the whole run that is done, 0 … 1. */
  fraction: optional(aNumber),
  /** Where the cell stands that these are of, where a comparison is under way. */
  place: optional(listOf(aCount, 64)),
  step: aNumber,
  steps: aNumber,
  sigma: optional(aNumber),
  timestep: optional(aNumber),
  secondsLeft: optional(aNumber),
  /** Which frames of the clip these are; the end is exclusive. */
  frames: record({ start: aCount, end: aCount }),
  width: wholeFrom(1, 32768),
  height: wholeFrom(1, 32768),
  /** RGB, 8 bits, `[frames, height, width, 3]`. */
  rgb: bytes,
});
/** All frames of a live preview at one denoising step. */
export type PreviewFrames = TypeOf<typeof previewFrames>;

/** What the kernel offers the host on the main wire. */
export const kernelContract = {
  requests: {
    /** To be asked first. Loads the compiler and the library; answers when cells can run. */
    start: {
      params: record({
        /** The folder from which npm packages and relative paths are resolved: the notebook's. */
        folder: aString,
        /** The notebook's file, when it has one: heavy outputs go to `<its name without .ipynb>.frameloom/` beside it. */
        notebookPath: optional(aString),
      }),
      result: record({ pid: aCount, node: aString, frameloom: aString, readyMs: aNumber }),
    },
    /** Runs a cell. Cells run one at a time, in the order in which they were asked. */
    execute: {
      params: record({
        /** Names the cell in outputs; any string that stays the same for one cell. */
        cellId: aString,
        /** The number in the brackets, used in stack traces: `Cell 3:2:7`. */
        executionCount: aCount,
        code: aString,
      }),
      result: cellResult,
    },
    /**
     * The notebook was saved under another name (absolute): outputs from now on go beside it. When the running cell has
     * ended, its folder becomes the working folder, from which packages and relative paths are resolved.
     */
    notebookMoved: { params: record({ notebookPath: aString }), result: nothing },
    /** What could stand at `offset` (UTF-16 units) of `code`; `start`…`end` is what a proposal replaces. */
    complete: {
      params: record({ code: aString, offset: aCount }),
      result: record({ start: aCount, end: aCount, items: listOf(completionItem) }),
    },
    /** Signature and documentation (Markdown) of what stands at `offset`; `null` where there is nothing to say. */
    inspect: {
      params: record({ code: aString, offset: aCount }),
      result: orNull(record({ start: aCount, length: aCount, signature: aString, documentation: aString })),
    },
    /** The session's variables, newest last. */
    variables: { params: nothing, result: listOf(variable) },
    /** What is in a variable, getters not run; `null` where there is no variable of that name. */
    variable: { params: record({ name: aString }), result: orNull(treeNode) },
    /**
     * Makes the clip of a form anew, between two cells, and replaces its output by `updateDisplay`; the form is known by the id of its
     * display. `gone`: this kernel knows no such form.
     */
    tune: {
      params: record({ tuneId: aString, values: tuneValues }),
      result: record({ status: oneOf('ok', 'error', 'interrupted', 'gone'), problem: optional(aString) }),
    },
    /**
     * Saves a comparison that this kernel shows, between two cells, as `comparison.save(file)` does; it is known by the id of its display.
     * `gone`: this kernel knows no such comparison.
     */
    saveComparison: {
      params: record({ comparisonId: aString, file: aString }),
      result: record({ status: oneOf('ok', 'error', 'interrupted', 'gone'), problem: optional(aString) }),
    },
    /** The call that made the clip of a form; `null` where this kernel knows no such form. */
    tunedCode: { params: record({ tuneId: aString }), result: orNull(aString) },
    /** Ends the process after what is open was closed. The answer comes before the exit. */
    shutdown: { params: nothing, result: nothing },
  },
  events: {
    /** Printed text, in order over both streams; already limited in length. */
    stream: record({ cellId: aString, name: oneOf('stdout', 'stderr'), text: aString }),
    /** A new output. With a `displayId` it can be replaced later by `updateDisplay`. */
    display: record({ cellId: aString, displayId: optional(aString), bundle }),
    /** Replaces an output in place, in whichever cell shows it. At most 10 a second for one id. */
    updateDisplay: record({ displayId: aString, bundle }),
    /** Pixels of a live preview: not for the document, for the renderer that shows `displayId`. */
    preview: previewFrames,
    /** What the kernel is doing. `progress` comes with `busy`, at most 10 times a second. */
    status: record({ state: oneOf('idle', 'busy'), cellId: optional(aString), progress: optional(cellProgress) }),
    /** A line for the output log. */
    log: record({ level: oneOf('info', 'warn', 'error'), text: aString }),
  },
};
/** The types of {@link kernelContract}. */
export type KernelContract = ContractOf<typeof kernelContract>;

const heartbeat = record({
  /** For how long the main thread's event loop has been blocked, in ms. */
  silentMs: aNumber,
  /** What blocks it: a native call (a denoising step), script, or nothing. */
  blockedBy: oneOf('native', 'script', 'nothing'),
  /** Resident memory of the process, in bytes. */
  rss: aNumber,
});
/** A sign of life from the control thread, with what it knows of the main thread. */
export type Heartbeat = TypeOf<typeof heartbeat>;

/** What the kernel's control thread offers the host on the control wire. */
export const controlContract = {
  requests: {
    /**
     * Ends the running cell and keeps the session. Aborts the cell's signal at once; a main thread that does not react
     * within `graceMs` (default 400) and is in JavaScript is torn out of it. While a denoising step runs it waits: the
     * cell ends when that call returns. `stuck`: the cell goes on, in native code that cannot be left, and nobody can say
     * for how long; only a restart ends it.
     */
    interrupt: {
      params: record({ graceMs: optional(aCount) }),
      result: record({ outcome: oneOf('nothing-running', 'asked', 'terminated', 'stuck') }),
    },
  },
  events: {
    /** Every 500 ms, whatever the main thread does. */
    heartbeat,
  },
};
/** The types of {@link controlContract}. */
export type ControlContract = ContractOf<typeof controlContract>;
