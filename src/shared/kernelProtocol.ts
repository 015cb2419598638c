import type { TreeNode } from './display.js';

/*
 * What the host of a notebook (the extension, the headless runner, a test) and the kernel process say to each other.
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

/**
 * What a kernel's environment holds besides the host's own variables, which win: glibc gives memory that was freed back to the
 * system from 1 MiB on. Left to itself it keeps what V8's optimising compiler once took, up to 120 MB in a kernel that works long.
 */
export const KERNEL_ENVIRONMENT: Readonly<Record<string, string>> = { MALLOC_TRIM_THRESHOLD_: '1048576' };

/** One output in several forms, by MIME type: text and JSON as themselves, pictures as bytes. */
export type Bundle = Record<string, unknown>;

/** Where an error in a cell's own code is; line and column count from 1. */
export interface CellPosition {
  line: number;
  column: number;
}

/** Why a cell failed. */
export interface CellError {
  /** The error's class: `TypeError`, `AbortError`, `TypeScriptError` (the cell was refused), `KeyboardInterrupt`. */
  name: string;
  message: string;
  /** The stack with the cells' own line numbers, without frames of the kernel; for type errors, one line each. */
  stack: string;
  /** The first place in this cell, when there is one. */
  at?: CellPosition;
  /** Every complaint of the compiler, when the cell was refused. */
  diagnostics?: Diagnostic[];
}

/** One complaint of the TypeScript compiler about a cell; lines and columns count from 1, the end is exclusive. */
export interface Diagnostic {
  start: CellPosition;
  end: CellPosition;
  message: string;
  /** TypeScript's number, 2322 for TS2322. */
  code: number;
}

/** How a cell ended. */
export interface CellResult {
  /** `interrupted` when the person ended it; then `error` says at which point. */
  status: 'ok' | 'error' | 'interrupted';
  durationMs: number;
  error?: CellError;
}

/** One proposal of completion. */
export interface CompletionItem {
  name: string;
  /** TypeScript's word for it: `method`, `property`, `function`, `class`, `keyword`, … */
  kind: string;
  sortText: string;
}

/** A session's variable, for the variables view. */
export interface Variable {
  name: string;
  /** Its class or primitive type, with a shape where there is one: `Tensor [8, 4, 16, 16]`. */
  type: string;
  /** One line about its value, at most 120 characters. */
  summary: string;
}

/** How far a running cell has come. */
export interface CellProgress {
  /** What is being done: `decode`, `encode`, `denoise`, … */
  stage: string;
  /** The same for people: `reading the clip: frame 3 of 8`. */
  text?: string;
  step?: number;
  steps?: number;
  /** 0 … 1 over the whole call. */
  fraction?: number;
  secondsLeft?: number;
}

/** The host offers nothing on the main wire. */
export type HostContract = { requests: Record<never, never>; events: Record<never, never> };

/** All frames of a live preview at one denoising step. */
export interface PreviewFrames {
  cellId: string;
  displayId: string;
  /** What is being done, where it is not a step of denoising. */
  stage?: string;
  /** Share of the whole run that is done, 0 … 1. */
  fraction?: number;
  step: number;
  steps: number;
  sigma?: number;
  timestep?: number;
  secondsLeft?: number;
  /** Which frames of the clip these are. */
  frames: { start: number; end: number };
  width: number;
  height: number;
  /** RGB, 8 bits, `[frames, height, width, 3]`. */
  rgb: Uint8Array;
}

/** What the kernel offers the host on the main wire. */
export type KernelContract = {
  requests: {
    /** To be asked first. Loads the compiler and the library; answers when cells can run. */
    start: {
      params: {
        /** The folder from which npm packages and relative paths are resolved: the notebook's. */
        folder: string;
        /** The notebook's file, when it has one: heavy outputs go to `<its name without .ipynb>.frameloom/` beside it. */
        notebookPath?: string;
      };
      result: { pid: number; node: string; frameloom: string; readyMs: number };
    };
    /** Runs a cell. Cells run one at a time, in the order in which they were asked. */
    execute: {
      params: {
        /** Names the cell in outputs; any string that stays the same for one cell. */
        cellId: string;
        /** The number in the brackets, used in stack traces: `Cell 3:2:7`. */
        executionCount: number;
        code: string;
      };
      result: CellResult;
    };
    /**
     * The notebook was saved under another name (absolute): outputs from now on go beside it. When the running cell has
     * ended, its folder becomes the working folder, from which packages and relative paths are resolved.
     */
    notebookMoved: { params: { notebookPath: string }; result: null };
    /** What could stand at `offset` (UTF-16 units) of `code`; `start`…`end` is what a proposal replaces. */
    complete: { params: { code: string; offset: number }; result: { start: number; end: number; items: CompletionItem[] } };
    /** Signature and documentation (Markdown) of what stands at `offset`; `null` where there is nothing to say. */
    inspect: {
      params: { code: string; offset: number };
      result: { start: number; length: number; signature: string; documentation: string } | null;
    };
    /** The session's variables, newest last. */
    variables: { params: null; result: Variable[] };
    /** What is in a variable, getters not run; `null` where there is no variable of that name. */
    variable: { params: { name: string }; result: TreeNode | null };
    /** Ends the process after what is open was closed. The answer comes before the exit. */
    shutdown: { params: null; result: null };
  };
  events: {
    /** Printed text, in order over both streams; already limited in length. */
    stream: { cellId: string; name: 'stdout' | 'stderr'; text: string };
    /** A new output. With a `displayId` it can be replaced later by `updateDisplay`. */
    display: { cellId: string; displayId?: string; bundle: Bundle };
    /** Replaces an output in place, in whichever cell shows it. At most 10 a second for one id. */
    updateDisplay: { displayId: string; bundle: Bundle };
    /** Pixels of a live preview: not for the document, for the renderer that shows `displayId`. */
    preview: PreviewFrames;
    /** What the kernel is doing. `progress` comes with `busy`, at most 10 times a second. */
    status: { state: 'idle' | 'busy'; cellId?: string; progress?: CellProgress };
    /** A line for the output log. */
    log: { level: 'info' | 'warn' | 'error'; text: string };
  };
};

/** What the kernel's control thread offers the host. */
export type ControlContract = {
  requests: {
    /**
     * Ends the running cell and keeps the session. Aborts the cell's signal at once; a main thread that does not react
     * within `graceMs` (default 400) and is in JavaScript is torn out of it. While a denoising step runs it waits: the
     * cell ends when that call returns. `stuck`: the cell goes on, in native code that cannot be left, and nobody can say
     * for how long; only a restart ends it.
     */
    interrupt: { params: { graceMs?: number }; result: { outcome: 'nothing-running' | 'asked' | 'terminated' | 'stuck' } };
  };
  events: {
    /** Every 500 ms, whatever the main thread does. */
    heartbeat: Heartbeat;
  };
};

/** A sign of life from the control thread, with what it knows of the main thread. */
export interface Heartbeat {
  /** For how long the main thread has not turned its event loop, in ms. */
  silentMs: number;
  /** What keeps it: a native call (a denoising step), script, or nothing. */
  blockedBy: 'native' | 'script' | 'nothing';
  /** Resident memory of the process, in bytes. */
  rss: number;
}

/** The host offers nothing on the control wire. */
export type ControlHostContract = { requests: Record<never, never>; events: Record<never, never> };
