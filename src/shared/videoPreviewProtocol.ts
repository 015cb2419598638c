import { provenanceSummary } from './outputs/index.js';
import type { ContractOf } from './rpc.js';
import { aBoolean, aCount, aNumber, aString, listOf, nothing, oneOf, optional, record, variants } from './shape.js';
import type { TypeOf } from './shape.js';

/*
 * The wire between the video preview's page and the extension host. The page asks, the host answers
 * and tells it what became of the clips; each clip is always told whole.
 */

const clipSlot = oneOf('main', 'compare');
/** The clip that was opened, or the one it is compared with. */
export type ClipSlot = TypeOf<typeof clipSlot>;

const clipFacts = record({
  /** For people: `MP4`. */
  container: aString,
  /** For people: `H.264`. */
  codec: aString,
  pixelFormat: aString,
  width: aNumber,
  height: aNumber,
  fps: aNumber,
  frames: aCount,
  /** False when `frames` is an estimate. */
  framesExact: aBoolean,
  /** Seconds. */
  duration: aNumber,
  /** Degrees clockwise. */
  rotation: aNumber,
  variableFrameRate: aBoolean,
  hdr: optional(aString),
  hasAlpha: aBoolean,
  audio: optional(record({ codec: aString, channels: aNumber, sampleRate: aNumber })),
  /** Size of the file. */
  bytes: aNumber,
});
/** What a file holds, for the side panel. */
export type ClipFacts = TypeOf<typeof clipFacts>;

const clipTiming = record({
  frames: aCount,
  fps: aNumber,
  /** The file's time of its first frame, seconds. */
  offset: aNumber,
  /** Only where frames stand unevenly: seconds from the first frame. */
  times: optional(listOf(aNumber)),
  /** Only where frames stand unevenly: when the last one ends. */
  end: optional(aNumber),
});
/** When the frames of the file at `address` are shown. */
export type ClipTiming = TypeOf<typeof clipTiming>;

const clipPlayback = variants('kind', {
  reading: {},
  /** A version that VS Code can play is being made; `fraction` from 0 to 1. */
  preparing: { why: aString, fraction: aNumber },
  ready: { address: aString, timing: clipTiming, hasAudio: aBoolean, proxy: aBoolean, why: optional(aString) },
  failed: { message: aString, canRetry: aBoolean },
});
/** What can be played of a clip at this moment. */
export type ClipPlayback = TypeOf<typeof clipPlayback>;

const clipView = record({
  slot: clipSlot,
  /** File name. */
  name: aString,
  /** Grows whenever the file changed or another one took its place. */
  revision: aCount,
  facts: optional(clipFacts),
  provenance: optional(provenanceSummary),
  playback: clipPlayback,
});
/** All that the page knows about a clip. */
export type ClipView = TypeOf<typeof clipView>;

const frameRange = record({ first: aCount, last: aCount });

/** What the host answers and tells. */
export const previewHost = {
  requests: {
    /** The page has loaded: tell it everything. */
    ready: { params: nothing, result: nothing },
    /** The browser could not play what the host took for playable: make another version. */
    cannotPlay: { params: record({ slot: clipSlot, revision: aCount }), result: nothing },
    /** Stop making a playable version. */
    cancel: { params: record({ slot: clipSlot }), result: nothing },
    /** Read the file again. */
    retry: { params: record({ slot: clipSlot }), result: nothing },
    /** Let the user choose a clip to compare with. */
    chooseCompare: { params: nothing, result: nothing },
    endCompare: { params: nothing, result: nothing },
    /** Put how the clip was made on the clipboard. */
    copySettings: { params: record({ slot: clipSlot }), result: nothing },
    /** Make a notebook with the clip and these frames of it, both included. */
    editInNotebook: { params: frameRange, result: nothing },
  },
  events: {
    clip: clipView,
    compareEnded: nothing,
  },
};
/** The types of {@link previewHost}. */
export type PreviewHost = ContractOf<typeof previewHost>;

/** What the page tells. */
export const previewPage = {
  requests: {},
  events: {
    /** The frames between the in and out points, for commands that act on them. */
    range: frameRange,
  },
};
/** The types of {@link previewPage}. */
export type PreviewPage = ContractOf<typeof previewPage>;
