import {
  type BuiltAutoencoder,
  buildAutoencoder,
  buildClipText,
  buildLtxAutoencoder,
  buildLtxTransformer,
  buildMotionUNet,
  buildT5Encoder,
  buildTinyAutoencoder,
  buildTinyClipAutoencoder,
  buildUNet,
  buildWanAutoencoder,
  buildWanTransformer,
  type BuiltModel,
  type ConfigJson,
  Weights,
} from '../onnx/index.js';
import { TINY_CLIP_AUTOENCODER } from './inferConfig.js';
import { layLora } from './layLora.js';
import type { LoraFile } from './loraFile.js';

/** A network as its files have it. */
export interface NetworkFiles {
  /** Its `config.json`. */
  readonly config: ConfigJson;
  readonly weights: Weights;
}

/** Both halves of whichever autoencoder `_class_name` says it is. @throws {FrameloomError} as {@link buildAutoencoder}. */
export function buildVae({ config, weights }: NetworkFiles): BuiltAutoencoder {
  if (config._class_name === 'AutoencoderKLLTXVideo') return buildLtxAutoencoder(config, weights);
  if (config._class_name === 'AutoencoderKLWan') return buildWanAutoencoder(config, weights);
  if (config._class_name === TINY_CLIP_AUTOENCODER) return buildTinyClipAutoencoder(config, weights);
  return config._class_name === 'AutoencoderTiny' ? buildTinyAutoencoder(config, weights) : buildAutoencoder(config, weights);
}

/**
 * The denoising network: a UNet of pictures, one with a motion adapter, a motion UNet that was saved whole, or the transformer of Wan or LTX-Video.
 *
 * @param loras laid over it; the camera's LoRAs of AnimateDiff over its motion modules.
 * @param takesResiduals whether it is steered by ControlNets.
 * @throws {FrameloomError} as {@link buildUNet}, {@link buildMotionUNet}, {@link buildWanTransformer}, {@link buildLtxTransformer} and {@link layLora}.
 */
export function buildDenoiser(
  { config, weights: own }: NetworkFiles,
  adapter: NetworkFiles | undefined,
  loras: readonly LoraFile[],
  takesResiduals = false,
): BuiltModel {
  const weights = adapter ? joined(own, adapter.weights) : own;
  const options = { loras: loras.map((lora) => layLora(lora, 'unet', weights)), takesResiduals };
  if (isWan(config)) return buildWanTransformer(config, weights, options);
  if (isLtx(config)) return buildLtxTransformer(config, weights, options);
  if (adapter) return buildMotionUNet(config, adapter.config, weights, options);
  return config._class_name === 'UNetMotionModel' ? buildMotionUNet(config, config, weights, options) : buildUNet(config, weights, options);
}

/** Whether a network's config.json is that of a Wan transformer, of whatever kind. */
export function isWan(config: ConfigJson): boolean {
  return typeof config._class_name === 'string' && /^Wan\w*Transformer/.test(config._class_name);
}

/** Whether a network's config.json is that of LTX-Video's transformer. */
export function isLtx(config: ConfigJson): boolean {
  return config._class_name === 'LTXVideoTransformer3DModel';
}

/** The text encoder, CLIP's, T5 or UMT5. @throws {FrameloomError} as {@link buildClipText}, {@link buildT5Encoder} and {@link layLora}. */
export function buildTextEncoder({ config, weights }: NetworkFiles, loras: readonly LoraFile[]): BuiltModel {
  const options = { loras: loras.map((lora) => layLora(lora, 'text_encoder', weights)) };
  return config.model_type === 'umt5' || config.model_type === 't5'
    ? buildT5Encoder(config, weights, options)
    : buildClipText(config, weights, options);
}

/** The tensors of two files in one network; an adapter has none of the UNet's names. */
function joined(first: Weights, second: Weights): Weights {
  return new Weights(new Map([...first.tensors, ...second.tensors]), `${first.source} with ${second.source}`);
}
