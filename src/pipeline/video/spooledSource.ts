import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AbortError, throwIfAborted, checkFrame, frameBytes, type Frame, createPrivateFolder, type PrivateFolder } from '../core/index.js';
import { driveFull, frameSizeChanged, noFrames, videoClosed } from './errors.js';
import type { FrameRate } from './frameRate.js';
import type { FrameSource } from './frameSource.js';

/** Up to this many bytes of frames stay in memory; a longer clip goes to a temporary file. */
export const memoryLimit = 64 * 2 ** 20;

/**
 * Frames that a program made, kept for reading in any order and any number of times: in memory while
 * they are few, as raw `rgb24` in a private temporary file beyond {@link memoryLimit}, so that a
 * long result needs no more memory than a short one.
 */
export class SpooledSource implements FrameSource {
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  private closed = false;

  private constructor(
    private readonly frames: readonly Frame[],
    private readonly disk: FrameFile | undefined,
    readonly rate: FrameRate,
  ) {
    const size = disk ?? frames[0];
    this.width = size?.width ?? 0;
    this.height = size?.height ?? 0;
    this.frameCount = disk?.frameCount ?? frames.length;
  }

  /**
   * Takes all frames in, one after the other.
   *
   * @throws ArgumentError for something that is no frame; FrameloomError `FL_VIDEO_FRAME_SIZE`,
   * `FL_VIDEO_NO_FRAMES` or `FL_VIDEO_DISK_FULL`; AbortError.
   */
  static async collect(
    frames: Iterable<Frame> | AsyncIterable<Frame>,
    rate: FrameRate,
    limit = memoryLimit,
    signal?: AbortSignal,
  ): Promise<SpooledSource> {
    let inMemory: Frame[] = [];
    let disk: FrameFile | undefined;
    let first: Frame | undefined;
    let count = 0;
    try {
      for await (const frame of frames) {
        throwIfAborted(signal, 'Collecting frames');
        checkFrame(frame, `frames[${count}]`);
        first ??= frame;
        if (frame.width !== first.width || frame.height !== first.height) {
          throw frameSizeChanged(count, `${frame.width} x ${frame.height}`, `${first.width} x ${first.height}`);
        }
        // A copy, because the caller may draw the next frame into the same buffer.
        if (!disk) inMemory.push({ data: frame.data.slice(), width: frame.width, height: frame.height });
        else await disk.append(frame);
        count++;
        if (!disk && count * frame.data.length > limit) {
          disk = await FrameFile.create(first.width, first.height);
          for (const kept of inMemory) await disk.append(kept);
          inMemory = [];
        }
      }
      throwIfAborted(signal, 'Collecting frames');
      if (count === 0) throw noFrames('The clip');
      return new SpooledSource(inMemory, disk, rate);
    } catch (error) {
      await disk?.remove();
      if (signal?.aborted && !(error instanceof AbortError)) throw new AbortError('Collecting frames', { cause: error });
      throw error;
    }
  }

  async *read(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    for (let index = start; index < Math.min(end, this.frameCount); index++) {
      throwIfAborted(signal, 'Reading frames');
      if (this.closed) throw videoClosed();
      const kept = this.frames[index];
      // Handed out as a copy: what a consumer paints on must not change the clip.
      yield kept ? { ...kept, data: kept.data.slice() } : await this.fromDisk(index);
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.disk?.remove();
  }

  private fromDisk(index: number): Promise<Frame> {
    if (!this.disk) throw videoClosed();
    return this.disk.at(index);
  }
}

/** Raw frames one after the other in a file of a private folder. */
class FrameFile {
  frameCount = 0;

  private constructor(
    private readonly folder: PrivateFolder,
    private readonly file: FileHandle,
    readonly width: number,
    readonly height: number,
  ) {}

  static async create(width: number, height: number): Promise<FrameFile> {
    const folder = await createPrivateFolder();
    return new FrameFile(folder, await open(join(folder.path, 'frames.rgb'), 'wx+', 0o600), width, height);
  }

  async append(frame: Frame): Promise<void> {
    const wanted = frame.data.length;
    const written = await this.file.write(frame.data, 0, wanted, this.frameCount * wanted).then(
      ({ bytesWritten }) => bytesWritten,
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
        throw error;
      },
    );
    // A drive that fills up takes part of the last write before it refuses the next.
    if (written < wanted) throw driveFull(this.folder.path);
    this.frameCount++;
  }

  async at(index: number): Promise<Frame> {
    const bytes = frameBytes(this.width, this.height);
    const data = Buffer.allocUnsafeSlow(bytes);
    await this.file.read(data, 0, bytes, index * bytes);
    return { data, width: this.width, height: this.height };
  }

  async remove(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await this.folder.remove();
  }
}
