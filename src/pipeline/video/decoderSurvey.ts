import { decodeFrames } from './decodedFrames.js';
import type { DecodedFrames } from './decodedFrames.js';
import type { FfmpegBinaries } from './ffmpegBinaries.js';
import type { PacketList } from './frameTimes.js';
import type { FrameFields } from './interlacing.js';
import type { ProbeTarget } from './probeTarget.js';
import { formatIs } from './streamFacts.js';
import type { ProbeReport, ProbeStream } from './streamFacts.js';

/** Pixels that are decoded when a clip is opened, whatever it is: half a second or less of work. 160 frames of 720p. */
const quickPixels = 150e6;
/** Pixels up to which a clip whose packets are not to be trusted is decoded: some seconds of work. */
const patientPixels = 4e9;

/** Containers and codecs in which one packet is one frame with its time. */
const trustedContainers = ['mov', 'mp4', 'matroska', 'webm', 'mpegts', 'flv', 'mxf', 'gif', 'apng'];
const trustedCodecs = new Set([
  'h264',
  'hevc',
  'vp9',
  'av1',
  'mjpeg',
  'prores',
  'dnxhd',
  'ffv1',
  'huffyuv',
  'ffvhuff',
  'utvideo',
  'qtrle',
  'rawvideo',
  'png',
  'apng',
  'gif',
  'mpeg2video',
  'mpeg1video',
]);

/**
 * Asks the decoder what packets cannot tell: which frames there are and when, and how their lines were taken. Short clips are
 * decoded whole; of long ones some frames, when their packets can be trusted.
 */
export async function askDecoder(
  binaries: FfmpegBinaries,
  report: ProbeReport,
  stream: ProbeStream,
  packets: PacketList | undefined,
  target: ProbeTarget & { readonly decoder: string | undefined },
): Promise<{ decoded?: DecodedFrames | undefined; fields: readonly FrameFields[] }> {
  const shown = packets?.shown ?? [];
  // Stills and numbered pictures are what they are.
  if (shown.length < 2) return { fields: [] };
  const framePixels = (stream.width ?? 0) * (stream.height ?? 0);
  const pixels = framePixels * shown.length;
  const what = {
    ...target,
    streamIndex: stream.index,
    codec: stream.codec_name ?? 'unknown',
    measureFields: /^(yuv|gray|nv1|p01|p21)/.test(stream.pix_fmt ?? '') && !wholePictures.includes(stream.codec_name ?? ''),
  };
  const trusted = packets?.whole === true && formatIs(report, trustedContainers) && trustedCodecs.has(what.codec);
  if (pixels <= quickPixels || (!trusted && pixels <= patientPixels)) {
    const decoded = await decodeFrames(binaries, what);
    return { decoded, fields: believed(decoded.fields, stream) };
  }
  if (!what.measureFields) return { fields: [] };
  // Films begin with something that stands still, which tells nothing about lines.
  const from = shown[Math.floor(shown.length / 3)] ?? 0;
  const { fields } = await decodeFrames(binaries, what, { from, frames: Math.max(8, Math.floor(quickPixels / 2 / framePixels)) });
  return { fields: believed(fields, stream) };
}

/** Codecs whose pictures are always whole. */
const wholePictures = ['vp8', 'vp9', 'av1', 'theora', 'gif', 'apng', 'png', 'webp', 'bmp'];
/** In pictures of fewer lines fine detail looks like fields, which no camera took: there only flags are believed. */
const leastLines = 96;

function believed(fields: readonly FrameFields[], { height = 0 }: ProbeStream): readonly FrameFields[] {
  return height < leastLines ? fields.map(({ flagged }) => ({ flagged, measured: flagged })) : fields;
}

/** Frames at the beginning that are in the file and cannot be decoded: the key frame they build on is missing. */
export function undecodedAtStart(packets: PacketList | undefined, decoded: DecodedFrames | undefined): number {
  const first = decoded?.clock[0];
  if (!packets?.timed || first === undefined || !Number.isFinite(first)) return 0;
  return packets.shown.filter((time) => time < first - 0.002).length;
}
