import type { Frame, Generator, Tensor } from '../../core/index.js';
import type { LatentDiffusionNetworks } from '../../networks/index.js';
import type { ConditionedFrames } from '../conditionedFrames.js';
import type { Guidance } from '../guidance.js';
import type { NetworkCalls } from '../networkCalls.js';
import type { DiffusionOptions, FrameSpan } from '../options.js';

/** Frames of which the network is about to make predictions. */
export interface ShownFrames {
  /** Where they stand in the clip. */
  readonly frames: FrameSpan;
  /** The source's pictures of them, at the size worked at; undefined where a clip is made from text alone. */
  readonly pictures?: readonly Frame[] | undefined;
  /** What {@link ModelFamily.leadingLatents} gave for the run. */
  readonly leading?: Tensor | undefined;
  /** Latent frames of which some are given, where the run begins with such. */
  readonly conditioned?: ConditionedFrames | undefined;
  /** Where they may be changed; everywhere where undefined. */
  readonly region?: EditRegion | undefined;
}

/** The part of some frames that may be changed. */
export interface EditRegion {
  /** In pixels, `[frames, 1, height, width]`, 0 … 1. */
  readonly pixels: Tensor;
  /** What denoising keeps around it; undefined where the network sees the region itself. */
  readonly kept?: KeptLatents | undefined;
}

/** Latents of a source of which a part is to stay. */
export interface KeptLatents {
  /** At the latents' places, `[latent frames, 1, height, width]`: 1 where denoising may act, 0 where the source's latents stand. */
  readonly latents: Tensor;
  /** The source's clean latents, `[latent frames, channels, height, width]`. */
  readonly source: Tensor;
}

/** A clip that is about to be made, as a family begins it. */
export interface ConditionedRun {
  /** Frames to make. */
  readonly numFrames: number;
  /** Draws the noise of the clip's own latents, `[latent frames, channels, h, w]`; to be called once. */
  readonly draw: () => Tensor;
}

/** What a family looks at to feed its network. */
export interface FamilyRun {
  /** The model. */
  readonly model: LatentDiffusionNetworks;
  /** What text alone guides by; each of its terms is given what it is shown. */
  readonly guidance: Guidance;
  /** The options as given. */
  readonly options: DiffusionOptions;
  /** Draws samples of what is encoded. */
  readonly generator: Generator;
  /** Frames of the clip a second. */
  readonly fps: number;
  /** Size of the pictures, in pixels. */
  readonly size: {
    /** From left to right. */
    readonly width: number;
    /** From top to bottom. */
    readonly height: number;
  };
  /** Follows the calls of the networks; what a family encodes is told to {@link NetworkCalls.aside}. */
  readonly calls: NetworkCalls;
}

/** A kind of latent diffusion model: how it is told from others, which parts it has, and what its network is fed beside latents, time and text. */
export interface ModelFamily {
  /** Its name in the field. */
  readonly title: string;
  /** Where it is described. */
  readonly paper: string;
  /** Channels that its UNet takes beyond those of the latents. @param latentChannels 4 for Stable Diffusion. */
  furtherChannels(latentChannels: number): number;
  /** Whether its latent frames stand for several frames of the clip each: video models, whose autoencoder compresses time. */
  readonly compressesTime: boolean;
  /** Whether its transformer has blocks of its own for a control, whose hints lead the others (VACE). */
  readonly takesHints: boolean;
  /** Whether its transformer is told where in the clip its latents stand, in seconds and pixels (LTX-Video). */
  readonly toldPositions: boolean;
  /** Whether a source's latents are the mean of what its pictures may be, rather than a sample of it. */
  readonly encodesMean: boolean;
  /** Whether a source can be run backwards to the noise, as some methods do: not where the network is shown the source besides, nor along flow's path. */
  readonly runsBackwards: boolean;
  /** How far an edit may go where nobody says; the method's own strength where undefined. */
  readonly strength?: number;
  /** Whether an edit of strength 1 starts from noise alone, since the source is shown otherwise; others keep a trace of the source in it. */
  readonly startsFromNoise: boolean;
  /** Whether part of what it shows is drawn by the run's own noise, so that a run cannot go on from a captured step: that part is not kept. */
  readonly drawsWhatItShows: boolean;
  /** Whether its network is shown the mask of an edit; latents outside are then its own to keep. */
  readonly seesMask: boolean;
  /** Options of a run that only it knows; others are refused. */
  readonly options: readonly (keyof DiffusionOptions)[];
  /** Whether its own network is shown `controlClip`, or its edges by `controlEdges`; both are otherwise for ControlNets. */
  readonly showsControlClip?: boolean;
  /**
   * Looks, before any work, whether the run shows what the network needs to see.
   *
   * @param edits whether there is a source.
   * @throws {ArgumentError}
   */
  check(run: Pick<FamilyRun, 'model' | 'options'>, edits: boolean): void;
  /**
   * Latents `[frames, channels, h, w]` that stand before those of the clip while it is denoised, and are taken away again: pictures to keep to. Undefined where the
   * run has none.
   */
  leadingLatents?(run: FamilyRun): Promise<Tensor | undefined>;
  /** What a clip begins with where pictures or clips of it are given (`conditions`); undefined where none are. */
  condition?(run: FamilyRun, begun: ConditionedRun): Promise<ConditionedFrames | undefined>;
  /** What the predictions of some frames are guided by; asked for once the noise that they start from is drawn. */
  guide(run: FamilyRun, shown: ShownFrames): Promise<Guidance>;
}
