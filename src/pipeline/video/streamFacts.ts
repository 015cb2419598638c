import type { AudioInfo, ColourInfo } from './videoInfo.js';

/** The part of ffprobe's JSON that is read here. Everything may be missing. */
export interface ProbeStream {
  readonly index: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly codec_tag_string?: string;
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
  readonly sample_aspect_ratio?: string;
  readonly color_range?: string;
  readonly color_space?: string;
  readonly color_transfer?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly time_base?: string;
  readonly start_time?: string;
  readonly duration?: string;
  readonly nb_frames?: string;
  readonly bits_per_raw_sample?: string;
  readonly channels?: number;
  readonly sample_rate?: string;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

/** ffprobe's `-show_streams -show_format`. */
export interface ProbeReport {
  readonly streams?: readonly ProbeStream[];
  readonly format?: {
    readonly format_name?: string;
    readonly start_time?: string;
    readonly duration?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
}

/** Degrees clockwise to turn the stored picture for display, to the nearest quarter turn. */
export function rotationOf(stream: ProbeStream): number {
  const matrix = stream.side_data_list?.find((entry) => entry.rotation !== undefined)?.rotation;
  // The display matrix counts anticlockwise, the older "rotate" tag clockwise.
  const clockwise = matrix !== undefined ? -matrix : Number(stream.tags?.rotate ?? 0);
  if (!Number.isFinite(clockwise)) return 0;
  return (((Math.round(clockwise / 90) * 90) % 360) + 360) % 360;
}

/** Size for display: square pixels first, then the turn. */
export function displaySize(stream: ProbeStream, rotation: number): { width: number; height: number } {
  const stored = { width: stream.width ?? 0, height: stream.height ?? 0 };
  const [num = 1, den = 1] = (stream.sample_aspect_ratio ?? '1:1').split(':').map(Number);
  const aspect = num > 0 && den > 0 ? num / den : 1;
  const sensible = aspect > 1 / 16 && aspect < 16 ? aspect : 1;
  const width = Math.max(1, Math.round(stored.width * sensible));
  return rotation % 180 === 0 ? { width, height: stored.height } : { width: stored.height, height: width };
}

/** Bits per component, from the pixel format's name (`yuv420p10le`, `p010le`, `rgb48be`). */
export function bitDepthOf(stream: ProbeStream): number {
  const name = stream.pix_fmt ?? '';
  if (/^(rgb48|bgr48|rgba64|bgra64|gray16|ya16)/.test(name)) return 16;
  const depth = /p0?(9|10|12|14|16)(le|be)?$/.exec(name)?.[1] ?? /^gray(9|10|12|14|16)/.exec(name)?.[1];
  return depth ? Number(depth) : 8;
}

/** Whether some pixels may be transparent. VP8 and VP9 keep alpha in a second picture and say so in a tag. */
export function hasAlpha(stream: ProbeStream): boolean {
  return /^(yuva|rgba|bgra|argb|abgr|gbrap|ya8|ya16|pal8|ayuv)/.test(stream.pix_fmt ?? '') || isVpxAlpha(stream);
}

/** Alpha that ffmpeg's own VP8/VP9 decoders drop; libvpx decodes it. */
export function isVpxAlpha(stream: ProbeStream): boolean {
  const mode = Object.entries(stream.tags ?? {}).find(([key]) => key.toLowerCase() === 'alpha_mode')?.[1];
  return mode === '1' && (stream.codec_name === 'vp8' || stream.codec_name === 'vp9');
}

/** The transfer curve, where it is one of high dynamic range. */
export function hdrOf(stream: ProbeStream): 'PQ' | 'HLG' | undefined {
  if (stream.color_transfer === 'smpte2084') return 'PQ';
  return stream.color_transfer === 'arib-std-b67' ? 'HLG' : undefined;
}

/**
 * Matrix and range. A file that says nothing is taken for what players take it for: BT.709 from 720
 * lines or 1280 columns on, BT.601 below, limited range.
 */
export function colourOf(stream: ProbeStream): ColourInfo {
  const format = stream.pix_fmt ?? '';
  const range = stream.color_range === 'pc' || format.startsWith('yuvj') ? 'full' : 'limited';
  if (/^(rgb|bgr|argb|abgr|gbr|pal8|0rgb|0bgr|gray|mono|ya)/.test(format)) {
    return { matrix: 'rgb', range: stream.color_range === 'tv' ? 'limited' : 'full', assumed: false };
  }
  switch (stream.color_space) {
    case 'bt709':
      return { matrix: 'bt709', range, assumed: false };
    case 'smpte170m':
    case 'bt470bg':
      return { matrix: 'bt601', range, assumed: false };
    case 'bt2020nc':
    case 'bt2020c':
      return { matrix: 'bt2020', range, assumed: false };
    case 'smpte240m':
    case 'fcc':
      return { matrix: stream.color_space, range, assumed: false };
    default:
      return { matrix: (stream.height ?? 0) >= 720 || (stream.width ?? 0) >= 1280 ? 'bt709' : 'bt601', range, assumed: true };
  }
}

/** All tracks of sound that a decoder may know. */
export function audioTracksOf(report: ProbeReport): AudioInfo[] {
  const streams = (report.streams ?? []).filter((candidate) => candidate.codec_type === 'audio' && candidate.codec_name !== undefined);
  return streams.map((stream, track) => ({
    codec: stream.codec_name ?? 'unknown',
    channels: stream.channels ?? 0,
    sampleRate: Number(stream.sample_rate ?? 0),
    duration: seconds(stream.duration) ?? seconds(report.format?.duration) ?? 0,
    track,
    streamIndex: stream.index,
    startTime: seconds(stream.start_time),
    isDefault: stream.disposition?.default === 1,
    language: stream.tags?.language,
    title: stream.tags?.title,
  }));
}

/** Of tracks of one kind the one that the file marks to be played, else the first. */
export function defaultOf<T>(tracks: readonly T[], isDefault: (track: T) => boolean): T | undefined {
  return tracks.find(isDefault) ?? tracks[0];
}

/** Whether the file's container is one of those named; ffmpeg knows some by several names. */
export function formatIs(report: ProbeReport, names: readonly string[]): boolean {
  return (report.format?.format_name ?? '').split(',').some((name) => names.includes(name));
}

/** A time that ffprobe printed; undefined for `N/A`. */
export function seconds(text: string | undefined): number | undefined {
  const value = text === undefined ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** `00:00:03.040000000`, as Matroska tags write durations. */
export function clockSeconds(text: string | undefined): number | undefined {
  const match = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text ?? '');
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : undefined;
}
