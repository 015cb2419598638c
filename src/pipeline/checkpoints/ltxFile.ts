import path from 'node:path';
import type { SafetensorsEntry } from '../core/index.js';
import { type ConfigJson, Weights } from '../onnx/index.js';
import type { NetworkFiles } from './buildNetworks.js';
import { checkpointErrors } from './errors.js';
import { inferLtxVaeConfig } from './ltxVaeConfig.js';
import { ltxTensorName, ltxVaeTensorName, type LtxVaeLayout } from './ltxNames.js';
import { readCheckpointHeader } from './partWeights.js';

type Tensors = ReadonlyMap<string, SafetensorsEntry>;

/** What one file of an LTX-Video holds, under diffusers' names. */
export interface LtxFile {
  /** The transformer. */
  readonly transformer: NetworkFiles;
  /** The autoencoder; undefined where the file has none. */
  readonly vae: NetworkFiles | undefined;
  /** Whether it is one from 0.9.5 on, which diffusers runs by `LTXConditionPipeline`. */
  readonly takesConditions: boolean;
}

/** How the names of the transformer begin, where they have a prefix. */
const TRANSFORMER = /^(model\.)?diffusion_model\./;

const VAE = 'vae.';

/** A tensor of every LTX-Video transformer, in its makers' names. */
const MARK = 'patchify_proj.weight';

/** Heads of every LTX-Video that was released, the one of 2B with 64 channels each, that of 13B with 128; no shape tells. */
const HEADS = 32;

/** Most heads that the words in a file are believed. */
const MOST_HEADS = 1024;

/** Whether tensors are those of an LTX-Video in its makers' names. */
export function isLtxFile(tensors: Tensors): boolean {
  return [...tensors.keys()].some((name) => name.replace(TRANSFORMER, '') === MARK);
}

/**
 * Reads an LTX-Video in one file, as its makers hand it out (`ltx-video-2b-v0.9.5.safetensors`): transformer and autoencoder, whose shapes tell their settings. The text
 * encoder is not in it.
 *
 * @throws {FrameloomError} `FL_MODEL_UNSUPPORTED` for an LTX-2; `FL_CHECKPOINT_…` for a damaged file, or tensors that belong nowhere.
 */
export async function readLtxFile(file: string): Promise<LtxFile> {
  const { tensors, metadata } = await readCheckpointHeader(file);
  if ([...tensors.keys()].some((name) => /(^|\.)audio_/.test(name)))
    throw checkpointErrors.otherKind(file, 'an LTX-2, which makes sound besides');
  const source = path.basename(file);
  const layout = vaeLayout(tensors);
  const [transformer, vae, left] = [0, 1, 2].map(() => new Map<string, SafetensorsEntry>()) as [
    Map<string, SafetensorsEntry>,
    Map<string, SafetensorsEntry>,
    Map<string, SafetensorsEntry>,
  ];
  for (const [name, entry] of tensors) {
    if (!name.startsWith(VAE)) transformer.set(ltxTensorName(name.replace(TRANSFORMER, '')), entry);
    else {
      const ours = ltxVaeTensorName(name.slice(VAE.length), layout);
      if (ours === undefined) left.set(name, entry);
      else vae.set(ours, entry);
    }
  }
  new Weights(left, source).requireAllUsed(/^vae\.per_channel_statistics\.(channel|mean-of-stds)/);
  const said = saidConfig(metadata.config);
  return {
    transformer: { config: inferTransformerConfig(transformer, said, file), weights: new Weights(transformer, source) },
    vae: vae.size === 0 ? undefined : { config: inferLtxVaeConfig(vae, layout, file), weights: new Weights(vae, source) },
    takesConditions: said.causal_temporal_positioning === true || layout.encoder === '0.9.5',
  };
}

/** Which version the autoencoder is like, told by its blocks: those that only change the number of channels (0.9.0), and which of the decoder's first ones doubles. */
function vaeLayout(tensors: Tensors): LtxVaeLayout {
  const has = (start: string) => [...tensors.keys()].some((name) => name.startsWith(`${VAE}${start}`));
  return {
    encoder: has('encoder.down_blocks.2.res_blocks.') ? '0.9.5' : '0.9.0',
    decoder: has('decoder.up_blocks.1.conv.') ? '0.9.1' : '0.9.0',
  };
}

/** What a file says of its transformer: its makers write all settings into it, as JSON. What cannot be read is left aside, for shapes tell the rest. */
function saidConfig(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const { transformer } = JSON.parse(text ?? '') as { transformer?: unknown };
    return typeof transformer === 'object' && transformer !== null ? (transformer as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function inferTransformerConfig(tensors: Tensors, said: Readonly<Record<string, unknown>>, file: string): ConfigJson {
  const dims = (name: string): readonly number[] => {
    const entry = tensors.get(name);
    if (!entry) throw checkpointErrors.notWhole(file, name);
    return entry.dims;
  };
  const [channels = 0, inChannels = 0] = dims('proj_in.weight');
  let layers = 0;
  while (tensors.has(`transformer_blocks.${layers}.attn1.to_q.weight`)) layers++;
  const { num_attention_heads: written } = said;
  const heads = Number.isInteger(written) && (written as number) >= 1 && (written as number) <= MOST_HEADS ? (written as number) : HEADS;
  return {
    _class_name: 'LTXVideoTransformer3DModel',
    in_channels: inChannels,
    out_channels: dims('proj_out.weight')[0],
    num_attention_heads: heads,
    attention_head_dim: channels / heads,
    cross_attention_dim: channels,
    caption_channels: dims('caption_projection.linear_1.weight')[1],
    num_layers: layers,
  };
}
