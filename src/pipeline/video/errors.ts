import { FrameloomError } from '../core/index.js';

/*
 * Every failure of video input and output, one factory each. Codes are stable; messages say what
 * was wrong, where, and what to do next.
 */

const quote = (path: string): string => JSON.stringify(path);

/** Whether someone gave an address (`https://…`) for a path. */
export function isAddress(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path);
}

/** Nothing exists at the path. */
export function videoNotFound(path: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_NOT_FOUND',
    isAddress(path)
      ? `${quote(path)} is an address, and Frameloom opens local files only. Download the video and open the file.`
      : `There is no video at ${quote(path)}. Check the path; relative paths start at ${quote(process.cwd())}.`,
  );
}

/** The path is a folder that holds no pictures. */
export function folderWithoutImages(path: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_FOLDER',
    `${quote(path)} is a folder without images. Open a video file in it, or a folder whose PNG, JPEG, WebP, BMP or TIFF files are the frames.`,
  );
}

/** The path is a pipe, a socket or a device. */
export function notARegularFile(path: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_NOT_A_FILE',
    `${quote(path)} is neither a file nor a folder. Save the video to a file first and open that.`,
  );
}

/** The operating system refused to read the file. */
export function videoNotReadable(path: string, cause: unknown): FrameloomError {
  return new FrameloomError('FL_VIDEO_NO_ACCESS', `${quote(path)} cannot be read (${reason(cause)}). Check its permissions.`, { cause });
}

/** The file has no bytes. */
export function videoEmpty(path: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_EMPTY',
    `${quote(path)} is empty (0 bytes). The copy or download that made it probably failed; fetch it again.`,
  );
}

/** The file is a list of other media. */
export function videoIsPlaylist(path: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_PLAYLIST',
    `${quote(path)} is a playlist that points to other files or addresses, which Frameloom does not follow. Open the video itself.`,
  );
}

/** The file's bytes are not a video or picture that may be opened. */
export function notAVideo(path: string, detail: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_NOT_A_VIDEO',
    `${quote(path)} is not a video that can be opened${detail ? ` (${detail})` : ''}. Supported: MP4, MOV, M4V, WebM, MKV, AVI, MPEG-TS and -PS, MXF, FLV, WMV, Ogg, NUT, Y4M, IVF, DV, raw H.264, HEVC and MPEG, GIF, APNG and PNG, JPEG, WebP, BMP or TIFF images.`,
  );
}

/** An animated WebP, which ffmpeg does not decode. */
export function animatedWebp(path: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_NOT_A_VIDEO',
    `${quote(path)} is an animated WebP, which ffmpeg cannot read. Save it as GIF, APNG or MP4 first, for example with a browser-based converter or ImageMagick ("magick in.webp out.gif").`,
  );
}

/** There is sound but no picture. */
export function audioOnly(path: string, codec: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_AUDIO_ONLY',
    `${quote(path)} holds only sound (${codec}), no video stream. Open a file with pictures.`,
  );
}

/** The container is recognised but its index or headers are missing or broken. */
export function videoDamaged(path: string, detail: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_DAMAGED',
    `${quote(path)} is damaged or cut off: ${detail}. Fetch the file again, or repair it with "ffmpeg -i in.mp4 -c copy out.mp4".`,
  );
}

/** The container is fine, but this ffmpeg cannot decode what is in it. */
export function codecUnreadable(path: string, codec: string, version: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_CODEC',
    `${quote(path)} is coded as ${codec}, which the ffmpeg in use (${version}) cannot decode. Install a newer ffmpeg so that it is on PATH, or name it with FRAMELOOM_FFMPEG.`,
  );
}

/** Fewer frames can be read than the file declares. */
export function videoTruncated(path: string, readable: number, declared: number, seconds: number): FrameloomError {
  const safe = Math.max(0, Math.floor(seconds * 100) / 100);
  return new FrameloomError(
    'FL_VIDEO_TRUNCATED',
    `${quote(path)} is cut off: only ${readable} of about ${declared} frames can be read. Fetch the file again${readable > 0 ? `, or use its intact beginning with { end: ${safe} }` : ''}.`,
  );
}

/** More pixels than allowed. */
export function videoTooLarge(path: string, width: number, height: number, maxPixels: number): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_TOO_LARGE',
    `${quote(path)} has pictures of ${width} x ${height}, above the limit of ${maxPixels} pixels. Scale it down first, for example with "ffmpeg -i in.mp4 -vf scale=1920:-2 out.mp4".`,
  );
}

/** ffmpeg or ffprobe made no progress for too long and was ended. */
export function ffmpegStalled(what: string, seconds: number): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_TIMEOUT',
    `${what}: ffmpeg made no progress for ${seconds} s and was stopped. The file is probably damaged or on a drive that does not answer; copy it to a local drive and try again.`,
  );
}

/** No working pair of ffmpeg and ffprobe was found. */
export function ffmpegMissing(reasons: readonly string[]): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_FFMPEG_MISSING',
    `No working ffmpeg was found (${reasons.join('; ') || 'nothing to try'}). Install ffmpeg so that it is on PATH, or name it with FRAMELOOM_FFMPEG or the ffmpegPath option.`,
  );
}

/** The ffmpeg that someone named does not work: another is not used in its place without a word. */
export function ffmpegSettingBroken(program: string, named: string, detail: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_FFMPEG_SETTING',
    `${named} names ${quote(program)}, which ${detail}. Correct it, or remove it so that Frameloom looks for ffmpeg itself.`,
  );
}

/** The program does not know an option that keeps untrusted files in bounds. */
export function ffmpegTooOld(version: string, detail: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_FFMPEG_OLD',
    `The ffmpeg in use (${version}) is too old for Frameloom (${detail}); the video may be fine. Install ffmpeg 4 or newer so that it is on PATH, name it with FRAMELOOM_FFMPEG, or use the one that comes along.`,
  );
}

/** ffmpeg ended with an error that has no name of its own. */
export function ffmpegFailed(what: string, detail: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_FFMPEG_FAILED',
    `${what} failed: ${detail || 'ffmpeg gave no reason'}. Run "frameloom doctor" to check the installed ffmpeg.`,
  );
}

/** ffmpeg or ffprobe itself broke down. */
export function ffmpegCrashed(what: string, signal: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_FFMPEG_CRASHED',
    `${what}: ffmpeg crashed (${signal}). The installed version cannot deal with this file; install a newer ffmpeg so that it is on PATH, or name it with FRAMELOOM_FFMPEG.`,
  );
}

/** `start`, `end` or a frame range lies outside the clip. */
export function rangeOutside(path: string, asked: string, has: string): FrameloomError {
  return new FrameloomError('FL_VIDEO_RANGE', `${asked} lies outside ${quote(path)}, which has ${has}. Choose a range inside it.`);
}

/** An image sequence that does not exist, has holes or mixes kinds. */
export function sequenceUnusable(path: string, detail: string): FrameloomError {
  return new FrameloomError('FL_VIDEO_SEQUENCE', `The image sequence ${quote(path)} cannot be opened: ${detail}.`);
}

/** The frames of one clip differ in size. */
export function frameSizeChanged(index: number, got: string, wanted: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_FRAME_SIZE',
    `Frame ${index} is ${got} but the frames before it are ${wanted}. All frames of a clip need one size; resize them first.`,
  );
}

/** A clip without frames was to be made or saved. */
export function noFrames(what: string): FrameloomError {
  return new FrameloomError('FL_VIDEO_NO_FRAMES', `${what} has no frames. A video needs at least one; check where the frames come from.`);
}

/** The clip was used after `close()`. */
export function videoClosed(): FrameloomError {
  return new FrameloomError('FL_VIDEO_CLOSED', 'This video was closed and its frames are gone. Use it before close(), or open it again.');
}

/** The output exists and `overwrite` is false. */
export function outputExists(path: string): FrameloomError {
  return new FrameloomError('FL_VIDEO_OUTPUT_EXISTS', `${quote(path)} exists already. Choose another name or pass { overwrite: true }.`);
}

/** The output's folder is missing, or the path cannot be written. */
export function outputNotWritable(path: string, detail: string, cause?: unknown): FrameloomError {
  return new FrameloomError('FL_VIDEO_OUTPUT_PATH', `${quote(path)} cannot be written: ${detail}.`, { cause });
}

/** The clip would be written over what it comes from. */
export function outputIsSource(path: string, source: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_OUTPUT_SOURCE',
    `${quote(path)} is what this clip comes from (${quote(source)}), or would stand among its pictures. Save under another name; the source is never overwritten.`,
  );
}

/** The extension names no format that can be written. */
export function outputFormatUnknown(path: string, extension: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_OUTPUT_FORMAT',
    `${quote(path)}: ${extension ? `".${extension}" is not a format that Frameloom writes` : 'the name has no extension'}. Use .mp4, .mov, .m4v, .mkv, .webm, .gif, .apng, or a numbered PNG sequence such as "frames/%04d.png".`,
  );
}

/** The drive filled up while writing. */
export function driveFull(path: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_DISK_FULL',
    `There is no space left for ${quote(path)}. Nothing was kept of the unfinished file; free some space or save elsewhere.`,
  );
}

/** The output grew beyond the allowed number of bytes. */
export function outputTooLarge(path: string, maxBytes: number): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_OUTPUT_SIZE',
    `${quote(path)} grew beyond the limit of ${maxBytes} bytes, and nothing was kept. Raise maxBytes, or save fewer or smaller frames or with a higher crf.`,
  );
}

/** The finished file does not hold the frames that were written into it. */
export function outputIncomplete(path: string, found: number, wanted: number): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_OUTPUT_INCOMPLETE',
    `${quote(path)} came out with ${found} frames instead of ${wanted}, and nothing was kept. Run "frameloom doctor" to check the installed ffmpeg.`,
  );
}

/** The clip whose sound should be kept can no longer be read. */
export function audioSourceGone(path: string, detail: string): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_AUDIO_SOURCE',
    `The sound of ${quote(path)} could not be taken over: ${detail}. Put the source back, or save with { audio: false }.`,
  );
}

/** A clip without sound that is to be listened to. */
export function noSound(): FrameloomError {
  return new FrameloomError(
    'FL_VIDEO_NO_SOUND',
    'This clip has no sound to listen to. Open one that has, or another track of it (audioTrack).',
  );
}

function reason(cause: unknown): string {
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
}
