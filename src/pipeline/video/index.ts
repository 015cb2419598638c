/** Video in and out: files and frames through ffmpeg. The one entrance to this folder. */
export { Video } from './video.js';
export type { FrameRange, FromFramesOptions, SaveOptions, VideoOpenOptions, SaveProgress, FindFfmpegOptions, ContactSheetOptions, SideBySideOptions } from './videoOptions.js';
export { checkFilePlace, checkOutput, checkTemporaryFolder, outputAt } from './checkOutput.js';
export type { SavedVideo } from './saveVideo.js';
export { createFrame, frameBytes } from './frame.js';
export type { Frame } from './frame.js';
export { placePicture } from './geometry.js';
export type { Fit, Size, SizeOptions } from './geometry.js';
export { PictureScaler } from './pictureScaler.js';
export type { AudioInfo, ColourInfo, VideoInfo, Soundtrack } from './videoInfo.js';
export type { FrameRate } from './frameRate.js';
export { describeProvenance, digitalSourceTypes, parseProvenance, provenanceComment, provenanceJson } from './provenance.js';
export type { Provenance, ProvenanceFacts, ProvenanceSource } from './provenance.js';
export { readProvenance } from './readProvenance.js';
export { findFfmpeg, type FfmpegBinaries, type FfmpegSource } from './ffmpegBinaries.js';
export { encodePng } from './png.js';
export { contactSheet } from './contactSheet.js';
export { sideBySide } from './sideBySide.js';
