import { ArgumentError, printsAsText, type Frame, type Rectangle } from '../core/index.js';
import { rangeOutside, videoClosed } from './errors.js';
import { findFfmpeg } from './ffmpegBinaries.js';
import { framesPerSecond, rateFromNumber } from './frameRate.js';
import type { FrameSource } from './frameSource.js';
import type { SizeOptions } from './geometry.js';
import { openFile, readAs, type OpenedFile } from './openVideo.js';
import type { VideoOpenOptions, FrameRange, FromFramesOptions, SaveOptions } from './videoOptions.js';
import { loudnessOf } from './loudness.js';
import { onsetsOf } from './onsets.js';
import { checkVideoOptions } from './optionChecks.js';
import type { Provenance, ProvenanceSource } from './provenance.js';
import { recordOfTags, recordOutsideTags } from './readProvenance.js';
import { type SavedVideo, saveVideo } from './saveVideo.js';
import { describeSource } from './sourceRecord.js';
import { soundOf, soundPart } from './clipSound.js';
import type { HeardClip } from './soundSamples.js';
import type { Soundtrack, VideoInfo } from './videoInfo.js';
import { SpooledSource } from './spooledSource.js';
import { atRate, atSize, changedFrames, cropOf, partOf } from './sourceViews.js';

/** What a clip is made of. */
export interface VideoParts {
  /** Its frames. */
  readonly source: FrameSource;
  /** The file they are read from. */
  readonly file?: OpenedFile | undefined;
  /** The files that it comes from, by way of other clips too, as they were named. */
  readonly origins?: readonly string[] | undefined;
  /** The sound that is written with them. */
  readonly sound?: Soundtrack | undefined;
  /** What made the clip. */
  readonly provenance?: Provenance | undefined;
  /** The ffmpeg program that writes it. */
  readonly ffmpegPath?: string | undefined;
}

/**
 * A clip at a constant frame rate: a file that is decoded while it is read, or frames that a program
 * made. Frames are opaque 8-bit RGB, upright, with square pixels.
 */
export class Video {
  static {
    printsAsText(this.prototype);
  }

  private closed = false;
  private readonly parts: VideoParts;

  /** @param from a clip to share the frames of. Clips are made by {@link Video.open} and {@link Video.fromFrames}. */
  protected constructor(from: Video);
  /** @internal @param from what the clip is made of. */
  protected constructor(from: VideoParts | Video);
  protected constructor(from: VideoParts | Video) {
    this.parts = from instanceof Video ? from.parts : from;
  }

  /** `Video 64×64, 16 frames, 2 s at 8 fps; edited: "a big green car"` */
  toString(): string {
    const { provenance } = this;
    const short = (value: number): number => Math.round(value * 100) / 100;
    const facts = `Video ${this.width}×${this.height}, ${this.frameCount ?? '?'} frames, ${short(this.duration)} s at ${short(this.fps)} fps`;
    return provenance ? `${facts}; ${provenance.kind}: ${JSON.stringify(provenance.prompt.slice(0, 200))}` : facts;
  }

  /**
   * Opens a video file, a numbered image sequence (`frames/%04d.png`) or a folder of images.
   *
   * Probes and validates; nothing is decoded before frames are read. Rotation is applied, pixels are
   * made square, interlaced pictures whole, variable frame rates constant (no frame is lost), transparency is laid over `background`
   * (white), 10-bit is dithered to 8, HDR is tone-mapped.
   *
   * @throws FrameloomError with a code `FL_VIDEO_…` that names what is wrong with the file;
   * ArgumentError for options out of range; AbortError.
   */
  static async open(path: string, options: VideoOpenOptions = {}): Promise<Video> {
    checkVideoOptions.open(options);
    const file = await openFile(path, options);
    const { info } = file.probed;
    const tell = options.onNotice ?? ((notice: string): void => console.warn(notice));
    for (const notice of info.notices) tell(`${JSON.stringify(path)}: ${notice}`);
    const provenance = recordOfTags(info.tags) ?? (file.sequence ? undefined : await recordOutsideTags(path));
    return new Video({ source: file.source, file, origins: [info.path], sound: soundOf(file), provenance, ffmpegPath: options.ffmpegPath });
  }

  /**
   * Takes in frames that a program made. A few stay in memory; a long clip is kept in a private
   * temporary file until {@link close} or the end of the process.
   *
   * @throws ArgumentError for something that is no frame or rate; FrameloomError
   * `FL_VIDEO_FRAME_SIZE`, `FL_VIDEO_NO_FRAMES`, `FL_VIDEO_DISK_FULL`; AbortError.
   */
  static async fromFrames(frames: Iterable<Frame> | AsyncIterable<Frame>, options: FromFramesOptions): Promise<Video> {
    checkVideoOptions.fromFrames(options);
    const rate = rateFromNumber(options.fps);
    const { origins, sound, provenance, ffmpegPath, memoryLimit, signal } = options;
    const source = await SpooledSource.collect(frames, rate, memoryLimit, signal);
    return new Video({ source, origins, sound, provenance, ffmpegPath });
  }

  /** Pixels. */
  get width(): number {
    return this.parts.source.width;
  }

  /** Pixels. */
  get height(): number {
    return this.parts.source.height;
  }

  /** Frames per second. */
  get fps(): number {
    return framesPerSecond(this.parts.source.rate);
  }

  /** Exact; undefined only for a file too large to count, until it has been read to its end. */
  get frameCount(): number | undefined {
    return this.parts.source.frameCount;
  }

  /** Seconds. */
  get duration(): number {
    const { source, file } = this.parts;
    return (source.frameCount ?? file?.window.frameCount ?? 0) / this.fps;
  }

  /** What the file holds, for a clip that was opened. */
  get info(): VideoInfo | undefined {
    return this.parts.file?.probed.info;
  }

  /** What made the clip, where Frameloom did. */
  get provenance(): Provenance | undefined {
    return this.parts.provenance;
  }

  /** The sound that {@link save} writes with the clip. */
  get sound(): Soundtrack | undefined {
    return this.parts.sound;
  }

  /** The files that the clip was read or made from, its sound's too, as they were named: {@link save} never replaces them. */
  get origins(): readonly string[] {
    const { origins = [], sound } = this.parts;
    return sound && !origins.includes(sound.path) ? [...origins, sound.path] : origins;
  }

  /** Seconds into the file at which the clip begins; 0 for made frames. */
  get startTime(): number {
    return this.parts.file?.window.start ?? 0;
  }

  /**
   * Streams frames; decoding waits while the consumer is busy, and leaving the loop ends ffmpeg at
   * once. Every frame is the consumer's own to keep or change.
   *
   * @throws FrameloomError `FL_VIDEO_CLOSED`, `FL_VIDEO_TRUNCATED`, `FL_VIDEO_TIMEOUT`; AbortError.
   */
  frames(range: FrameRange = {}): AsyncIterable<Frame> {
    checkVideoOptions.frames(range);
    const { start = 0, end = Infinity, signal } = range;
    if (!Number.isInteger(start) || start < 0) throw new ArgumentError('start', start, 'a frame index, 0 or more');
    if (end !== Infinity && (!Number.isInteger(end) || end < start))
      throw new ArgumentError('end', end, `a frame index of at least start (${start})`);
    if (this.closed) throw videoClosed();
    return this.parts.source.read(start, end, signal);
  }

  /**
   * One frame by its index.
   *
   * @throws FrameloomError `FL_VIDEO_RANGE` beyond the end.
   */
  async frame(index: number, signal?: AbortSignal): Promise<Frame> {
    for await (const frame of this.frames({ start: index, end: index + 1, signal })) return frame;
    throw rangeOutside(this.info?.path ?? 'clip', `Frame ${index}`, `${this.frameCount ?? 'fewer'} frames`);
  }

  /** New frames in this clip's place: they keep its sound, and its rate unless told otherwise. */
  async withFrames(frames: Iterable<Frame> | AsyncIterable<Frame>, options: Partial<FromFramesOptions> = {}): Promise<Video> {
    checkVideoOptions.withFrames(options);
    const { sound, ffmpegPath } = this.parts;
    return Video.fromFrames(frames, {
      sound,
      ffmpegPath,
      ...options,
      fps: options.fps ?? this.fps,
      origins: [...this.origins, ...(options.origins ?? [])],
    });
  }

  /** The part from `start` to `end` seconds of this clip. Shares its frames; close the clip, not the part. */
  async trim(range: { start?: number; end?: number }): Promise<this> {
    checkVideoOptions.trim(range);
    const start = range.start ?? 0;
    const end = Math.min(range.end ?? Infinity, this.duration);
    if (!(start >= 0) || !(end > start))
      throw rangeOutside(this.info?.path ?? 'clip', `${start} s to ${range.end ?? 'the end'}`, `${this.duration} s`);
    const { file, source } = this.parts;
    if (file && source === file.source)
      return this.reread(file, { start: file.window.start + start, end: file.window.start + end, maxFrames: undefined, fps: this.fps });
    const first = Math.min(Math.round(start * this.fps), (this.frameCount ?? 1) - 1);
    const count = Math.max(1, Math.round(end * this.fps) - first);
    // The sound is cut where the picture is: at whole frames.
    return this.view(partOf(source, first, count), soundPart(this.parts.sound, first / this.fps, (first + count) / this.fps));
  }

  /** This clip at another size. Shares its frames. */
  async resize(size: SizeOptions): Promise<this> {
    checkVideoOptions.resize(size);
    const { file, source } = this.parts;
    const untouched = file && source === file.source && file.options.width === undefined && file.options.height === undefined;
    // ffmpeg scales while it decodes; a picture that was cut to a shape before is scaled from there.
    if (file && untouched) return this.reread(file, { width: size.width, height: size.height, fit: size.fit });
    return this.view(atSize(source, size), this.parts.sound);
  }

  /** A rectangle of this clip's pictures. Shares its frames. @throws ArgumentError unless it lies in them. */
  async crop(part: Rectangle): Promise<this> {
    checkVideoOptions.crop(part);
    return this.view(cropOf(this.parts.source, part), this.parts.sound);
  }

  /** This clip at another frame rate and the same speed. Shares its frames. */
  async resample(options: { fps: number }): Promise<this> {
    checkVideoOptions.resample(options);
    const { fps } = options;
    const { file, source } = this.parts;
    const rate = rateFromNumber(fps);
    if (file && source === file.source)
      return this.reread(file, { start: file.window.start, end: file.window.start + this.duration, fps, maxFrames: undefined });
    return this.view(atRate(source, this.frameCount ?? 0, rate), this.parts.sound);
  }

  /**
   * Writes the clip; the extension chooses: `.mp4`, `.mov`, `.m4v`, `.mkv` (H.264, AAC), `.webm`
   * (VP9, Opus), `.gif`, `.apng`, or a PNG sequence such as `out/%04d.png`. The file appears complete
   * or not at all, with its source's sound cut to match and the record of what made it. The files that the clip comes from are
   * never overwritten, whatever links lead to them.
   *
   * @throws ArgumentError, AbortError, and FrameloomError `FL_VIDEO_OUTPUT_…`, `FL_VIDEO_DISK_FULL`,
   * `FL_VIDEO_AUDIO_SOURCE`, or what reading the frames throws.
   */
  async save(path: string, options: SaveOptions = {}): Promise<SavedVideo> {
    if (this.closed) throw videoClosed();
    checkVideoOptions.save(options);
    if (options.width !== undefined || options.height !== undefined) {
      const { width, height, ...rest } = options;
      return (await this.resize({ width, height, fit: options.fit })).save(path, rest);
    }
    const { source, sound, provenance, ffmpegPath } = this.parts;
    return saveVideo({ source, sound, provenance, origins: this.origins, binaries: () => findFfmpeg({ ffmpegPath }) }, path, options);
  }

  /**
   * What a provenance record says about this clip as the source of an edit; reads the file once for
   * its SHA-256. Undefined for made frames.
   */
  async describeSource(signal?: AbortSignal): Promise<ProvenanceSource | undefined> {
    return this.parts.file && describeSource(this.parts.file, signal);
  }

  /** How loud the sound is during each frame, its root mean square, 0 … 1. @throws FrameloomError `FL_VIDEO_NO_SOUND`, `FL_VIDEO_AUDIO_SOURCE`; AbortError. */
  loudness(signal?: AbortSignal): Promise<number[]> {
    return loudnessOf(this.heard(signal));
  }

  /** Where something begins to sound: each frame's strongest onset, 0 … 1 of the clip's greatest, 0 for none (spectral flux; Dixon 2006). @throws as {@link loudness}. */
  onsets(signal?: AbortSignal): Promise<number[]> {
    return onsetsOf(this.heard(signal));
  }

  /** Frees temporary files. Reading frames afterwards fails; closing twice does no harm. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.parts.source.close();
    await this.parts.file?.sequence?.links.remove();
  }

  /** @internal This clip with every picture changed by itself, to one of the same size. Shares its frames. */
  changed(change: (frame: Frame, index: number) => Frame): this {
    return this.view(changedFrames(this.parts.source, change), this.parts.sound);
  }

  /** @internal This clip with other frames or sound; a class of clips that know more makes one of its own. */
  protected derived(changes: Partial<VideoParts>): Video {
    return new Video({ ...this.parts, ...changes });
  }

  private heard(signal: AbortSignal | undefined): HeardClip {
    const { sound, ffmpegPath } = this.parts;
    return { sound, frames: Math.round(this.duration * this.fps), fps: this.fps, binaries: () => findFfmpeg({ ffmpegPath }), signal };
  }

  private async reread(file: OpenedFile, changes: Partial<VideoOpenOptions>): Promise<this> {
    const again = await readAs(file.binaries, file.probed, { ...file.options, ...changes });
    return this.derived({ source: again.source, file: { ...again, sequence: undefined }, sound: soundOf(again) }) as this;
  }

  private view(source: FrameSource, sound: Soundtrack | undefined): this {
    return this.derived({ source, sound }) as this;
  }
}
