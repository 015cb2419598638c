import { stat } from 'node:fs/promises';
import { declaredBeyond, timingOf } from './clipTiming.js';
import { askDecoder, undecodedAtStart } from './decoderSurvey.js';
import { audioOnly, codecUnreadable, ffmpegFailed, ffmpegTooOld, notAVideo, videoDamaged, videoTooLarge } from './errors.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import { lastComplaint, runToText, unknownOption } from './ffmpegProcess.js';
import { framesPerSecond } from './frameRate.js';
import { listableBytes, readPackets } from './frameTimes.js';
import type { PacketList } from './frameTimes.js';
import { beginsAsMedia, mayBeginAsMedia, readHead, soundFormatOf } from './inputFile.js';
import { fileArgument, maxPixels, untrustedInputOptions } from './inputLimits.js';
import { interlacingOf } from './interlacing.js';
import { noticesOn } from './notices.js';
import {
  audioTracksOf,
  bitDepthOf,
  colourOf,
  defaultOf,
  displaySize,
  hasAlpha,
  hdrOf,
  isVpxAlpha,
  rotationOf,
  seconds,
} from './streamFacts.js';
import type { ProbeReport, ProbeStream } from './streamFacts.js';
import { turnOf } from './orientation.js';
import type { ProbeTarget } from './probeTarget.js';
import type { ProbedVideo } from './videoInfo.js';

/** ffprobe answers in a fraction of a second; one that takes this long, even on a busy machine, reads something that is no video. */
const probeSeconds = 60;
/** The same for a file that begins as nothing known: ffprobe looks through all of it for something to show, however large it is. */
const doubtfulSeconds = 8;

/**
 * Asks ffprobe what a file holds and checks that it can be decoded. Frames are counted, short clips by decoding them.
 *
 * @throws FrameloomError `FL_VIDEO_NOT_A_VIDEO`, `FL_VIDEO_DAMAGED`, `FL_VIDEO_AUDIO_ONLY`, `FL_VIDEO_CODEC`,
 * `FL_VIDEO_TOO_LARGE` or `FL_VIDEO_TIMEOUT`; AbortError.
 */
export async function probeVideo(binaries: FfmpegBinaries, target: ProbeTarget): Promise<ProbedVideo> {
  const doubtful = target.inputPath === target.path && !mayBeginAsMedia(await readHead(target.path, 12));
  const patience = doubtful ? doubtfulSeconds : probeSeconds;
  // Two questions to the same file, asked at once: each costs mostly the start of a process.
  const [report, listed] = await Promise.all([
    probeReport(binaries, target, patience),
    target.frameCount === undefined ? listPackets(binaries, target, patience) : undefined,
  ]).catch((error: unknown) => {
    if (doubtful && (error as { code?: unknown }).code === 'FL_VIDEO_TIMEOUT')
      throw notAVideo(target.path, 'it begins as no kind of video, and nothing that can be shown was found in it');
    throw error;
  });
  const stream = await videoStream(binaries, report, target);
  const packets = listed?.get(stream.index);
  const [picture] = target.orientations ?? [];
  const rotation = picture ? turnOf(picture) : rotationOf(stream);
  const size = displaySize(stream, rotation);
  if ((stream.width ?? 0) * (stream.height ?? 0) > maxPixels || size.width * size.height > maxPixels) {
    throw videoTooLarge(target.path, size.width, size.height, maxPixels);
  }
  const decoder = isVpxAlpha(stream) ? (stream.codec_name === 'vp8' ? 'libvpx' : 'libvpx-vp9') : undefined;
  const { decoded, fields } = await askDecoder(binaries, report, stream, packets, { ...target, decoder });
  const timing = timingOf(report, stream, target, packets, decoded);
  const { clock } = timing.frameTimes;
  // Where packets do not say when they are shown, the first one's turn to be decoded is the best that is known.
  const clockStart = (packets?.timed === false ? packets.shown[0] : clock.find((time) => Number.isFinite(time))) ?? 0;
  const audioTracks = audioTracksOf(report);
  const interlacing = interlacingOf(fields);
  return {
    info: {
      path: target.path,
      container: report.format?.format_name ?? 'unknown',
      codec: stream.codec_name ?? 'unknown',
      pixelFormat: stream.pix_fmt ?? 'unknown',
      ...size,
      fps: framesPerSecond(timing.rate),
      frameRate: timing.rate,
      frameCount: timing.frameCount,
      frameCountExact: timing.exact,
      duration: timing.duration,
      rotation,
      variableFrameRate: timing.variable,
      interlacing,
      bitDepth: bitDepthOf(stream),
      hasAlpha: hasAlpha(stream),
      hdr: hdrOf(stream),
      colour: colourOf(stream),
      audio: defaultOf(audioTracks, (track) => track.isDefault),
      audioTracks,
      tags: lowerCaseKeys(report.format?.tags ?? {}),
      notices: noticesOn(timing, interlacing, undecodedAtStart(packets, decoded)),
    },
    streamIndex: stream.index,
    clockStart,
    startOffset: packets ? clockStart - (seconds(report.format?.start_time) ?? 0) : 0,
    frameTimes: timing.frameTimes,
    slots: timing.slots,
    slotCount: timing.slotCount,
    declaredFrames: declaredBeyond(report, stream, timing, packets),
    decoder,
    inputOptions: target.inputOptions,
    inputPath: target.inputPath,
    firstNumber: target.firstNumber,
    orientations: target.orientations,
    files: target.files,
  };
}

async function probeReport(binaries: FfmpegBinaries, target: ProbeTarget, patience: number): Promise<ProbeReport> {
  const what = `Reading ${JSON.stringify(target.path)}`;
  const args = [
    '-hide_banner',
    '-v',
    'error',
    ...untrustedInputOptions(),
    ...target.inputOptions,
    ...startNumber(target),
    '-show_streams',
    '-show_format',
    '-of',
    'json',
    '-i',
    fileArgument(target.inputPath),
  ];
  const { code, stdout, stderr } = await runToText(binaries.ffprobe, args, { what, signal: target.signal, stallSeconds: patience });
  if (code !== 0) throw await refusal(binaries, target, stderr);
  // ffprobe reports a stream of no size where the picture was refused.
  if (tooManyPixels(stderr)) throw refusedSize(target.path, stderr);
  try {
    return JSON.parse(stdout) as ProbeReport;
  } catch (cause) {
    throw ffmpegFailed(what, `ffprobe's answer is not JSON (${String(cause)})`);
  }
}

function startNumber({ firstNumber }: ProbeTarget): string[] {
  return firstNumber === undefined ? [] : ['-start_number', String(firstNumber)];
}

/** Which of the named errors ffprobe's complaint amounts to. */
async function refusal(binaries: FfmpegBinaries, target: ProbeTarget, stderr: string): Promise<Error> {
  const { path } = target;
  const unknown = unknownOption(stderr);
  if (unknown) return ffmpegTooOld(binaries.version, unknown);
  if (/Format not on whitelist/i.test(stderr)) {
    const sound = soundFormatOf(await readHead(path, 12));
    return sound === undefined ? notAVideo(path, 'its real format is not one of those allowed') : audioOnly(path, sound);
  }
  if (tooManyPixels(stderr)) return refusedSize(path, stderr);
  const known = target.inputPath !== path || beginsAsMedia(await readHead(path, 12));
  // A name can make ffmpeg expect an index in a file that never was a video.
  if (known) return videoDamaged(path, 'its index or its beginning is missing');
  return notAVideo(path, /moov atom/.test(stderr) ? '' : lastComplaint(stderr));
}

function tooManyPixels(stderr: string): boolean {
  return /exceeds specified max pixel count/i.test(stderr);
}

function refusedSize(path: string, stderr: string): Error {
  const [, width, height] = /Picture size (\d+)x(\d+)/i.exec(stderr) ?? [];
  return videoTooLarge(path, Number(width ?? 0), Number(height ?? 0), maxPixels);
}

async function videoStream(binaries: FfmpegBinaries, report: ProbeReport, target: ProbeTarget): Promise<ProbeStream> {
  const streams = report.streams ?? [];
  const pictures = streams.filter((candidate) => candidate.codec_type === 'video' && candidate.disposition?.attached_pic !== 1);
  const stream = defaultOf(pictures, ({ disposition }) => disposition?.default === 1);
  if (!stream) {
    const sound = streams.find((candidate) => candidate.codec_type === 'audio');
    const named = streams.some(({ codec_type: type }) => ['video', 'audio', 'subtitle'].includes(type ?? ''));
    if (!named && beginsAsMedia(await readHead(target.path, 12))) throw videoDamaged(target.path, 'its index is cut off');
    throw sound ? audioOnly(target.path, sound.codec_name ?? 'unknown codec') : notAVideo(target.path, 'it has no video stream');
  }
  if (!stream.codec_name || stream.codec_name === 'unknown')
    throw codecUnreadable(target.path, `"${stream.codec_tag_string ?? 'unknown'}"`, binaries.version);
  if (!stream.width || !stream.height)
    throw videoDamaged(target.path, 'no picture in it can be decoded, or its pictures are larger than allowed');
  return stream;
}

/** The packets of each video stream, by its index; undefined for a file too large to list them. */
async function listPackets(binaries: FfmpegBinaries, target: ProbeTarget, patience: number): Promise<Map<number, PacketList> | undefined> {
  const bytes = await stat(target.inputPath).then(
    (entry) => entry.size,
    () => Infinity,
  );
  if (bytes > listableBytes) return undefined;
  const args = [
    '-hide_banner',
    '-v',
    'error',
    ...untrustedInputOptions(),
    ...target.inputOptions,
    '-select_streams',
    'V',
    '-show_entries',
    'packet=stream_index,pts_time,dts_time,duration_time,flags',
    '-of',
    'compact=p=0',
    '-i',
    fileArgument(target.inputPath),
  ];
  const { stdout } = await runToText(binaries.ffprobe, args, {
    what: `Reading ${JSON.stringify(target.path)}`,
    signal: target.signal,
    stallSeconds: patience,
  });
  return readPackets(stdout);
}

function lowerCaseKeys(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value]));
}
