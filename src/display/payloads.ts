/**
 * The JSON under our own MIME types, as far as the library writes it. The renderer's side, with every field explained,
 * is `src/shared/display.ts`; the kernel's build checks that the two agree.
 */

/** One output in several forms, by MIME type: JSON and text as themselves, pictures as bytes. */
export type Bundle = Record<string, unknown>;

/** A clip, or a clip beside its source. */
export const VIDEO_MIME = 'application/vnd.frameloom.video+json';
/** Numbers of a tensor, with pictures of it. */
export const TENSOR_MIME = 'application/vnd.frameloom.tensor+json';
/** A value as an expandable tree. */
export const TREE_MIME = 'application/vnd.frameloom.tree+json';
/** A run under way, or how it ended. */
export const PREVIEW_MIME = 'application/vnd.frameloom.preview+json';

/** A picture inside the JSON. */
export type PictureUri = `data:image/${'png' | 'jpeg' | 'webp'};base64,${string}`;

/** Frames of a clip as small pictures in one sheet. */
export interface StripPayload {
  picture: PictureUri;
  columns: number;
  tileWidth: number;
  tileHeight: number;
  frames: number[];
}

/** One clip. */
export interface ClipPayload {
  path?: string;
  title?: string;
  width: number;
  height: number;
  fps: number;
  frames: number;
  duration: number;
  hasAudio?: boolean;
  strip?: StripPayload;
  provenance?: {
    kind: 'edited' | 'generated';
    model: string;
    prompt: string;
    negativePrompt?: string;
    seed: number;
    settings: Record<string, string | number | boolean | null>;
    created?: string;
  };
}

/** Body of {@link VIDEO_MIME}. */
export interface VideoPayload extends ClipPayload {
  type: 'video';
  source?: ClipPayload;
}

/** Range and spread of some numbers. */
export interface StatsPayload {
  min: number;
  max: number;
  mean: number;
  std: number;
}

/** Body of {@link TENSOR_MIME}. */
export interface TensorPayload {
  type: 'tensor';
  title?: string;
  elementType: string;
  dims: number[];
  dimNames?: string[];
  stats: StatsPayload;
  notFinite?: number;
  histogram?: number[];
  channels?: StatsPayload[];
  pictures?: { label: string; picture: PictureUri; width: number; height: number }[];
  values?: number[];
}

/** A value of a tree. */
export type TreeNode =
  | { kind: 'leaf'; valueType: 'string' | 'number' | 'bigint' | 'boolean' | 'null' | 'undefined' | 'symbol' | 'function' | 'date' | 'regexp' | 'other'; text: string; omitted?: number }
  | { kind: 'branch'; valueType: 'object' | 'array' | 'map' | 'set' | 'typedArray' | 'error' | 'other'; name: string; size: number; entries: { key: string; value: TreeNode }[]; omitted?: number }
  | { kind: 'cut'; reason: 'circular' | 'depth' | 'size' | 'unreadable'; text: string };

/** Body of {@link TREE_MIME}. */
export interface TreePayload {
  type: 'tree';
  title?: string;
  root: TreeNode;
}

/** Body of {@link PREVIEW_MIME}. */
export interface PreviewPayload {
  type: 'preview';
  runId: string;
  state: 'running' | 'done' | 'interrupted';
  title?: string;
  stage?: string;
  fraction?: number;
  folded?: boolean;
  step: number;
  steps: number;
  sigma?: number;
  secondsSpent?: number;
  secondsLeft?: number;
  sheet?: { picture: PictureUri; columns: number; count: number; frameWidth: number; frameHeight: number; fps?: number };
}
