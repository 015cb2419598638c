/*
 * What the kernel shows and the notebook renderer draws: MIME types and the JSON under them, each said once as a shape
 * (src/shared/shape.ts) that gives the type and the check.
 */
import { VIDEO_MIME, videoPayload } from './clip.js';
import { HISTORY_MIME, historyPayload } from './history.js';
import { COMPARISON_MIME, comparisonPayload } from './comparison.js';
import { PREVIEW_MIME, previewPayload } from './preview.js';
import { RUN_MIME, runPayload } from './run.js';
import { TENSOR_MIME, tensorPayload } from './tensor.js';
import { TREE_MIME, treePayload } from './tree.js';
import { TUNE_MIME, tunePayload } from './tune.js';
import type { TypeOf } from '../shape.js';

export { VIDEO_MIME, provenanceSummary } from './clip.js';
export type { ClipPayload, ProvenanceSummary, ThumbnailStrip, VideoPayload } from './clip.js';
export { HISTORY_MIME, historyRows } from './history.js';
export type { HistoryPayload, HistoryRow } from './history.js';
export { COMPARISON_MIME } from './comparison.js';
export type {
  CellLayoutPayload,
  ComparisonAxisPayload,
  ComparisonCellPayload,
  ComparisonNumberPayload,
  ComparisonPayload,
} from './comparison.js';
export { PREVIEW_MIME } from './preview.js';
export type { PreviewPayload, PreviewSheet } from './preview.js';
export { RUN_MIME } from './run.js';
export type {
  Atlas,
  LatentChannelPayload,
  PromptWordPayload,
  RunPayload,
  RunStepPayload,
  RunView,
  SchedulePayload,
  StagePayload,
  FrameAttentionPayload,
  WordAttentionPayload,
} from './run.js';
export { bundle, maxPayloadBytes, sideFolderSuffix } from './stored.js';
export type { Bundle, NumberStats, PictureUri } from './stored.js';
export { TENSOR_MIME } from './tensor.js';
export type { TensorPayload, TensorPicture } from './tensor.js';
export { TREE_MIME, treeNode } from './tree.js';
export type { TreeBranch, TreeCut, TreeEntry, TreeLeaf, TreeNode, TreePayload } from './tree.js';

export { TUNE_MIME, tuneValues } from './tune.js';
export type { TunePayload, TuneValues } from './tune.js';

/** The shape of the payload under each MIME type of ours. */
export const payloadShapes = {
  [VIDEO_MIME]: videoPayload,
  [TENSOR_MIME]: tensorPayload,
  [TREE_MIME]: treePayload,
  [PREVIEW_MIME]: previewPayload,
  [HISTORY_MIME]: historyPayload,
  [TUNE_MIME]: tunePayload,
  [RUN_MIME]: runPayload,
  [COMPARISON_MIME]: comparisonPayload,
};

/** The payload that belongs to each MIME type of ours. */
export type PayloadByMime = { readonly [M in keyof typeof payloadShapes]: TypeOf<(typeof payloadShapes)[M]> };
