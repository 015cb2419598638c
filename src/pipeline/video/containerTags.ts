import { provenanceComment, provenanceJson } from './provenance.js';
import type { Provenance } from './provenance.js';
import type { OutputKind } from './outputFormat.js';

/**
 * The tags that carry a provenance record in a container, in ffmpeg's own metadata format. A file
 * takes what a command line could not: records longer than an argument may be.
 *
 * MP4 and M4V know a fixed set of tags: the sentence goes into `comment`, the record into
 * `description`. Matroska and WebM take any name: the record stands under `FRAMELOOM`. QuickTime
 * keeps only `comment` here; its record travels in the XMP packet.
 */
export function containerTags(kind: OutputKind, record: Provenance): string {
  const tags: [string, string][] = [['comment', provenanceComment(record)]];
  if (kind === 'mp4' || kind === 'm4v') tags.push(['description', provenanceJson(record)]);
  if (kind === 'mkv' || kind === 'webm') tags.push(['FRAMELOOM', provenanceJson(record)]);
  return `;FFMETADATA1\n${tags.map(([key, value]) => `${key}=${escapeTag(value)}\n`).join('')}`;
}

/** The record among the tags that ffprobe reports, keys in lower case. */
export function recordInTags(tags: Readonly<Record<string, string>>): string | undefined {
  return [tags.frameloom, tags.description].find((text) => text?.includes('"frameloom"'));
}

function escapeTag(value: string): string {
  // NUL would end the text in ffmpeg's C strings; JSON writes it as \u0000 already.
  return value.replaceAll('\0', '').replace(/[=;#\\\n]/g, (character) => `\\${character}`);
}
