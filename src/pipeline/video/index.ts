/** Video in and out: files and frames through ffmpeg. The one entrance to this folder. */
export { Video } from './video.js';
export type { FrameRange, FromFramesOptions, SaveOptions } from './video.js';
export type { VideoOpenOptions } from './openVideo.js';
export type { SavedVideo, SaveProgress } from './saveVideo.js';
export { createFrame, frameBytes } from './frame.js';
export type { Frame } from './frame.js';
export type { Fit, Size, SizeOptions } from './geometry.js';
export type { AudioInfo, ColourInfo, VideoInfo } from './videoInfo.js';
export type { FrameRate } from './frameRate.js';
export type { Soundtrack } from './soundtrack.js';
export { describeProvenance, digitalSourceTypes, parseProvenance, provenanceComment, provenanceJson } from './provenance.js';
export type { Provenance, ProvenanceFacts, ProvenanceSource } from './provenance.js';
export { readProvenance } from './readProvenance.js';
export { findFfmpeg } from './ffmpegBinaries.js';
export type { FfmpegBinaries, FfmpegSource, FindFfmpegOptions } from './ffmpegBinaries.js';
export { encodePng } from './png.js';
