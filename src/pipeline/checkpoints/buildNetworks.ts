import {
  type BuiltAutoencoder,
  buildAutoencoder,
  buildMotionUNet,
  buildTinyAutoencoder,
  buildUNet,
  type BuiltModel,
  type ConfigJson,
  Weights,
} from '../onnx/index.js';

/** A network as its files have it. */
export interface NetworkFiles {
  /** Its `config.json`. */
  readonly config: ConfigJson;
  readonly weights: Weights;
}

/** Both halves of whichever autoencoder `_class_name` says it is. @throws {FrameloomError} as {@link buildAutoencoder}. */
export function buildVae({ config, weights }: NetworkFiles): BuiltAutoencoder {
  return config._class_name === 'AutoencoderTiny' ? buildTinyAutoencoder(config, weights) : buildAutoencoder(config, weights);
}

/**
 * The denoising network: a UNet of pictures, one with a motion adapter, or a motion UNet that was saved whole.
 *
 * @param takesResiduals whether it is steered by ControlNets.
 * @throws {FrameloomError} as {@link buildUNet} and {@link buildMotionUNet}.
 */
export function buildDenoiser(unet: NetworkFiles, adapter?: NetworkFiles, takesResiduals = false): BuiltModel {
  const options = { takesResiduals };
  if (adapter) return buildMotionUNet(unet.config, adapter.config, joined(unet.weights, adapter.weights), options);
  return unet.config._class_name === 'UNetMotionModel'
    ? buildMotionUNet(unet.config, unet.config, unet.weights, options)
    : buildUNet(unet.config, unet.weights, options);
}

/** The tensors of two files in one network; an adapter has none of the UNet's names. */
function joined(first: Weights, second: Weights): Weights {
  return new Weights(new Map([...first.tensors, ...second.tensors]), `${first.source} with ${second.source}`);
}
