import type { Conditioning, RowsWatch, TappedPrediction, UNet } from '../networks/index.js';
import type { AttentionTap } from '../onnx/index.js';
import type { Tensor } from '../core/index.js';

/** What predicts noise in a run: the model's UNet, frames or windows at a time. */
export interface DenoisingNetwork {
  /** Whether it sees a clip at once. */
  readonly hasMotion: boolean;
  /** As {@link UNet.predict}. */
  predict(latents: Tensor, timestep: number, conditioning: Conditioning): Promise<Tensor>;
  /** As {@link UNet.predictTapped}. */
  predictTapped(latents: Tensor, timestep: number, conditioning: Conditioning, tap: AttentionTap): Promise<TappedPrediction>;
}

/** A model's UNet whose calls are followed. */
export class WatchedUNet implements DenoisingNetwork {
  /**
   * @param unet the network.
   * @param watch told after each of its calls, and may end a prediction there.
   */
  constructor(
    private readonly unet: UNet,
    private readonly watch: RowsWatch,
  ) {}

  /** Whether it sees a clip at once. */
  get hasMotion(): boolean {
    return this.unet.hasMotion;
  }

  /** As {@link UNet.predict}. @throws what the watch throws. */
  predict(latents: Tensor, timestep: number, conditioning: Conditioning): Promise<Tensor> {
    return this.unet.predict(latents, timestep, conditioning, this.watch);
  }

  /** As {@link UNet.predictTapped}. @throws what the watch throws. */
  predictTapped(latents: Tensor, timestep: number, conditioning: Conditioning, tap: AttentionTap): Promise<TappedPrediction> {
    return this.unet.predictTapped(latents, timestep, conditioning, tap, this.watch);
  }
}
