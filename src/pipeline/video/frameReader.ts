import type { Readable } from 'node:stream';
import { type Frame, frameBytes } from '../core/index.js';

/** Bytes of whole frames that may wait for the consumer before reading pauses; to pause and resume for each frame costs more than to read it. */
const queuedBytes = 24 << 20;
/** Frames that may wait at least, however large they are: one in hand, one behind it. */
const leastQueued = 2;

/**
 * Cuts a byte stream into `rgb24` frames: each chunk is copied once, straight into the buffer of the
 * frame it belongs to. Reading stops while {@link queuedBytes} wait, so the producer's pipe fills
 * and it waits as well.
 */
export class FrameReader {
  private readonly queue: Frame[] = [];
  private readonly bytes: number;
  private readonly queuedFrames: number;
  private current: Buffer | undefined;
  private filled = 0;
  private ended = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly stream: Readable,
    private readonly width: number,
    private readonly height: number,
    private readonly onBytes: () => void,
  ) {
    this.bytes = frameBytes(width, height);
    this.queuedFrames = Math.max(leastQueued, Math.floor(queuedBytes / this.bytes));
    stream.on('data', (chunk: Buffer) => this.take(chunk));
    const end = (): void => {
      this.ended = true;
      this.wake?.();
    };
    stream.once('end', end);
    stream.once('close', end);
    stream.once('error', end);
  }

  /** The next frame, or undefined after the last whole one. */
  async next(): Promise<Frame | undefined> {
    while (this.queue.length === 0 && !this.ended) {
      this.stream.resume();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
    const frame = this.queue.shift();
    if (this.queue.length < this.queuedFrames && !this.ended) this.stream.resume();
    return frame;
  }

  /** Drops what is buffered; nothing more is read. */
  stop(): void {
    this.ended = true;
    this.queue.length = 0;
    this.stream.destroy();
    this.wake?.();
  }

  private take(chunk: Buffer): void {
    this.onBytes();
    let offset = 0;
    while (offset < chunk.length && !this.stream.destroyed) {
      // Not zero-filled: every byte is written before the frame is handed out.
      this.current ??= Buffer.allocUnsafeSlow(this.bytes);
      const count = Math.min(this.bytes - this.filled, chunk.length - offset);
      chunk.copy(this.current, this.filled, offset, offset + count);
      this.filled += count;
      offset += count;
      if (this.filled === this.bytes) {
        this.queue.push({ data: this.current, width: this.width, height: this.height });
        this.current = undefined;
        this.filled = 0;
      }
    }
    if (this.queue.length >= this.queuedFrames) this.stream.pause();
    if (this.queue.length > 0) this.wake?.();
  }
}
