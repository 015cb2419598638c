/** Video in and out: files and frames through ffmpeg. The one entrance to this folder. */
export { Video } from './video.js';
export type {
  FrameRange,
  FromFramesOptions,
  SaveOptions,
  VideoOpenOptions,
  WriteOptions,
  SaveProgress,
  FindFfmpegOptions,
  ContactSheetOptions,
  SideBySideOptions,
} from './videoOptions.js';
export { checkFilePlace, checkOutput, checkTemporaryFolder, outputAt } from './checkOutput.js';
export { overlaps, placeOf } from './filePlace.js';
export type { SavedVideo } from './saveVideo.js';
export { placePicture } from './geometry.js';
export type { Fit, Size, SizeOptions } from './geometry.js';
export { LanczosScaler, type ScaledAxis } from './lanczosScaler.js';
export { PictureScaler } from './pictureScaler.js';
export type { AudioInfo, ColourInfo, VideoInfo, Soundtrack } from './videoInfo.js';
export type { FrameRate } from './frameRate.js';
export { asProvenance, describeProvenance, digitalSourceTypes, parseProvenance, provenanceComment, provenanceJson } from './provenance.js';
export type { Provenance, ProvenanceFacts, ProvenanceSource } from './provenance.js';
export { readProvenance } from './readProvenance.js';
export { findFfmpeg, type FfmpegBinaries, type FfmpegSource } from './ffmpegBinaries.js';
export { clipDigest } from './clipDigest.js';
export { encodePng } from './png.js';
export { encodeJpeg, encodeWebp } from './smallPictureFile.js';
export { contactSheet } from './contactSheet.js';
export { deflicker, deflickerDistance, deflickered, type DeflickerOptions, loopDeflickered } from './deflicker.js';
export { sideBySide } from './sideBySide.js';
export { drawPicture, plainFrame } from './canvas.js';
export { drawContactSheet } from './contactSheet.js';
export { pictureFilters } from './decodeFilters.js';
export { deepColourOf } from './deepColour.js';
export { ffmpegArguments } from './ffmpegCommand.js';
export { FfmpegProcess, lastComplaint } from './ffmpegProcess.js';
export { frameMode, renamedOptions } from './frameMode.js';
export { rateText } from './frameRate.js';
export { evenSize } from './geometry.js';
export { checkInputFile } from './inputFile.js';
export { fileArgument, untrustedInputOptions } from './inputLimits.js';
export { type Interlacing, deinterlaceFilters } from './interlacing.js';
export { type CompressionOptions, sequenceNumber } from './outputFormat.js';
export { PartialFile } from './partialFile.js';
export type { WindowOptions } from './clipWindow.js';
export { probeVideo } from './probe.js';
export { singleFile } from './singleFile.js';
export type { VideoParts } from './video.js';
export type { ProbedVideo } from './videoInfo.js';
