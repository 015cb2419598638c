import { provenanceComment, provenanceJson } from './provenance.js';
import type { Provenance } from './provenance.js';
import type { OutputKind } from './outputFormat.js';

/**
 * The tags that carry a provenance record in a container.
 *
 * MP4 and M4V know a fixed set of tags: the sentence goes into `comment`, the record into
 * `description`. Matroska and WebM take any name: the record stands under `FRAMELOOM`. QuickTime
 * keeps only `comment` here; its record travels in the XMP packet.
 */
export function containerTags(kind: OutputKind, record: Provenance): [name: string, text: string][] {
  const tags: [string, string][] = [['comment', provenanceComment(record)]];
  if (kind === 'mp4' || kind === 'm4v') tags.push(['description', provenanceJson(record)]);
  if (kind === 'mkv' || kind === 'webm') tags.push(['FRAMELOOM', provenanceJson(record)]);
  // NUL would end the text in ffmpeg's C strings; the JSON has it as \\u0000 already.
  return tags.map(([name, text]) => [name, text.replaceAll('\0', '')]);
}

/** What a command line holds: 32 kB in all on Windows, 128 kB per argument on Linux. */
const argumentBytes = process.platform === 'win32' ? 20_000 : 120_000;

/** Whether the tags fit into a command line. If not, they go through {@link tagFile}. */
export function fitArguments(tags: readonly (readonly [string, string])[]): boolean {
  return tags.reduce((bytes, [name, text]) => bytes + name.length + Buffer.byteLength(text), 0) < argumentBytes;
}

/** The tags in ffmpeg's own metadata format. Its older versions cut lines of that format short, so it is the second choice. */
export function tagFile(tags: readonly (readonly [string, string])[]): string {
  return `;FFMETADATA1\n${tags.map(([name, text]) => `${name}=${escapeTag(text)}\n`).join('')}`;
}

/** The record among the tags that ffprobe reports, keys in lower case. */
export function recordInTags(tags: Readonly<Record<string, string>>): string | undefined {
  return [tags.frameloom, tags.description].find((text) => text?.includes('"frameloom"'));
}

function escapeTag(text: string): string {
  return text.replace(/[=;#\\\n]/g, (character) => `\\${character}`);
}
