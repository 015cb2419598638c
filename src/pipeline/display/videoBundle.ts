import { drawContactSheet } from '../video/contactSheet.js';
import { drawPicture, plainFrame } from '../video/canvas.js';
import { placePicture } from '../video/geometry.js';
import { PictureScaler } from '../video/pictureScaler.js';
import { encodePng } from '../video/index.js';
import type { Frame, Video } from '../video/index.js';
import { VIDEO_MIME } from './payloads.js';
import type { Bundle, ClipPayload, StripPayload, VideoPayload } from './payloads.js';
import { pictureWithin } from './smallPicture.js';
import { fileFor } from './sideFolder.js';
import type { SideFolder } from './sideFolder.js';

/*
 * One output of a notebook is at most 200 kB. The pictures share it: the strips of result and source, the sheet as a
 * PNG (which GitHub and Jupyter show) and the same sheet as a smaller JPEG inside the HTML.
 */
const STRIP_CHARACTERS = 28_000;
const SHEET_PNG_BYTES = 52_000;
const SHEET_HTML_CHARACTERS = 40_000;
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
}

/** A clip as an output: a player (rich), a contact sheet with a player (HTML), the sheet (PNG), a line (text). */
export async function videoBundle(video: Video, { source, sideFolder, title, signal }: VideoBundleOptions = {}): Promise<Bundle> {
  const payload: VideoPayload = { type: 'video', ...(await clipPayload(video, title, sideFolder, signal)) };
  if (source) payload.source = await clipPayload(source, 'Source', sideFolder, signal);
  const clips = source ? [source, video] : [video];
  const labels = source ? ['Source', payload.provenance?.prompt ?? title ?? 'Result'] : [title ?? payload.provenance?.prompt ?? 'Clip'];
  const sheet = await smallSheet(clips, labels, signal);
  const picture = await pictureWithin(SHEET_HTML_CHARACTERS, sheet.frame);
  return {
    [VIDEO_MIME]: payload,
    'text/html': html(payload, picture),
    'image/png': sheet.png,
    'text/plain': describeVideo(video),
  };
}

/** `Video 64×64, 16 frames, 2 s at 8 fps; edited: "a big green car"` */
export function describeVideo(video: Video): string {
  const { provenance } = video;
  const facts = `Video ${video.width}×${video.height}, ${video.frameCount ?? '?'} frames, ${round(video.duration)} s at ${round(video.fps)} fps`;
  return provenance ? `${facts}; ${provenance.kind}: ${JSON.stringify(provenance.prompt.slice(0, 200))}` : facts;
}

async function clipPayload(video: Video, title: string | undefined, side: SideFolder | undefined, signal: AbortSignal | undefined): Promise<ClipPayload> {
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
    strip: await strip(video, signal),
    provenance: provenance && {
      kind: provenance.kind,
      model: provenance.model,
      prompt: provenance.prompt.slice(0, LONGEST_TEXT),
      negativePrompt: provenance.negativePrompt?.slice(0, LONGEST_TEXT),
      seed: provenance.seed,
      settings: plainSettings(provenance.settings),
      created: provenance.created,
    },
  };
}

/** Evenly spaced frames in one picture, as large as the budget allows. */
async function strip(video: Video, signal: AbortSignal | undefined): Promise<StripPayload | undefined> {
  const count = video.frameCount ?? STRIP_TILES;
  const tiles = Math.min(STRIP_TILES, count);
  const frames = Array.from({ length: tiles }, (_, tile) => Math.round((tile * (count - 1)) / Math.max(1, tiles - 1)));
  const pictures = await framesAt(video, frames, signal);
  const columns = Math.min(6, pictures.length);
  for (const longest of [192, 144, 96, 64, 40]) {
    const scale = Math.min(1, longest / Math.max(video.width, video.height));
    const tileWidth = Math.max(8, Math.round(video.width * scale));
    const tileHeight = Math.max(8, Math.round(video.height * scale));
    const sheet = plainFrame(columns * tileWidth, Math.ceil(pictures.length / columns) * tileHeight, [0, 0, 0]);
    const scaler = new PictureScaler(video, placePicture(video, { width: tileWidth, height: tileHeight, fit: 'fill' }));
    pictures.forEach((picture, i) => drawPicture(sheet, scaler.scale(picture), (i % columns) * tileWidth, Math.floor(i / columns) * tileHeight));
    const picture = await pictureWithin(STRIP_CHARACTERS, sheet);
    if (picture) return { picture, columns, tileWidth, tileHeight, frames: frames.slice(0, pictures.length) };
  }
  return undefined;
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

async function smallSheet(clips: readonly Video[], labels: readonly string[], signal: AbortSignal | undefined): Promise<{ frame: Frame; png: Buffer }> {
  let smallest: { frame: Frame; png: Buffer } | undefined;
  for (const [columns, cellHeight] of [[8, undefined], [8, 96], [6, 72], [5, 56], [4, 40], [2, 32]] as const) {
    const most = Math.min(columns, ...clips.map((clip) => clip.frameCount ?? columns));
    const frame = await drawContactSheet(clips, { columns: most, cellHeight, labels, signal });
    smallest = { frame, png: await encodePng(frame) };
    if (smallest.png.length <= SHEET_PNG_BYTES) break;
  }
  return smallest!;
}

/** For front ends that know nothing of us. The picture comes first: GitHub shows it and drops the players. */
function html({ path, source, provenance }: VideoPayload, picture: string | undefined): string {
  const image = picture ? `<img src="${picture}" alt="${escape(provenance?.prompt ?? 'Frames of the clip')}">` : '';
  const players = [source?.path, path].filter((file) => file !== undefined);
  const videos = players.map((file) => `<video src="${escape(encodeURI(file))}" controls loop muted playsinline></video>`).join(' ');
  const caption = provenance ? `<figcaption>${escape(`${provenance.kind}: ${provenance.prompt} (${provenance.model}, seed ${provenance.seed})`)}</figcaption>` : '';
  return `<figure>${image}${videos ? `<div>${videos}</div>` : ''}${caption}</figure>`;
}

function plainSettings(settings: Readonly<Record<string, unknown>>): Record<string, string | number | boolean | null> {
  const plain = (value: unknown): string | number | boolean | null =>
    value === null || typeof value === 'number' || typeof value === 'boolean' ? value : (typeof value === 'string' ? value : JSON.stringify(value) ?? '').slice(0, 300);
  return Object.fromEntries(Object.entries(settings).slice(0, 40).map(([name, value]) => [name, plain(value)]));
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
