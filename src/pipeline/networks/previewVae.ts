import { setImmediate } from 'node:timers/promises';
import { buildVae } from '../checkpoints/index.js';
import { type AmbientStep, type Frame, keepingUncounted, type Tensor, throwIfAborted } from '../core/index.js';
import { Autoencoder } from './autoencoder.js';
import type { RowsWatch } from './batches.js';
import { modelErrors } from './errors.js';
import type { GraphOptions } from './graphOptions.js';
import { readVae } from './modelFolder.js';
import type { NetworkParts } from './networkParts.js';

/**
 * @internal
 * Loads the autoencoder that a model's previews are drawn with; only its decoder is used. It is kept in memory with the UNet, between whose calls it works.
 *
 * @param place as {@link PartOptions.previewVae}.
 * @param vae the model's own, whose latents it must understand.
 * @throws {FrameloomError} `FL_MODEL_NOT_A_MODEL`, `FL_CHECKPOINT_…`; `FL_MODEL_UNSUPPORTED` for one of other latents.
 */
export async function loadPreviewVae(place: string, vae: Autoencoder, options: GraphOptions): Promise<Autoencoder> {
  const files = await readVae(place);
  const { decoder } = buildVae(files);
  const preview = await Autoencoder.load(
    {
      graph: (part) => Promise.resolve(part === 'vae_decoder' ? decoder : undefined),
      config: () => Promise.resolve(files.config),
      missing: () => Promise.resolve(modelErrors.missingVae(place)),
    },
    options,
    { encode: 'denoise', decode: 'denoise' },
  );
  for (const [what, own, other] of [
    ['channels of latents', vae.latentChannels, preview.latentChannels],
    ['pixels to a side of a latent place', vae.scaleFactor, preview.scaleFactor],
    ['frames to a latent frame', vae.temporalScaleFactor, preview.temporalScaleFactor],
  ] as const)
    if (own !== other)
      throw modelErrors.unsupported(
        `${place} cannot draw the previews: ${what}: ${other} here, ${own} with ${vae.decoder.label}. Give one for the same latents (previewVae): taew2_1.safetensors for Wan 2.1, TAESD for Stable Diffusion 1 and 2.`,
      );
  return preview;
}

/**
 * How whoever watches a run gets pictures of its latents: by the autoencoder for previews where the model has one.
 *
 * @param signal ends the drawing between two calls of the autoencoder, with an `AbortError`; the event loop comes round there.
 */
export function previewsOf<Model extends Pick<NetworkParts, 'vae' | 'previewVae'>>(
  model: Model,
  signal: AbortSignal | undefined,
): Pick<AmbientStep, 'decode' | 'drawPictures'> & { readonly model: Model } {
  const { vae, previewVae } = model;
  const between: RowsWatch = async () => {
    await setImmediate();
    throwIfAborted(signal, 'Drawing the preview');
  };
  return {
    model,
    decode: (latents) => keepingUncounted(() => (previewVae ?? vae).decodeStills(latents, between)),
    ...(previewVae && {
      drawPictures: (latents: Tensor): Promise<Frame[]> => keepingUncounted(() => previewVae.decode(latents, undefined, between)),
    }),
  };
}
