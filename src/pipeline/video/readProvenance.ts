import { recordInTags } from './containerTags.js';
import { findFfmpeg } from './ffmpegBinaries.js';
import type { FindFfmpegOptions } from './videoOptions.js';
import { runToText } from './ffmpegProcess.js';
import { readGifComments } from './gifComment.js';
import { isSequencePattern, sequenceOfFolder, sequenceOfPattern } from './imageSequence.js';
import { checkInputFile, readHead } from './inputFile.js';
import { fileArgument, untrustedInputOptions } from './inputLimits.js';
import { checkVideoOptions } from './optionChecks.js';
import { readPngText } from './png.js';
import { parseProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { singleFile } from './singleFile.js';
import { recordInXmp } from './xmpPacket.js';

/** The keyword of the record in PNG's and APNG's `iTXt`. */
export const pngKeyword = 'frameloom';

/**
 * Reads what made a video, if Frameloom did: from MP4, M4V, MOV, MKV and WebM tags (MP4 family: also
 * the XMP packet), GIF comments, PNG and APNG text. A sequence pattern reads its first picture.
 *
 * @returns undefined when the file carries no record.
 * @throws FrameloomError when there is no file, or one that is empty, a playlist or plain text.
 */
export async function readProvenance(
  path: string,
  options: FindFfmpegOptions & { signal?: AbortSignal } = {},
): Promise<Provenance | undefined> {
  checkVideoOptions.readProvenance(options);
  const file = await checkInputFile(path).then(
    async (kind) => {
      if (kind !== 'folder') return path;
      const { files, links } = await sequenceOfFolder(path);
      await links.remove();
      return files[0] ?? path;
    },
    async (error: unknown) => {
      if (!isSequencePattern(path)) throw error;
      const { files, links } = await sequenceOfPattern(path);
      await links.remove();
      return files[0] ?? path;
    },
  );
  const own = await recordOutsideTags(file);
  if (own) return own;
  const { signal, ...where } = options;
  const { ffprobe } = await findFfmpeg(where);
  const args = [
    '-hide_banner',
    '-v',
    'error',
    ...untrustedInputOptions(),
    ...(await singleFile(file)).inputOptions,
    '-show_entries',
    'format_tags',
    '-of',
    'json',
    '-i',
    fileArgument(file),
  ];
  const { code, stdout } = await runToText(ffprobe, args, { what: `Reading ${JSON.stringify(path)}`, signal, stallSeconds: 60 });
  if (code !== 0) return undefined;
  const tags = (JSON.parse(stdout) as { format?: { tags?: Record<string, string> } }).format?.tags ?? {};
  return recordOfTags(Object.fromEntries(Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value])));
}

/** The record among container tags that were read already, keys in lower case. */
export function recordOfTags(tags: Readonly<Record<string, string>>): Provenance | undefined {
  const text = recordInTags(tags);
  return text === undefined ? undefined : parseProvenance(text);
}

/** Records that need no ffprobe, told apart by the file's first bytes rather than its name. */
export async function recordOutsideTags(path: string): Promise<Provenance | undefined> {
  const head = (await readHead(path, 12)).toString('latin1');
  if (head.startsWith('\x89PNG')) return parseProvenance((await readPngText(path, pngKeyword)) ?? '');
  if (head.startsWith('GIF8')) {
    for (const comment of await readGifComments(path)) {
      const record = parseProvenance(comment);
      if (record) return record;
    }
    return undefined;
  }
  return head.slice(4, 8) === 'ftyp' ? parseProvenance((await recordInXmp(path)) ?? '') : undefined;
}
