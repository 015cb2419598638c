import * as path from 'node:path';
import type { ProbedVideo, VideoInfo, Provenance } from '../../pipeline/video/index.js';
import { isDeeperThan } from '../../shared/shape.js';
import type { ProvenanceSummary } from '../../shared/outputs/index.js';
import type { ClipFacts, ClipTiming } from '../../shared/videoPreviewProtocol.js';
import { codecName } from './playability.js';

/** More frame times than these are not sent to the page; such a clip is seeked by its average rate. */
const mostTimes = 50_000;

/** What the side panel says about a file. */
export function clipFacts(info: VideoInfo, bytes: number): ClipFacts {
  const { pixelFormat, width, height, fps, duration, rotation, variableFrameRate, hasAlpha, hdr, audio } = info;
  return {
    container: containerName(info),
    codec: codecName(info.codec),
    pixelFormat,
    width,
    height,
    fps,
    duration,
    rotation,
    variableFrameRate,
    hasAlpha,
    bytes,
    frames: info.frameCount,
    framesExact: info.frameCountExact,
    ...(hdr ? { hdr } : {}),
    ...(audio ? { audio: { codec: codecName(audio.codec), channels: audio.channels, sampleRate: audio.sampleRate } } : {}),
  };
}

/** ffmpeg knows families of containers: which one of a family it is, the file's name says. */
function containerName({ container, path: file }: VideoInfo): string {
  const extension = path.extname(file).toLowerCase();
  const family = container.split(',');
  if (family.includes('mp4')) return extension === '.mov' ? 'QuickTime' : 'MP4';
  if (family.includes('matroska')) return extension === '.webm' ? 'WebM' : 'Matroska';
  return (family[0] ?? container).toUpperCase();
}

/** When the frames of a file are shown, for the page's clock. */
export function clipTiming({ info, frameTimes, startOffset }: ProbedVideo): ClipTiming {
  const uneven = info.variableFrameRate && frameTimes !== undefined && frameTimes.times.length <= mostTimes;
  return {
    frames: info.frameCount,
    // Without its frames' times an uneven clip is best found its way in by their average.
    fps: info.variableFrameRate ? info.frameCount / info.duration : info.fps,
    offset: Math.max(0, startOffset),
    ...(uneven ? { times: frameTimes.times, end: frameTimes.end } : {}),
  };
}

/** More settings and longer texts than any run has; a record from a stranger's file may hold megabytes of them. */
const most = { settings: 200, characters: 10_000 };

/** The record of how a file was made, in brief; values that are no simple ones become short text. */
export function provenanceSummary(record: Provenance): ProvenanceSummary {
  const settings = Object.entries(record.settings)
    .slice(0, most.settings)
    .map(([key, value]) => [cut(key, 200), simple(value)] as const);
  return {
    kind: record.kind,
    model: cut(record.model),
    prompt: cut(record.prompt),
    ...(record.negativePrompt ? { negativePrompt: cut(record.negativePrompt) } : {}),
    seed: record.seed,
    ...(record.device ? { device: cut(record.device) } : {}),
    settings: Object.fromEntries(settings),
    created: cut(record.created),
  };
}

function simple(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return isDeeperThan(value, 16) ? '…' : cut(JSON.stringify(value) ?? String(value), 200);
}

function cut(text: string, characters = most.characters): string {
  return text.length > characters ? `${text.slice(0, characters)}…` : text;
}
