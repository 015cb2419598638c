/** File name extensions that the video preview opens, without the dot. */
export const videoExtensions: readonly string[] = ['mp4', 'm4v', 'mov', 'webm', 'mkv', 'avi', 'gif'];

/** The view type of the video preview in package.json. */
export const VIDEO_PREVIEW = 'frameloom.videoPreview';

/** Commands of the video preview; each also works from another extension or a key. */
export const videoPreviewCommands = {
  /** Opens a video in the preview: `(uri?)`. */
  open: 'frameloom.openVideoPreview',
  /** Opens a video in the preview beside another one to compare: `(uri, selected)` of the explorer. */
  compare: 'frameloom.compareVideos',
  /** Makes a notebook with the clip: `(uri?)`. */
  editInNotebook: 'frameloom.editInNotebook',
} as const;

/** The setting that makes the preview the default for videos. */
export const defaultEditorSetting = 'videoPreview.openByDefault';

/** The setting of the cache's size, in megabytes. */
export const cacheSizeSetting = 'videoPreview.cacheSize';
