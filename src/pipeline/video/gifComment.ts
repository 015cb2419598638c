import { open } from 'node:fs/promises';

/*
 * Text in a GIF: a comment extension (GIF89a, section 24), a chain of blocks of at most 255 bytes.
 */

/** Bytes of comments that are read from a file; a longer one is not ours. */
const longestComment = 8 << 20;
const moveBytes = 1 << 20;

/**
 * Adds a comment to a finished GIF, before its first picture: some decoders take one after the last
 * picture for another frame.
 */
export async function addGifComment(path: string, text: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const header = Buffer.alloc(13);
    await file.read(header, 0, 13, 0);
    const at = 13 + paletteBytes(header[10] ?? 0);
    const blocks = commentBlocks(Buffer.from(text, 'utf8'));
    // Everything behind moves back to make room, from the end, in place.
    const piece = Buffer.alloc(moveBytes);
    for (let end = (await file.stat()).size; end > at;) {
      const start = Math.max(at, end - moveBytes);
      await file.read(piece, 0, end - start, start);
      await file.write(piece, 0, end - start, start + blocks.length);
      end = start;
    }
    await file.write(blocks, 0, blocks.length, at);
  } finally {
    await file.close();
  }
}

function commentBlocks(text: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.of(0x21, 0xfe)];
  for (let at = 0; at < text.length; at += 255) {
    const block = text.subarray(at, at + 255);
    parts.push(Buffer.of(block.length), block);
  }
  return Buffer.concat([...parts, Buffer.of(0)]);
}

/** All comments of a GIF, in file order. Walks block by block and stops at the first that makes no sense. */
export async function readGifComments(path: string): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const reader = new BlockReader(async (at, length) => {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, at);
      return bytes.subarray(0, bytesRead);
    });
    return await readComments(reader);
  } finally {
    await file.close();
  }
}

async function readComments(reader: BlockReader): Promise<string[]> {
  const comments: string[] = [];
  const header = await reader.take(13);
  if (header.length < 13 || !header.toString('latin1', 0, 6).startsWith('GIF8')) return comments;
  reader.skip(paletteBytes(header[10] ?? 0));
  for (;;) {
    const kind = (await reader.take(1))[0];
    if (kind === 0x21) {
      const label = (await reader.take(1))[0];
      const chain = await reader.chain(label === 0xfe);
      if (label === 0xfe) comments.push(chain.toString('utf8'));
    } else if (kind === 0x2c) {
      reader.skip(paletteBytes((await reader.take(9))[8] ?? 0) + 1);
      await reader.chain(false);
    } else {
      return comments;
    }
  }
}

function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Reads forward through a file, a window at a time. */
class BlockReader {
  private window = Buffer.alloc(0);
  private windowAt = 0;
  private at = 0;

  constructor(private readonly read: (at: number, length: number) => Promise<Buffer>) {}

  skip(bytes: number): void {
    this.at += bytes;
  }

  async take(bytes: number): Promise<Buffer> {
    if (this.at < this.windowAt || this.at + bytes > this.windowAt + this.window.length) {
      this.window = Buffer.from(await this.read(this.at, Math.max(bytes, 65_536)));
      this.windowAt = this.at;
    }
    const from = this.at - this.windowAt;
    this.at += bytes;
    return this.window.subarray(from, from + bytes);
  }

  /** A chain of sub-blocks up to its empty end; the bytes only when they are wanted. */
  async chain(wanted: boolean): Promise<Buffer> {
    const blocks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const length = (await this.take(1))[0] ?? 0;
      if (length === 0) return Buffer.concat(blocks);
      if (wanted && (total += length) <= longestComment) blocks.push(Buffer.from(await this.take(length)));
      else this.skip(length);
    }
  }
}
