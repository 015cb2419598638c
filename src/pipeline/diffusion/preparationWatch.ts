import { ambientPreparationObserver, type AmbientPreparation, type PreparationObserver, type Tensor, type Frame } from '../core/index.js';
import { type LatentDiffusionNetworks, previewsOf } from '../networks/index.js';

/** Shows the host of the library what an edit does before its first step. There is none where nobody watches. */
export class PreparationWatch {
  private pictures: readonly Frame[] = [];
  private start = 0;
  /** Whether the frames at hand are being worked on; what is read then belongs to what comes next. */
  private taken = true;
  /** Frames from the first on that were read to be understood. */
  private seen = 0;

  private constructor(
    private readonly observe: PreparationObserver,
    private readonly model: LatentDiffusionNetworks,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The watch of a run that begins now; undefined when the host does not watch. @param signal ends what it draws. */
  static ofHost(model: LatentDiffusionNetworks, signal: AbortSignal | undefined): PreparationWatch | undefined {
    const observe = ambientPreparationObserver();
    return observe && new PreparationWatch(observe, model, signal);
  }

  /** A frame of the clip was read; it is shown with those that were read since a window was taken. */
  reading(frame: Frame, done: number, of: number | undefined): void | Promise<void> {
    // Frames that were looked at are read again for the window, and show nothing new.
    if (done <= this.seen) return;
    if (this.taken) this.take(done - 1, []);
    this.taken = false;
    this.pictures = [...this.pictures, frame];
    return this.tell({ stage: 'frames', done, of });
  }

  /** A window of the clip is worked on from now on. */
  take(start: number, pictures: readonly Frame[]): void {
    this.taken = true;
    this.start = start;
    this.pictures = pictures;
  }

  /** The model begins to look at what the frames at hand show. */
  understanding(): void | Promise<void> {
    this.seen = this.start + this.pictures.length;
    return this.tell({ stage: 'read', done: 0 });
  }

  /** The map of what is to change is known better. @param map `[frames, 1, h, w]`, 0 … 1. */
  mapping(map: Tensor, done: number, of: number): void | Promise<void> {
    return this.tell({ stage: 'mask', done, of, map });
  }

  /** The source went a step up to the noise. @param latents `[frames, channels, h, w]`. */
  inverting(latents: Tensor, done: number, of: number): void | Promise<void> {
    return this.tell({ stage: 'invert', done, of, latents });
  }

  private tell(what: Pick<AmbientPreparation, 'stage' | 'done' | 'of' | 'map' | 'latents'>): void | Promise<void> {
    const { start, pictures } = this;
    return this.observe({ ...what, start, pictures, ...previewsOf(this.model, this.signal) });
  }
}
