import { open } from 'node:fs/promises';
import { provenanceJson } from './provenance.js';
import type { Provenance } from './provenance.js';

/*
 * XMP in ISO media files: a top-level `uuid` box with Adobe's identifier (XMP specification part 3,
 * "MPEG-4"), which asset managers and IPTC-aware tools read.
 */

const xmpBox = Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex');
const namespace = 'urn:frameloom:provenance:1';

/** The XMP packet of a record: IPTC's digital source type, the prompt, and the whole record as JSON. */
export function xmpPacket(record: Provenance): string {
  const begin = '\ufeff';
  return `<?xpacket begin="${begin}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:frameloom="${namespace}">
<Iptc4xmpExt:DigitalSourceType>${escapeXml(record.digitalSourceType)}</Iptc4xmpExt:DigitalSourceType>
<Iptc4xmpExt:AISystemUsed>${escapeXml(record.model)}</Iptc4xmpExt:AISystemUsed>
<Iptc4xmpExt:AISystemVersionUsed>${escapeXml(record.version)}</Iptc4xmpExt:AISystemVersionUsed>
<Iptc4xmpExt:AIPromptInformation>${escapeXml(record.prompt)}</Iptc4xmpExt:AIPromptInformation>
<xmp:CreatorTool>Frameloom ${escapeXml(record.version)}</xmp:CreatorTool>
<xmp:CreateDate>${escapeXml(record.created)}</xmp:CreateDate>
<frameloom:Record>${escapeXml(provenanceJson(record))}</frameloom:Record>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`;
}

/** Adds the packet to the end of a finished MP4 or MOV. After everything else, so no offset in the file moves. */
export async function appendXmp(path: string, record: Provenance): Promise<void> {
  const packet = Buffer.from(xmpPacket(record), 'utf8');
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + xmpBox.length + packet.length, 0);
  header.write('uuid', 4, 'latin1');
  const file = await open(path, 'a');
  try {
    await file.write(Buffer.concat([header, xmpBox, packet]));
  } finally {
    await file.close();
  }
}

/** The record inside a file's XMP packet, as JSON text; undefined when there is none. */
export async function recordInXmp(path: string): Promise<string | undefined> {
  const packet = await findXmp(path);
  const record = /<frameloom:Record>([^<]*)<\/frameloom:Record>/.exec(packet ?? '')?.[1];
  return record === undefined ? undefined : unescapeXml(record);
}

/** Walks the top-level boxes, of which a sane file has a handful. */
async function findXmp(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const { size: end } = await file.stat();
    const head = Buffer.alloc(24);
    let at = 0;
    for (let boxes = 0; boxes < 100_000 && at + 8 <= end; boxes++) {
      const { bytesRead } = await file.read(head, 0, 24, at);
      const short = head.readUInt32BE(0);
      const size = short === 1 && bytesRead >= 16 ? Number(head.readBigUInt64BE(8)) : short === 0 ? end - at : short;
      if (size < 8 || at + size > end) return undefined;
      if (head.toString('latin1', 4, 8) === 'uuid' && head.subarray(8, 24).equals(xmpBox) && size < 16 << 20) {
        const packet = Buffer.alloc(size - 24);
        await file.read(packet, 0, packet.length, at + 24);
        return packet.toString('utf8');
      }
      at += size;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

const entities: readonly (readonly [string, string])[] = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
  ['\r', '&#13;'],
];

function escapeXml(text: string): string {
  // XML 1.0 has no way to write the other control characters; JSON escapes them before they get here.
  // eslint-disable-next-line no-control-regex
  const legal = text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '');
  return entities.reduce((escaped, [plain, entity]) => escaped.replaceAll(plain, entity), legal);
}

function unescapeXml(text: string): string {
  return [...entities].reverse().reduce((plain, [character, entity]) => plain.replaceAll(entity, character), text);
}
