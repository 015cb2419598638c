/** Cuts a stream of JPEG pictures that follow each other without a gap into the pictures. */
export class JpegSplitter {
  private held: Buffer = Buffer.alloc(0);
  /** Where the search for the picture's end goes on; 0 while its header has not been passed. */
  private searched = 0;

  constructor(private readonly onPicture: (picture: Uint8Array) => void) {}

  /** The next bytes of the stream. */
  take(chunk: Buffer): void {
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    for (let end = this.end(); end !== undefined; end = this.end()) {
      this.onPicture(new Uint8Array(this.held.subarray(0, end)));
      this.held = this.held.subarray(end);
      this.searched = 0;
    }
  }

  /** Where the first picture ends; undefined while it is not all there. */
  private end(): number | undefined {
    if (this.searched === 0) this.searched = coded(this.held) ?? 0;
    if (this.searched === 0) return undefined;
    // In the coded picture every FF is followed by 00 or by a restart mark, so this pair stands at its end only.
    const at = this.held.indexOf(endOfImage, this.searched);
    if (at >= 0) return at + 2;
    this.searched = Math.max(this.searched, this.held.length - 1);
    return undefined;
  }
}

const endOfImage = Buffer.from([0xff, 0xd9]);
const startOfScan = 0xda;

/** Where the coded picture begins: behind the segments, whose contents may hold any bytes. ITU-T T.81, annex B. */
function coded(jpeg: Buffer): number | undefined {
  let at = 2;
  while (at + 4 <= jpeg.length) {
    const next = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] === startOfScan) return next <= jpeg.length ? next : undefined;
    at = next;
  }
  return undefined;
}
