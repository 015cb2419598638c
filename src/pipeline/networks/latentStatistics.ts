import { readValues } from '../checkpoints/index.js';
import type { Weights } from '../onnx/index.js';
import { withLtxCompression } from './ltxDefaults.js';
import type { Json } from './modelFiles.js';

/**
 * An autoencoder's settings with mean and deviation of its latents, which LTX-Video keeps beside its weights rather than in its config.json, and with how much it
 * compresses; other autoencoders' as they are.
 *
 * @param read its weights.
 */
export async function withLatentStatistics(config: Json, read: () => Promise<Weights>): Promise<Json> {
  if (config._class_name !== 'AutoencoderKLLTXVideo') return config;
  const { tensors } = await read();
  const valuesOf = async (name: string) => {
    const entry = tensors.get(name);
    return entry && (await readValues(entry));
  };
  const channels = Number(config.latent_channels ?? 128);
  const [mean = Array<number>(channels).fill(0), deviation = Array<number>(channels).fill(1)] = [
    await valuesOf('latents_mean'),
    await valuesOf('latents_std'),
  ];
  const scale = Number(config.scaling_factor ?? 1);
  return { ...withLtxCompression(config), latents_mean: mean, latents_std: deviation.map((each) => each / scale), scaling_factor: 1 };
}
