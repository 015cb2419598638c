import { drawContactSheet, drawPicture, plainFrame, placePicture, PictureScaler, type Video } from '../pipeline/video/index.js';
import type { Frame } from '../pipeline/core/index.js';
import { encodePalettePng } from './drawing/palettePng.js';
import { VIDEO_MIME } from '../shared/outputs/index.js';
import type { Bundle, ClipPayload, ThumbnailStrip, VideoPayload } from '../shared/outputs/index.js';
import { jpegUri } from './smallPicture.js';
import { fileFor } from './sideFolder.js';
import type { SideFolder } from './sideFolder.js';

/*
 * One output of a notebook is at most 200 kB. The pictures share it: the strips of result and source as JPEG in the
 * payload, and one sheet as PNG twice, for those who show `image/png` (GitHub) and those who prefer HTML (Jupyter).
 */
const ROOM = 200_000;
const STRIP_CHARACTERS = 28_000;
const SHEET_BYTES = 44_000;
const LARGEST_TILE = 144;
const LARGEST_CELL = 112;
const MOST_COLUMNS = 8;
const FEWEST_COLUMNS = 4;
const STRIP_TILES = 12;
const LONGEST_TEXT = 2000;

/** What a clip is shown with. */
export interface VideoBundleOptions {
  /** The clip that it was made from, to look at side by side. */
  source?: Video | undefined;
  /** Where the clips' files go; without it only pictures are shown. */
  sideFolder?: SideFolder | undefined;
  title?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Characters that the output may take in the notebook, about. Default 200,000. */
  room?: number | undefined;
}

/** A clip as an output: a player (rich), a contact sheet with a player (HTML), the sheet (PNG), a line (text). */
export async function videoBundle(
  video: Video,
  { source, sideFolder, title, signal, room = ROOM }: VideoBundleOptions = {},
): Promise<Bundle> {
  const share = Math.min(1, room / ROOM);
  const clip = await clipPayload(video, { title, side: sideFolder, signal, share });
  const payload: VideoPayload = {
    type: 'video',
    ...clip,
    ...(source ? { source: await clipPayload(source, { title: 'Source', side: sideFolder, signal, share }) } : {}),
  };
  const clips = source ? [source, video] : [video];
  const labels = source ? ['Source', payload.provenance?.prompt ?? title ?? 'Result'] : [title ?? payload.provenance?.prompt ?? 'Clip'];
  const sheet = await smallSheet(clips, labels, { signal, share });
  return {
    [VIDEO_MIME]: payload,
    'text/html': html(payload, sheet),
    'image/png': sheet,
    'text/plain': video.toString(),
  };
}

interface Means {
  readonly signal: AbortSignal | undefined;
  /** How much of the usual room there is, 0 … 1. */
  readonly share: number;
}

async function clipPayload(
  video: Video,
  { title, side, signal, share }: Means & { title: string | undefined; side: SideFolder | undefined },
): Promise<ClipPayload> {
  const { provenance, info } = video;
  return {
    path: side && (await fileFor(video, side, signal)),
    title: title ?? info?.path.split(/[\\/]/).at(-1),
    width: video.width,
    height: video.height,
    fps: video.fps,
    frames: video.frameCount ?? Math.round(video.duration * video.fps),
    duration: video.duration,
    hasAudio: video.sound !== undefined,
    strip: await stripOf(video, { signal, share }),
    provenance: provenance && {
      kind: provenance.kind,
      model: provenance.model,
      prompt: provenance.prompt.slice(0, LONGEST_TEXT),
      negativePrompt: provenance.negativePrompt?.slice(0, LONGEST_TEXT),
      seed: provenance.seed,
      device: provenance.device?.slice(0, LONGEST_TEXT),
      settings: plainSettings(provenance.settings),
      created: provenance.created,
    },
  };
}

/** Strips that were made: the source of an edit is shown again with each of its results. */
const strips = new WeakMap<Video, { strip: ThumbnailStrip; share: number }>();

/** Evenly spaced frames in one picture, as large as the budget allows. */
async function stripOf(video: Video, { signal, share }: Means): Promise<ThumbnailStrip> {
  const known = strips.get(video);
  if (known?.share === share) return known.strip;
  const count = video.frameCount ?? STRIP_TILES;
  const tiles = Math.min(STRIP_TILES, count);
  const frames = Array.from({ length: tiles }, (_, tile) => Math.round((tile * (count - 1)) / Math.max(1, tiles - 1)));
  const pictures = await framesAt(video, frames, signal);
  const columns = Math.min(6, pictures.length);
  const strip = await shrunkUntil({ side: LARGEST_TILE, limit: STRIP_CHARACTERS * share, power: 2 }, async (longest) => {
    const scale = Math.min(1, longest / Math.max(video.width, video.height));
    const tileWidth = Math.max(8, Math.round(video.width * scale));
    const tileHeight = Math.max(8, Math.round(video.height * scale));
    const sheet = plainFrame(columns * tileWidth, Math.ceil(pictures.length / columns) * tileHeight, [0, 0, 0]);
    const scaler = new PictureScaler(video, placePicture(video, { width: tileWidth, height: tileHeight, fit: 'fill' }));
    pictures.forEach((picture, i) =>
      drawPicture(sheet, scaler.scale(picture), (i % columns) * tileWidth, Math.floor(i / columns) * tileHeight),
    );
    const picture = await jpegUri(sheet);
    return { size: picture.length, made: { picture, columns, tileWidth, tileHeight, frames: frames.slice(0, pictures.length) } };
  });
  strips.set(video, { strip, share });
  return strip;
}

/**
 * Makes a picture of a side length, and again smaller, by what it is too large, until it fits or cannot shrink.
 *
 * @param from.power how the size in bytes grows with the side.
 */
async function shrunkUntil<T>(
  from: { side: number; limit: number; power: number },
  make: (side: number) => Promise<{ size: number; made: T }>,
): Promise<T> {
  const { limit, power } = from;
  for (let { side } = from; ;) {
    const { size, made } = await make(side);
    if (size <= limit || side <= 16) return made;
    side = Math.max(16, Math.floor(side * Math.min(0.95, (limit / size) ** (1 / power))));
  }
}

/** Frames close together are taken out of one pass; far apart, each is sought. */
async function framesAt(video: Video, indices: readonly number[], signal: AbortSignal | undefined): Promise<Frame[]> {
  const last = indices.at(-1) ?? 0;
  if (last > 48 * indices.length) return Promise.all(indices.map((index) => video.frame(index, signal)));
  const wanted = new Set(indices);
  const found: Frame[] = [];
  let index = 0;
  for await (const frame of video.frames({ end: last + 1, signal })) if (wanted.has(index++)) found.push(frame);
  return found;
}

async function smallSheet(clips: readonly Video[], labels: readonly string[], { signal, share }: Means): Promise<Buffer> {
  const most = Math.min(MOST_COLUMNS, ...clips.map((clip) => clip.frameCount ?? MOST_COLUMNS));
  return shrunkUntil({ side: LARGEST_CELL, limit: SHEET_BYTES * share, power: 3 }, async (cellHeight) => {
    // Few pictures that can be made out say more than many that cannot.
    const columns = Math.min(most, Math.max(FEWEST_COLUMNS, Math.round((MOST_COLUMNS * cellHeight) / LARGEST_CELL)));
    const made = await encodePalettePng(await drawContactSheet(clips, { columns, cellHeight, labels, signal }));
    return { size: made.length, made };
  });
}

/** For front ends that know nothing of us. The picture comes first: GitHub shows it and drops the players. */
function html({ path, source, provenance }: VideoPayload, sheet: Buffer): string {
  const image = `<img src="data:image/png;base64,${sheet.toString('base64')}" alt="${escape(provenance?.prompt ?? 'Frames of the clip')}">`;
  const players = [source?.path, path].filter((file) => file !== undefined);
  const videos = players.map((file) => `<video src="${escape(encodeURI(file))}" controls loop muted playsinline></video>`).join(' ');
  const caption = provenance
    ? `<figcaption>${escape(`${provenance.kind}: ${provenance.prompt} (${provenance.model}, seed ${provenance.seed})`)}</figcaption>`
    : '';
  return `<figure>${image}${videos ? `<div>${videos}</div>` : ''}${caption}</figure>`;
}

function plainSettings(settings: Readonly<Record<string, unknown>>): Record<string, string | number | boolean | null> {
  const plain = (value: unknown): string | number | boolean | null =>
    value === null || typeof value === 'number' || typeof value === 'boolean'
      ? value
      : (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 300);
  return Object.fromEntries(
    Object.entries(settings)
      .slice(0, 40)
      .map(([name, value]) => [name, plain(value)]),
  );
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
