import { readControlNetFile } from '../checkpoints/index.js';
import { type Tensor, weightedSum } from '../core/index.js';
import { buildControlNet } from '../onnx/index.js';
import { gatherRows, type NamedInputs, numbersFrom } from './conditioning.js';
import type { Autoencoder } from './autoencoder.js';
import { modelErrors, requireFiniteOutput } from './errors.js';
import type { Graph } from './graph.js';
import type { GraphOptions } from './graphOptions.js';
import { readNetworkFolder } from './modelFolder.js';
import { openGraph } from './openGraph.js';
import type { UNet } from './unet.js';

/**
 * A ControlNet: what it sees in a picture (edges, depth, a pose) steers a UNet, as residuals of the UNet's maps.
 *
 * Zhang et al. 2023, "Adding Conditional Control to Text-to-Image Diffusion Models"; diffusers' `ControlNetModel`.
 */
export class ControlNet {
  private constructor(
    /** The folder or file that it was loaded from. */
    readonly place: string,
    /** The loaded graph. */
    readonly graph: Graph,
  ) {}

  /**
   * @internal Loads one.
   *
   * @param place a folder with `config.json` and weights, as diffusers saves it, or ControlNet's own file of safetensors.
   * @throws {FrameloomError} `FL_MODEL_NOT_A_MODEL`, `FL_MODEL_UNSUPPORTED`, `FL_CHECKPOINT_…`, `FL_MODEL_LOAD`.
   */
  static async load(place: string, options: GraphOptions = {}): Promise<ControlNet> {
    const { config, weights } = place.endsWith('.safetensors')
      ? await readControlNetFile(place)
      : await readNetworkFolder(place, 'ControlNet', 'ControlNetModel');
    return new ControlNet(place, await openGraph(buildControlNet(config, weights), options));
  }

  /** Channels of the text embeddings it takes; those of its UNet. */
  get crossAttentionDim(): number {
    return Number(this.graph.inputs.get('encoder_hidden_states')!.dims[2]);
  }

  /** Channels of the latents it takes. */
  get inChannels(): number {
    return Number(this.graph.inputs.get('sample')!.dims[1]);
  }

  /** Names of the residuals it gives; its UNet must take all of them. */
  get residualNames(): readonly string[] {
    return [...this.graph.outputs.keys()];
  }

  /**
   * The residuals of a UNet's maps, by the names of its inputs.
   *
   * @param latents `[frames, channels, height, width]`, as the UNet gets them.
   * @param pictures `[frames, 3, 8 · height, 8 · width]`, 0…1.
   * @param scale all residuals are multiplied by it.
   * @throws {FrameloomError} `FL_MODEL_RUN`, `FL_MODEL_NOT_FINITE`.
   */
  async residuals(latents: Tensor, timestep: number, embeddings: Tensor, pictures: Tensor, scale: number): Promise<NamedInputs> {
    const rows = latents.dims[0]!;
    const outputs = await this.graph.run({
      sample: latents,
      timestep: { data: [timestep], dims: [1] },
      encoder_hidden_states: gatherRows(embeddings, numbersFrom(0, rows)),
      controlnet_cond: pictures,
      conditioning_scale: { data: [scale], dims: [] },
    });
    for (const output of Object.values(outputs))
      requireFiniteOutput(`The ControlNet's output at timestep ${timestep}`, output, latents, pictures);
    return outputs;
  }

  /** Gives its memory back; it cannot be used afterwards. */
  release(): Promise<void> {
    return this.graph.release();
  }
}

/** The residuals of several ControlNets together. */
export function sumResiduals(all: readonly NamedInputs[]): NamedInputs {
  const [first, ...others] = all;
  if (!first || others.length === 0) return first ?? {};
  return Object.fromEntries(
    Object.entries(first).map(([name, tensor]) => [
      name,
      weightedSum([1, tensor], ...others.map((residuals) => [1, residuals[name]!] as const)),
    ]),
  );
}

/** @throws {FrameloomError} `FL_MODEL_TENSOR`, `FL_MODEL_UNSUPPORTED` for a ControlNet that was not made for this UNet. */
export function requireFittingControl(net: ControlNet, unet: UNet, vae: Autoencoder): void {
  if (unet.residualInputs.length === 0)
    throw modelErrors.unsupported(
      `${unet.graph.label} is an ONNX export that takes no residuals, so no ControlNet can steer it. Load the model with its UNet in safetensors.`,
    );
  const misfit = (what: string, why: string) =>
    modelErrors.tensor(
      net.graph.label,
      what,
      why,
      'Take a ControlNet that was made for this kind of model: the first or the second Stable Diffusion.',
    );
  const { crossAttentionDim } = unet;
  if (crossAttentionDim !== undefined && net.crossAttentionDim !== crossAttentionDim)
    throw misfit('input "encoder_hidden_states"', `takes ${net.crossAttentionDim} channels, but the UNet ${crossAttentionDim}`);
  if (net.inChannels !== vae.latentChannels)
    throw misfit('input "sample"', `takes ${net.inChannels} channels, but the VAE gives ${vae.latentChannels}`);
  const missing = net.residualNames.filter((name) => !unet.residualInputs.includes(name));
  if (missing.length > 0 || net.residualNames.length !== unet.residualInputs.length)
    throw misfit('its outputs', `are ${net.residualNames.length} residuals, but the UNet takes ${unet.residualInputs.length}`);
}
