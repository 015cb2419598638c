import { StringDecoder } from 'node:string_decoder';

/** One of the two streams. */
export type StreamName = 'stdout' | 'stderr';

/** Text of one cell that is sent as it comes, in UTF-16 units; what comes after is counted and its end is kept. */
const HEAD_LIMIT = 96 * 1024;
/** The end of what was left out, sent when the cell ends. */
const TAIL_LIMIT = 8 * 1024;
const FLUSH_MS = 40;
const FLUSH_SIZE = 32 * 1024;

/**
 * What a cell prints, on its way to the host: in order over both streams, in large pieces, and limited.
 *
 * The limit is what keeps 100 MB of output from filling the wire (a tight loop never lets it drain), the host's
 * memory and the notebook's file.
 */
export class PrintedText {
  private pending: { name: StreamName; text: string }[] = [];
  private pendingSize = 0;
  private lastFlush = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Less than {@link HEAD_LIMIT} when the cell has shown much. */
  private limit = HEAD_LIMIT;
  private sent = 0;
  private omitted = 0;
  private tail: { name: StreamName; text: string } = { name: 'stdout', text: '' };

  constructor(private readonly send: (name: StreamName, text: string) => void) {}

  /** Begins a new cell: its limits start afresh. */
  begin(): void {
    this.finish();
    this.sent = 0;
    this.limit = HEAD_LIMIT;
  }

  /** Characters that the cell has printed and the host was given. */
  get size(): number {
    return this.sent;
  }

  /** Leaves at most `room` characters for this cell's text, its last words not counted. */
  leaveRoom(room: number): void {
    this.limit = Math.max(0, Math.min(HEAD_LIMIT, room - TAIL_LIMIT));
  }

  /** Takes printed text. */
  write(name: StreamName, text: string): void {
    const room = Math.max(0, this.limit - this.sent);
    if (text.length <= room) return this.queue(name, text);
    if (room > 0) this.queue(name, text.slice(0, room));
    this.leaveOut(name, text.slice(Math.max(0, room)));
  }

  /** Sends everything that waits. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.lastFlush = Date.now();
    const { pending } = this;
    this.pending = [];
    this.pendingSize = 0;
    for (const { name, text } of pending) this.send(name, text);
  }

  /** Ends a cell: sends what waits and, if text was left out, says how much and shows its end. */
  finish(): void {
    this.flush();
    if (this.omitted === 0) return;
    const { name, text } = this.tail;
    const dropped = this.omitted - text.length;
    const notice =
      dropped > 0
        ? `\n… ${amount(dropped)} of printed text was left out here; a cell keeps the first ${amount(this.limit)} and the last ${amount(TAIL_LIMIT)} …\n`
        : '';
    this.omitted = 0;
    this.tail = { name: 'stdout', text: '' };
    this.send(name, notice + text);
  }

  private queue(name: StreamName, text: string): void {
    this.sent += text.length;
    this.pendingSize += text.length;
    const last = this.pending.at(-1);
    if (last?.name === name) last.text += text;
    else this.pending.push({ name, text });
    // In a tight loop no timer fires, so time is looked at here too.
    if (this.pendingSize >= FLUSH_SIZE || Date.now() - this.lastFlush > 2 * FLUSH_MS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  private leaveOut(name: StreamName, text: string): void {
    this.omitted += text.length;
    const kept = this.tail.name === name ? this.tail.text + text.slice(-TAIL_LIMIT) : text.slice(-TAIL_LIMIT);
    // Cutting at every write would copy the tail for every line; twice its size is let grow before.
    this.tail = { name, text: kept.length > 2 * TAIL_LIMIT ? kept.slice(-TAIL_LIMIT) : kept };
  }
}

/** Sends what is written to `process.stdout` and `process.stderr`, and so by `console`, to `text`. */
export function capturePrinting(text: PrintedText): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8');
    const write = (chunk: string | NodeJS.ArrayBufferView, encoding?: unknown, done?: unknown): boolean => {
      const callback = typeof encoding === 'function' ? encoding : done;
      const printed = typeof chunk === 'string' ? textOf(chunk, encoding) : decoder.write(bytesOf(chunk));
      if (printed) text.write(name, printed);
      if (typeof callback === 'function') process.nextTick(callback);
      return true;
    };
    process[name].write = write;
  }
}

/** A text in an encoding of bytes (`hex`, `base64`) stands for those bytes, as with Node's own streams. */
function textOf(text: string, encoding: unknown): string {
  return typeof encoding === 'string' && /^(hex|base64|base64url|latin1|binary)$/i.test(encoding)
    ? Buffer.from(text, encoding as BufferEncoding).toString('utf8')
    : text;
}

function bytesOf(view: NodeJS.ArrayBufferView): Buffer {
  return ArrayBuffer.isView(view) ? Buffer.from(view.buffer, view.byteOffset, view.byteLength) : Buffer.from(view);
}

function amount(characters: number): string {
  return characters >= 1e6 ? `${(characters / 1e6).toFixed(1)} MB` : `${Math.ceil(characters / 1024)} kB`;
}
