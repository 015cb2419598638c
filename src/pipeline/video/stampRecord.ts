import { addGifComment } from './gifComment.js';
import type { OutputFormat } from './outputFormat.js';
import { addPngText } from './png.js';
import { provenanceComment, provenanceJson } from './provenance.js';
import type { Provenance } from './provenance.js';
import { pngKeyword } from './readProvenance.js';
import { appendXmp } from './xmpPacket.js';

/**
 * Writes the parts of a provenance record that ffmpeg does not: the XMP packet of MP4, M4V and MOV,
 * the comments of GIF, the text of APNG. MKV and WebM have the whole record in their tags.
 */
export async function stampRecord(format: OutputFormat, path: string, provenance: Provenance): Promise<void> {
  switch (format.kind) {
    case 'mp4':
    case 'm4v':
    case 'mov':
      return appendXmp(path, provenance);
    case 'gif':
      await addGifComment(path, provenanceJson(provenance));
      return addGifComment(path, provenanceComment(provenance));
    case 'apng':
      await addPngText(path, 'Comment', provenanceComment(provenance));
      return addPngText(path, pngKeyword, provenanceJson(provenance));
    default:
      return undefined;
  }
}
