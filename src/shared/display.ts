/*
 * What the kernel shows and the notebook renderer draws: MIME types and the JSON under them, and
 * the messages between the renderer in its webview and the controller in the extension host.
 *
 * A payload is stored in the `.ipynb`, so it stays small (`maxPayloadBytes`): pixels and sound lie
 * in the side folder and are referenced. It may come from a notebook that a stranger made: whoever
 * reads one checks it first and treats every text in it as text.
 */

/** A clip, or a clip beside its source: {@link VideoPayload}. */
export const VIDEO_MIME = 'application/vnd.frameloom.video+json';
/** Numbers of a tensor, with pictures of it: {@link TensorPayload}. */
export const TENSOR_MIME = 'application/vnd.frameloom.tensor+json';
/** A value as an expandable tree: {@link TreePayload}. */
export const TREE_MIME = 'application/vnd.frameloom.tree+json';
/** A run under way, or how it ended: {@link PreviewPayload}. */
export const PREVIEW_MIME = 'application/vnd.frameloom.preview+json';

/** Most bytes of one payload as JSON in UTF-8. */
export const maxPayloadBytes = 200_000;

/** What the name of a notebook's side folder ends in: `story.ipynb` keeps its files in `story.frameloom/`. */
export const sideFolderSuffix = '.frameloom';

/** A picture inside the JSON: `data:image/png;base64,…`, or jpeg or webp. */
export type PictureUri = `data:image/${'png' | 'jpeg' | 'webp'};base64,${string}`;

/** The frames of a clip as small pictures in one sheet, in rows from left to right. */
export interface ThumbnailStrip {
  readonly picture: PictureUri;
  readonly columns: number;
  /** Size of one thumbnail in pixels of the sheet. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Which frame of the clip each thumbnail shows, ascending. */
  readonly frames: readonly number[];
}

/** How a clip was made, in brief: what a reader wants to know beside the picture. */
export interface ProvenanceSummary {
  readonly kind: 'edited' | 'generated';
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly seed: number;
  /** The options of the run; values that are not simple are given as short text. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  /** When, ISO 8601. */
  readonly created?: string;
}

/** One clip, without what it is compared with. */
export interface ClipPayload {
  /**
   * Where the file is, relative to the folder of the notebook, with `/` between the parts and no
   * `..`: `story.frameloom/4f1c/result.mp4`. Absent when there is no file, only the pictures here.
   */
  readonly path?: string;
  /** What to call it, such as "Source" or the file's name. */
  readonly title?: string;
  /** Pixels of the picture as shown. */
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** Seconds. */
  readonly duration: number;
  readonly hasAudio?: boolean;
  /** One picture that stands for the clip while nothing is loaded. */
  readonly poster?: PictureUri;
  readonly strip?: ThumbnailStrip;
  readonly provenance?: ProvenanceSummary;
}

/** Body of {@link VIDEO_MIME}. */
export interface VideoPayload extends ClipPayload {
  readonly type: 'video';
  /** The clip that this one was made from, for side by side and wipe. */
  readonly source?: ClipPayload;
}

/** Range and spread of some numbers; not-a-number and infinities are counted, not averaged. */
export interface NumberStats {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
}

/** A picture of a part of a tensor. */
export interface TensorPicture {
  /** What it shows: `frame 0`, `channel 2`, `token "balloon"`. */
  readonly label: string;
  readonly picture: PictureUri;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Body of {@link TENSOR_MIME}. */
export interface TensorPayload {
  readonly type: 'tensor';
  /** What to call it, such as "latents after step 12". */
  readonly title?: string;
  /** `float32`, `int64`, … */
  readonly elementType: string;
  readonly dims: readonly number[];
  /** What each dimension counts, as long as `dims`: `['frames', 'channels', 'height', 'width']`. */
  readonly dimNames?: readonly string[];
  readonly stats: NumberStats;
  /** Elements that are NaN or infinite. */
  readonly notFinite?: number;
  /** Counts of elements in equal bins from `stats.min` to `stats.max`. */
  readonly histogram?: readonly number[];
  /** One entry for each channel, in order; at most 64. */
  readonly channels?: readonly NumberStats[];
  readonly pictures?: readonly TensorPicture[];
  /** The numbers themselves, when there are few: a flat list in row order. */
  readonly values?: readonly number[];
}

/** A value that is shown on one line. */
export interface TreeLeaf {
  readonly kind: 'leaf';
  readonly valueType: 'string' | 'number' | 'bigint' | 'boolean' | 'null' | 'undefined' | 'symbol' | 'function' | 'date' | 'regexp' | 'other';
  /** The value as text, without quotes around strings. */
  readonly text: string;
  /** Characters that were left out at the end of `text`. */
  readonly omitted?: number;
}

/** A value that holds others. */
export interface TreeBranch {
  readonly kind: 'branch';
  readonly valueType: 'object' | 'array' | 'map' | 'set' | 'typedArray' | 'error' | 'other';
  /** The name of its class: `Object`, `Float32Array`, `VideoInfo`. */
  readonly name: string;
  /** Entries that the value has. */
  readonly size: number;
  readonly entries: readonly TreeEntry[];
  /** Entries that are not in `entries`. */
  readonly omitted?: number;
}

/** A place where the tree was cut. */
export interface TreeCut {
  readonly kind: 'cut';
  /** It holds itself; it is too deep; the payload was full; a getter threw. */
  readonly reason: 'circular' | 'depth' | 'size' | 'unreadable';
  /** What stood there, in a few words: `Object`, `Array(3)`. */
  readonly text: string;
}

/** One value of a tree. */
export type TreeNode = TreeLeaf | TreeBranch | TreeCut;

/** A named value in a {@link TreeBranch}; keys of a `Map` that are no strings are given as short text. */
export interface TreeEntry {
  readonly key: string;
  readonly value: TreeNode;
}

/** Body of {@link TREE_MIME}. */
export interface TreePayload {
  readonly type: 'tree';
  readonly title?: string;
  readonly root: TreeNode;
}

/** Body of {@link PREVIEW_MIME}. The document gets a few of these; pixels in between are messages. */
export interface PreviewPayload {
  readonly type: 'preview';
  /** Names the run: `previewPixels` messages and the Interrupt button refer to it. */
  readonly runId: string;
  readonly state: 'running' | 'done' | 'interrupted';
  /** What is under way, such as "Editing rocket.mp4". */
  readonly title?: string;
  /** What is being done, where it is not a step of denoising: `reading the clip: frame 3 of 8`. */
  readonly stage?: string;
  /** Share of the whole run that is done, 0 … 1, where that is known. */
  readonly fraction?: number;
  /** Another run came after this one in its cell: a line says enough until somebody asks. */
  readonly folded?: boolean;
  /** Steps that are finished. */
  readonly step: number;
  readonly steps: number;
  /** Noise level at this step. */
  readonly sigma?: number;
  readonly secondsSpent?: number;
  readonly secondsLeft?: number;
  /** All frames of the clip, of equal size, as one sheet in rows from left to right. */
  readonly sheet?: PreviewSheet;
}

/** The frames of a run at one step. */
export interface PreviewSheet {
  readonly picture: PictureUri;
  readonly columns: number;
  readonly count: number;
  /** Size of one frame in pixels of the sheet. */
  readonly frameWidth: number;
  readonly frameHeight: number;
  /** Frames per second of the clip, for playing them. */
  readonly fps?: number;
}

/** Everything that has a type of its own here. */
export type DisplayPayload = VideoPayload | TensorPayload | TreePayload | PreviewPayload;

/** The payload that belongs to each MIME type. */
export interface PayloadByMime {
  readonly [VIDEO_MIME]: VideoPayload;
  readonly [TENSOR_MIME]: TensorPayload;
  readonly [TREE_MIME]: TreePayload;
  readonly [PREVIEW_MIME]: PreviewPayload;
}

/**
 * From the controller: the frames of a run at a step. Not stored anywhere, so it may come often.
 *
 * VS Code turns every message between controller and renderer into JSON, in which a byte array becomes an object with a
 * property for each byte. So bytes travel as base64 text on this one wire.
 */
export interface PreviewPixels {
  readonly type: 'previewPixels';
  readonly runId: string;
  /** As in {@link PreviewPayload}. */
  readonly stage?: string;
  /** As in {@link PreviewPayload}. */
  readonly fraction?: number;
  readonly step: number;
  readonly steps: number;
  readonly sigma?: number;
  readonly secondsLeft?: number;
  readonly count: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly fps?: number;
  /** `rgb24` in base64: frame after frame, `count * frameHeight * frameWidth * 3` bytes. */
  readonly data: string;
}

/** From the controller: what was asked for by {@link ResolveVideo} takes a while. */
export interface VideoPreparing {
  readonly type: 'videoPreparing';
  readonly requestId: number;
  /** What VS Code cannot play, for the reader. */
  readonly why: string;
  /** Done so far, from 0 to 1. */
  readonly fraction: number;
}

/** From the controller, before its answer: the next piece of the file or of the pictures. */
export interface VideoPart {
  readonly type: 'videoPart';
  readonly requestId: number;
  /** In base64. */
  readonly data: string;
}

/** From the controller: the answer to {@link ResolveVideo}. */
export interface VideoResolved {
  readonly type: 'videoResolved';
  readonly requestId: number;
  readonly answer:
    /** The parts that came are a file that the webview can play; its first frame stands at `offset` seconds. */
    | { readonly kind: 'file'; readonly mime: string; readonly offset: number }
    /** The parts that came are JPEG pictures of these `sizes` in bytes, one after the other; each shows one of `frames`. */
    | { readonly kind: 'frames'; readonly sizes: readonly number[]; readonly frames: readonly number[]; readonly note: string }
    /** A sentence for the reader: the file is gone, or cannot be read. */
    | { readonly kind: 'failed'; readonly message: string };
}

/** What the controller sends to the renderer. */
export type ToRenderer = PreviewPixels | VideoPreparing | VideoPart | VideoResolved;

/** From the renderer: another way to see the file at `path`, please. Asked when loading it directly failed. */
export interface ResolveVideo {
  readonly type: 'resolveVideo';
  readonly requestId: number;
  /** `ClipPayload.path`, unchecked: the controller makes sure that it stays below the notebook's folder. */
  readonly path: string;
  /** The file could not be loaded; its pictures cannot be played here; its sound perhaps cannot. */
  readonly problem: 'missing' | 'picture' | 'sound';
  /** Whether H.264 plays here: the version that ffmpeg makes is that. */
  readonly playsH264: boolean;
}

/** From the renderer: the answer to {@link ResolveVideo} is not needed any more. */
export interface DropVideo {
  readonly type: 'dropVideo';
  readonly requestId: number;
}

/** From the renderer: stop the run at its next step. */
export interface InterruptRun {
  readonly type: 'interruptRun';
  readonly runId: string;
}

/** From the renderer: open the clip in the video preview. */
export interface OpenVideo {
  readonly type: 'openVideo';
  readonly path: string;
}

/** What the renderer sends to the controller. The controller checks each, for a webview can be taken over. */
export type FromRenderer = ResolveVideo | DropVideo | InterruptRun | OpenVideo;

/** The id of the notebook renderer in package.json, which messages go through. */
export const RENDERER_ID = 'frameloom.renderer';
