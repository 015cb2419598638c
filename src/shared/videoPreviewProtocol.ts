import type { ProvenanceSummary } from './display.js';
import type { Contract, ContractShapes } from './rpc.js';
import { aBoolean, aCount, aNumber, aString, anything, listOf, nothing, oneOf, optional, record } from './shape.js';
import type { Shape } from './shape.js';

/*
 * The wire between the video preview's page and the extension host. The page asks, the host answers
 * and tells it what became of the clips; each clip is always told whole.
 */

/** The clip that was opened, or the one it is compared with. */
export type ClipSlot = 'main' | 'compare';

/** What a file holds, for the side panel. */
export interface ClipFacts {
  /** Names for people: `MP4`, `H.264`. */
  readonly container: string;
  readonly codec: string;
  readonly pixelFormat: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** False when `frames` is an estimate. */
  readonly framesExact: boolean;
  /** Seconds. */
  readonly duration: number;
  /** Degrees clockwise. */
  readonly rotation: number;
  readonly variableFrameRate: boolean;
  readonly hdr?: string;
  readonly hasAlpha: boolean;
  readonly audio?: { readonly codec: string; readonly channels: number; readonly sampleRate: number };
  /** Size of the file. */
  readonly bytes: number;
}

/** When the frames of the file at `address` are shown. */
export interface ClipTiming {
  readonly frames: number;
  readonly fps: number;
  /** The file's time of its first frame, seconds. */
  readonly offset: number;
  /** Only where frames stand unevenly: seconds from the first frame, and when the last one ends. */
  readonly times?: readonly number[];
  readonly end?: number;
}

/** What can be played of a clip at this moment. */
export type ClipPlayback =
  | { readonly kind: 'reading' }
  /** A version that VS Code can play is being made; `fraction` from 0 to 1. */
  | { readonly kind: 'preparing'; readonly why: string; readonly fraction: number }
  | { readonly kind: 'ready'; readonly address: string; readonly timing: ClipTiming; readonly hasAudio: boolean; readonly proxy: boolean; readonly why?: string }
  | { readonly kind: 'failed'; readonly message: string; readonly canRetry: boolean };

/** All that the page knows about a clip. */
export interface ClipView {
  readonly slot: ClipSlot;
  /** File name. */
  readonly name: string;
  /** Grows whenever the file changed or another one took its place. */
  readonly revision: number;
  readonly facts?: ClipFacts;
  readonly provenance?: ProvenanceSummary;
  readonly playback: ClipPlayback;
}

/** What the host answers and tells. */
export interface PreviewHost extends Contract {
  requests: {
    /** The page has loaded: tell it everything. */
    ready: { params: undefined; result: undefined };
    /** The browser could not play what the host took for playable: make another version. */
    cannotPlay: { params: { slot: ClipSlot; revision: number }; result: undefined };
    /** Stop making a playable version. */
    cancel: { params: { slot: ClipSlot }; result: undefined };
    /** Read the file again. */
    retry: { params: { slot: ClipSlot }; result: undefined };
    /** Let the user choose a clip to compare with. */
    chooseCompare: { params: undefined; result: undefined };
    endCompare: { params: undefined; result: undefined };
    /** Put how the clip was made on the clipboard. */
    copySettings: { params: { slot: ClipSlot }; result: undefined };
    /** Make a notebook with the clip and these frames of it, both included. */
    editInNotebook: { params: { first: number; last: number }; result: undefined };
  };
  events: {
    clip: ClipView;
    compareEnded: undefined;
  };
}

/** What the page tells. */
export interface PreviewPage extends Contract {
  requests: Record<never, never>;
  events: {
    /** The frames between the in and out points, for commands that act on them. */
    range: { first: number; last: number };
  };
}

const slot = oneOf('main', 'compare');
const facts = record({
  container: aString, codec: aString, pixelFormat: aString, width: aNumber, height: aNumber, fps: aNumber, frames: aCount, framesExact: aBoolean, duration: aNumber, rotation: aNumber,
  variableFrameRate: aBoolean, hdr: optional(aString), hasAlpha: aBoolean, audio: optional(record({ codec: aString, channels: aNumber, sampleRate: aNumber })), bytes: aNumber,
});
const timing = record({ frames: aCount, fps: aNumber, offset: aNumber, times: optional(listOf(aNumber)), end: optional(aNumber) });
const playbacks: Record<ClipPlayback['kind'], Shape> = {
  reading: record({}),
  preparing: record({ why: aString, fraction: aNumber }),
  ready: record({ address: aString, timing, hasAudio: aBoolean, proxy: aBoolean, why: optional(aString) }),
  failed: record({ message: aString, canRetry: aBoolean }),
};
const anyPlayback = record({ kind: oneOf(...Object.keys(playbacks)) });
const playback: Shape = (value, path) => anyPlayback(value, path) ?? playbacks[(value as ClipPlayback).kind](value, path);

/** Checks for {@link PreviewHost}. */
export const previewHostShapes: ContractShapes<PreviewHost> = {
  requests: {
    ready: nothing,
    cannotPlay: record({ slot, revision: aCount }),
    cancel: record({ slot }),
    retry: record({ slot }),
    chooseCompare: nothing,
    endCompare: nothing,
    copySettings: record({ slot }),
    editInNotebook: record({ first: aCount, last: aCount }),
  },
  events: {
    clip: record({ slot, name: aString, revision: aCount, facts: optional(facts), provenance: optional(anything), playback }),
    compareEnded: nothing,
  },
};

/** Checks for {@link PreviewPage}. */
export const previewPageShapes: ContractShapes<PreviewPage> = {
  requests: {},
  events: { range: record({ first: aCount, last: aCount }) },
};
