import type { VideoInfo } from '../../pipeline/video/index.js';

/** What VS Code needs to show a file: nothing, or a version of it made with ffmpeg. */
export type PlaybackPlan = { readonly kind: 'direct' } | ProxyPlan;

/** How the playable version is made. */
export interface ProxyPlan {
  readonly kind: 'proxy';
  /** `copy` keeps the coded pictures as they are: seconds even for a long film. */
  readonly video: 'copy' | 'encode';
  readonly audio: 'copy' | 'mp3' | 'none';
  /** For the reader: what VS Code cannot play. */
  readonly why: string;
}

/** The part of {@link VideoInfo} that decides. */
export type PlayabilityFacts = Pick<VideoInfo, 'container' | 'codec' | 'pixelFormat' | 'bitDepth' | 'audio'>;

/** Sound that the desktop VS Code decodes. Its ffmpeg comes without AAC. */
const playableAudio = new Set(['mp3', 'vorbis', 'opus', 'flac']);

/** Names of codecs as people write them. */
const spoken: Readonly<Record<string, string>> = {
  hevc: 'H.265',
  h264: 'H.264',
  prores: 'ProRes',
  gif: 'GIF',
  mpeg4: 'MPEG-4 Part 2',
  mpeg2video: 'MPEG-2',
  mjpeg: 'Motion JPEG',
  ffv1: 'FFV1',
  dnxhd: 'DNxHD',
  rawvideo: 'uncompressed',
  aac: 'AAC',
  opus: 'Opus',
  vorbis: 'Vorbis',
  ac3: 'AC-3',
  eac3: 'E-AC-3',
  dts: 'DTS',
  alac: 'ALAC',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
};

/** A codec's name for people. */
export function codecName(codec: string): string {
  return spoken[codec] ?? (codec.startsWith('pcm_') ? 'PCM' : codec.toUpperCase());
}

/**
 * Decides how a file can be played. What is called direct here may still fail in the page (a damaged
 * or unusual stream), which then asks for a proxy all the same.
 */
export function playbackPlan(info: PlayabilityFacts): PlaybackPlan {
  const mp4 = info.container.split(',').includes('mp4');
  const matroska = info.container.split(',').includes('matroska');
  const picture = pictureObstacle(info);
  const sound = info.audio && !soundPlays(info.audio.codec) ? `${codecName(info.audio.codec)} sound` : undefined;
  const container = mp4 || matroska ? undefined : `${info.container.split(',')[0]?.toUpperCase() ?? 'this'} files`;
  // "GIF files and GIF" would say it twice.
  const codec = picture !== undefined && container?.startsWith(picture) ? undefined : picture;
  const obstacles = [container, codec, sound].filter((each) => each !== undefined);
  if (obstacles.length === 0) return { kind: 'direct' };
  return {
    kind: 'proxy',
    // AVI has no timestamps of its own, and GIF is no video codec: those pictures are coded anew.
    video: picture === undefined && container === undefined && info.codec === 'h264' ? 'copy' : 'encode',
    audio: proxySound(info),
    why: `VS Code does not play ${obstacles.join(' and ')}`,
  };
}

/** The plan for a file that turned out not to play although it should. */
export function fallbackPlan(info: PlayabilityFacts): ProxyPlan {
  return { kind: 'proxy', video: 'encode', audio: proxySound(info), why: 'VS Code could not play the file as it is' };
}

function pictureObstacle({ codec, pixelFormat, bitDepth }: PlayabilityFacts): string | undefined {
  if (codec === 'vp8' || codec === 'vp9' || codec === 'av1') return undefined;
  if (codec !== 'h264') return codecName(codec);
  const plain = (pixelFormat === 'yuv420p' || pixelFormat === 'yuvj420p') && bitDepth === 8;
  return plain ? undefined : `H.264 in ${pixelFormat}`;
}

function soundPlays(codec: string): boolean {
  return playableAudio.has(codec);
}

function proxySound({ audio }: PlayabilityFacts): ProxyPlan['audio'] {
  if (!audio) return 'none';
  return audio.codec === 'mp3' ? 'copy' : 'mp3';
}
