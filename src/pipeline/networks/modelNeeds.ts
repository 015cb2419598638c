import { FrameloomError } from '../core/index.js';
import { inputShapes, type Shape } from '../onnx/index.js';
import type { Autoencoder } from './autoencoder.js';
import type { ChunkSizes } from './clipChunks.js';
import { chunkSizes } from './clipCoding.js';
import type { Graph } from './graph.js';
import type { GraphRewrite, RewrittenCall } from './graphRewrite.js';
import { callNeeds, type GraphNeeds, loadedNeeds } from './graphNeeds.js';
import type { NetworkParts } from './networkParts.js';
import type { SessionGroup } from './residentSessions.js';
import { fedShapes, type NetworkWork, pictureCalls } from './networkWork.js';

/** A run whose needs are asked for. */
export interface RunSize extends NetworkWork {
  /** Width of the pictures, pixels. */
  readonly width: number;
  /** Height of the pictures, pixels. */
  readonly height: number;
  /** Frames that the networks see at a time. */
  readonly frames: number;
  /** Frames that are held at a time, where those are more: clips that are predicted window by window at every step. */
  readonly clipFrames?: number | undefined;
  /** Tokens that the text encoder is given at once, where the texts are known; 0 where all are kept on disk, so that it is not loaded. As many as it takes by default. */
  readonly textTokens?: number | undefined;
}

/** What a part of a model takes in a run. */
export interface PartNeeds extends GraphNeeds {
  /** Which it is: `text_encoder`, `unet`, `vae_encoder`, `vae_decoder`, `preview_decoder`, `controlnet`. */
  readonly part: string;
  /** What it is in memory together with. */
  readonly group: SessionGroup;
  /** Calls that one window takes: of the UNet, for one prediction of all frames. */
  readonly calls: number;
}

/** What a run takes of memory and work, worked out from shapes before it begins. */
export interface RunNeeds {
  /** The parts, those first that are used first. */
  readonly parts: readonly PartNeeds[];
  /** Bytes of the frames that are held, pixels and latents. */
  readonly frameBytes: number;
  /** Bytes of memory of its own that the model takes once its parts are loaded, as far as they are kept together. */
  readonly loadedBytes: number;
  /** Bytes of memory of its own while the run goes on, at the most; pages of files come and go beside it. */
  readonly runningBytes: number;
  /** Bytes of the files of weights, whose pages are read at every call. */
  readonly weightBytes: number;
}

/** Rows of a call, by {@link inBatches}: as many as have so many pixels. */
const PIXELS_PER_CALL = 512 * 512;

/** Bytes of a pixel as RGB: of a frame in two windows, and in the result. */
const RGB_BYTES = 3 * 3;

/** Bytes of a pixel as floats, into a network and out of one. */
const FLOAT_BYTES = 2 * 12;

/** Bytes that the library itself takes: structures of graphs, JavaScript's heap. */
const LIBRARY_BYTES = 0.1e9;

/** Latents of a step, predictions and what schedulers remember. */
const LATENTS_HELD = 12;

/** @param takeTurns whether the parts are in memory one after the other. */
export function modelNeeds(model: NetworkParts, size: RunSize, takeTurns: boolean): RunNeeds {
  const { unet, vae, previewVae, textEncoder, controlNets } = model;
  const { width, height } = size;
  const frames = model.unet.fixedFrames ?? size.frames;
  const latentFrames = vae.latentFrames(frames);
  const held = Math.max(frames, size.clipFrames ?? 0);
  const latent = { height: height / vae.scaleFactor, width: width / vae.scaleFactor };
  const call = unet.hasMotion ? { samples: latentFrames, ...latent, calls: 1 } : pictureCalls(frames, latent, size);
  const tokens = textEncoder.tokenizer.length;
  const { samples, calls: predictions, height: rows, width: columns } = call;
  const denoising = (graph: Graph) => denoisingShapes(graph, { frames: samples, height: rows, width: columns, tokens }, size);
  // ControlNets are shown the frames of a grid one by one.
  const controlling = (graph: Graph) => denoisingShapes(graph, { frames: samples * (size.grid ?? 1) ** 2, ...latent, tokens }, size);
  const part = (
    name: string,
    group: SessionGroup,
    graph: Graph,
    inputs: (graph: Graph) => ReadonlyMap<string, Shape>,
    calls: number,
    rewritten?: RewrittenCall,
  ): PartNeeds => ({
    part: name,
    group,
    calls,
    ...(rewritten && (size.lender || size.rewrites?.length)
      ? rewrittenNeeds(graph, inputs, size, calls, rewritten)
      : needsOfGraph(graph, inputs)),
  });
  const coded = (name: string, group: 'encode' | 'decode', graph: Graph, times: number, by = vae): PartNeeds => {
    const { shape, calls, chunk, fill = 1 } = codingOf(by, size, frames, group);
    const inChunks = chunk && by.chunks[group];
    const needs = inChunks ? inChunks.needs(shape, chunk) : needsOfGraph(graph, (whole) => shapesOf(whole, shape));
    return { part: name, group, calls: calls * times, ...needs, operations: fill * needs.operations };
  };
  const parts = [
    ...(size.textTokens === 0
      ? []
      : [part('text_encoder', 'text', textEncoder.graph, (graph) => shapesOf(graph, [1, size.textTokens ?? tokens]), 1)]),
    // VACE is shown what is kept and what changes.
    ...(vae.encoder ? [coded('vae_encoder', 'encode', vae.encoder, unet.hints ? 2 : 1)] : []),
    part('unet', 'denoise', unet.graph, denoising, predictions, { frames: samples, first: 0, tokens, height: rows, width: columns }),
    ...controlNets.map(({ graph }) => part('controlnet', 'denoise', graph, controlling, predictions)),
    // Whether a run is watched, nobody knows beforehand: its memory is counted, its time is not.
    ...(previewVae ? [{ ...coded('preview_decoder', 'decode', previewVae.decoder, 0, previewVae), group: 'denoise' as const }] : []),
    coded('vae_decoder', 'decode', vae.decoder, 1),
  ];
  const latentBytes = LATENTS_HELD * 4 * vae.latentChannels * latent.width * latent.height;
  // Pictures go through the autoencoder a call at a time, a clip with all its frames.
  const asFloats = vae.codesClips ? held : Math.min(held, Math.max(1, Math.floor(PIXELS_PER_CALL / (width * height))));
  const frameBytes = (held * RGB_BYTES + asFloats * FLOAT_BYTES) * width * height + vae.latentFrames(held) * latentBytes;
  const together = (of: (part: PartNeeds) => number) => {
    const groups = new Map<SessionGroup, number>();
    for (const one of parts) groups.set(one.group, (groups.get(one.group) ?? 0) + of(one));
    return takeTurns ? Math.max(...groups.values()) : [...groups.values()].reduce((sum, bytes) => sum + bytes, 0);
  };
  return {
    parts,
    frameBytes,
    loadedBytes: together(({ loadedBytes }) => loadedBytes),
    runningBytes: LIBRARY_BYTES + frameBytes + together(({ loadedBytes, callBytes }) => loadedBytes + callBytes),
    weightBytes: parts.reduce((sum, { weightBytes }) => sum + weightBytes, 0),
  };
}

/** What goes through the autoencoder at once: some pictures, or the frames of a clip, of a tile of it or of a chunk. */
function codingOf(
  vae: Autoencoder,
  { width, height }: RunSize,
  frames: number,
  direction: 'encode' | 'decode',
): { shape: Shape; calls: number; chunk?: ChunkSizes; fill?: number } {
  const isEncoding = direction === 'encode';
  const [channels, unit] = isEncoding ? [3, 1] : [vae.latentChannels, vae.scaleFactor];
  if (vae.codesClips) {
    const latentFrames = vae.latentFrames(frames);
    const filled = vae.framesOf(latentFrames);
    const { chunk, passes, fill, ...pass } = vae.passOf({ frames: filled, width, height }, direction);
    const shape = [1, channels, isEncoding ? filled : latentFrames, pass.height / unit, pass.width / unit];
    return {
      shape,
      calls: passes,
      fill,
      ...(chunk === undefined ? {} : { chunk: chunkSizes(chunk, isEncoding ? vae.temporalScaleFactor : 1) }),
    };
  }
  const pictures = Math.min(frames, Math.max(1, Math.floor(PIXELS_PER_CALL / (width * height))));
  return { shape: [pictures, channels, height / unit, width / unit], calls: Math.ceil(frames / pictures) };
}

/** What a graph takes; nothing where its file cannot be followed, for instance because it was moved away after it was loaded. */
function needsOfGraph(
  graph: Graph,
  inputs: (graph: Graph) => ReadonlyMap<string, Shape>,
  rewrites: readonly GraphRewrite[] = [],
): GraphNeeds {
  try {
    return { ...loadedNeeds(graph.structure, graph.settings), ...callNeeds(graph, inputs(graph), rewrites) };
  } catch (error) {
    if (error instanceof FrameloomError) return { weightBytes: 0, loadedBytes: 0, callBytes: 0, operations: 0 };
    throw error;
  }
}

/**
 * What a graph takes while it is rewritten: its own session, as far as that is in memory, and one of the changed graph; with a lender one that lends and one that borrows, and
 * what all calls of a prediction lend.
 */
function rewrittenNeeds(
  graph: Graph,
  inputs: (graph: Graph) => ReadonlyMap<string, Shape>,
  { rewrites = [], lender, ownToo }: NetworkWork,
  calls: number,
  call: RewrittenCall,
): GraphNeeds {
  const whole = (all: Graph) => new Map([...inputs(all), ...fedShapes(rewrites, call)]);
  const needs = needsOfGraph(graph, whole, lender ? [...rewrites, lender] : rewrites);
  const sessions = (ownToo || graph.isResident ? 1 : 0) + (lender ? 2 : 1);
  const { givenBytes = 0 } = needs;
  return { ...needs, loadedBytes: needs.loadedBytes * sessions, callBytes: needs.callBytes + givenBytes * calls };
}

/** Shapes of a graph whose first input is given; axes that it fixes stay as they are, and of others there is one. */
function shapesOf({ structure }: Graph, first: Shape): Map<string, Shape> {
  return new Map(
    structure.inputs.map(({ name, dims }, which) => [
      name,
      dims.map((dim, axis) =>
        typeof dim === 'number' && dim > 0 ? dim : ((which === 0 || dims.length === first.length ? first[axis] : undefined) ?? 1),
      ),
    ]),
  );
}

/** Shapes of a UNet's inputs, or of a ControlNet's. */
function denoisingShapes(
  { structure }: Graph,
  sizes: { frames: number; height: number; width: number; tokens: number },
  size: RunSize,
): Map<string, Shape> {
  const sample = structure.inputs.some(({ name }) => name === 'sample') ? 'sample' : 'hidden_states';
  const shapes = inputShapes(structure, { sample, text: 'encoder_hidden_states' }, sizes);
  if (shapes.has('controlnet_cond')) shapes.set('controlnet_cond', [sizes.frames, 3, size.height, size.width]);
  return shapes;
}
