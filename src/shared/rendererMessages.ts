import { aBoolean, aCount, aNumber, aString, listOf, oneOf, optional, variants } from './shape.js';
import { tuneValues } from './outputs/index.js';
import type { TypeOf } from './shape.js';

/*
 * The messages between the notebook renderer in its webview and the controller in the extension host.
 *
 * VS Code turns every message between them into JSON, in which a byte array becomes an object with a property for each
 * byte. So bytes travel as base64 text on this one wire.
 */

/** The id of the notebook renderer in package.json, which messages go through. */
export const RENDERER_ID = 'frameloom.renderer';

/** The answer to {@link ResolveVideo}. */
const answer = variants('kind', {
  /** The parts that came are a file that the webview can play; its first frame stands at `offset` seconds. */
  file: { mime: aString, offset: aNumber },
  /** The parts that came are JPEG pictures of these `sizes` in bytes, one after the other; each shows one of `frames`. */
  frames: { sizes: listOf(aCount), frames: listOf(aCount), note: aString },
  /** A sentence for the reader: the file is gone, or cannot be read. */
  failed: { message: aString },
});

/** What the controller sends to the renderer. */
export const toRenderer = variants('type', {
  /** The frames of a run at a step. Not stored anywhere, so it may come often. */
  previewPixels: {
    /** As `PreviewPayload.runId`. */
    runId: aString,
    /** As in `PreviewPayload`. */
    stage: optional(aString),
    /** As in `PreviewPayload`. */
    fraction: optional(aNumber),
    /** Where the cell stands that these are of, where a comparison is under way: as `ComparisonPayload.running`. */
    place: optional(listOf(aCount, 64)),
    step: aNumber,
    steps: aNumber,
    sigma: optional(aNumber),
    secondsLeft: optional(aNumber),
    count: aCount,
    frameWidth: aCount,
    frameHeight: aCount,
    /** `rgb24` in base64: frame after frame, `count * frameHeight * frameWidth * 3` bytes. */
    data: aString,
  },
  /** What was asked for by {@link ResolveVideo} takes a while. */
  videoPreparing: {
    requestId: aCount,
    /** What VS Code cannot play, for the reader. */
    why: aString,
    /** Done so far, from 0 to 1. */
    fraction: aNumber,
  },
  /** Before the answer to {@link ResolveVideo}: the next piece of the file or of the pictures. */
  videoPart: {
    requestId: aCount,
    /** In base64. */
    data: aString,
  },
  /** The answer to {@link ResolveVideo}. */
  videoResolved: { requestId: aCount, answer },
  /** The first answer to `tuneRun` and `saveComparison`: it is done, or waits for what runs. `displayId` is the form's or comparison's. */
  requestTaken: { displayId: aString },
  /** The answer to both: what was done or why it was not, each a sentence for the reader; neither where there is nothing to say. */
  requestEnded: { displayId: aString, problem: optional(aString), done: optional(aString) },
});
/** What the controller sends to the renderer. */
export type ToRenderer = TypeOf<typeof toRenderer>;
/** The frames of a run at a step. */
export type PreviewPixels = Extract<ToRenderer, { type: 'previewPixels' }>;
/** What was asked for takes a while. */
export type VideoPreparing = Extract<ToRenderer, { type: 'videoPreparing' }>;
/** The next piece of what was asked for. */
export type VideoPart = Extract<ToRenderer, { type: 'videoPart' }>;
/** What an output asked for was taken. */
export type RequestTaken = Extract<ToRenderer, { type: 'requestTaken' }>;
/** What an output asked for has ended. */
export type RequestEnded = Extract<ToRenderer, { type: 'requestEnded' }>;
/** The answer to {@link ResolveVideo}. */
export type VideoResolved = Extract<ToRenderer, { type: 'videoResolved' }>;

/** What the renderer sends to the controller, which checks each: outputs share one webview, so whatever draws there can send messages. */
export const fromRenderer = variants('type', {
  /** Another way to see the file at `path`, please. Asked when loading it directly failed. */
  resolveVideo: {
    requestId: aCount,
    /** `ClipPayload.path`, unchecked: the controller makes sure that it stays below the notebook's folder. */
    path: aString,
    /** The file could not be loaded; its pictures cannot be played here; its sound perhaps cannot. */
    problem: oneOf('missing', 'picture', 'sound'),
    /** Whether H.264 plays here: the version that ffmpeg makes is that. */
    playsH264: aBoolean,
  },
  /** The answer to `resolveVideo` is not needed any more. */
  dropVideo: { requestId: aCount },
  /** Stop the run at its next step. */
  interruptRun: { runId: aString },
  /** Open the clip in the video preview. */
  openVideo: { path: aString },
  /** Make the clip of a form anew with what stands in it. */
  tuneRun: { tuneId: aString, values: tuneValues },
  /** Write the call that made the clip of a form into a new cell below it. */
  tuneAsCode: { tuneId: aString },
  /** Ask where a comparison is to be saved, and save it there: a sheet of stills, or all clips beside each other. */
  saveComparison: { runId: aString, kind: oneOf('sheet', 'video') },
});
/** What the renderer sends to the controller. */
export type FromRenderer = TypeOf<typeof fromRenderer>;
/** Asks for another way to see a file. */
export type ResolveVideo = Extract<FromRenderer, { type: 'resolveVideo' }>;
/** Saves a comparison. */
export type SaveComparison = Extract<FromRenderer, { type: 'saveComparison' }>;
/** Opens a clip in the video preview. */
export type OpenVideo = Extract<FromRenderer, { type: 'openVideo' }>;
