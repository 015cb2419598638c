import type { SafetensorsEntry } from '../../core/index.js';
import { buildErrors } from './errors.js';

/** The tensors that one network (or the two halves of an autoencoder) is made of, and which of them have been used. */
export class Weights {
  private readonly used = new Set<string>();

  constructor(
    /** By the names that diffusers and transformers give to them. */
    readonly tensors: ReadonlyMap<string, SafetensorsEntry>,
    /** Where they come from, for messages: `unet/diffusion_pytorch_model.safetensors`. */
    readonly source: string,
  ) {}

  /** Whether there is a tensor of this name. Asking does not use it. */
  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Shape of a tensor. @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` where there is none of this name. */
  dims(name: string): readonly number[] {
    return this.entry(name).dims;
  }

  /** Uses a tensor. @throws {FrameloomError} `FL_CHECKPOINT_TENSOR` where there is none of this name. */
  take(name: string): SafetensorsEntry {
    const entry = this.entry(name);
    this.used.add(name);
    return entry;
  }

  /**
   * The check that nothing was overlooked: a tensor that no node uses belongs to a network other than the one that was built.
   *
   * @param harmless names that files carry along without need.
   * @throws {FrameloomError} `FL_CHECKPOINT_TENSOR`.
   */
  requireAllUsed(harmless?: RegExp): void {
    const unused = [...this.tensors.keys()].filter((name) => !this.used.has(name) && !harmless?.test(name));
    if (unused.length > 0) throw buildErrors.unusedTensors(this.source, unused);
  }

  private entry(name: string): SafetensorsEntry {
    const entry = this.tensors.get(name);
    if (!entry) throw buildErrors.missingTensor(this.source, name);
    return entry;
  }
}
