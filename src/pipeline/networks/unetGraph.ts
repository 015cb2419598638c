import { Tensor } from '../core/index.js';
import { LORA_STRENGTHS, ROTARY_INPUTS } from '../onnx/index.js';
import type { NamedInputs } from './conditioning.js';
import type { Feed } from './elementTypes.js';
import { modelErrors } from './errors.js';
import type { Graph } from './graph.js';
import type { TensorDeclaration } from './tensorDeclaration.js';
import type { Json } from './modelFiles.js';

const wanted =
  'A UNet takes sample [batch, channels, height, width] (or [batch, channels, frames, height, width] with motion), timestep and ' +
  'encoder_hidden_states [batch, tokens, channels], and gives out_sample in the shape of sample.';

/** Inputs for what a ControlNet gives, as our own graphs name them. */
const residualName = /^(down_block_\d+|mid_block)_additional_residual$/;

/** Inputs for a control whose hints lead the transformer, as our own graphs of VACE name them. */
const hintInputs = { control: 'control_hidden_states', scales: 'control_hidden_states_scale' };

/** What the graph of a denoising network takes and gives, by what it declares and its config says. */
export abstract class UNetGraph {
  /** The latents, in the graph's own layout. */
  protected readonly sample: TensorDeclaration;
  /** The timestep. */
  protected readonly timestep: TensorDeclaration;
  /** The text. */
  protected readonly text: TensorDeclaration;
  /** The prediction. */
  protected readonly output: TensorDeclaration;
  /** Residuals that change nothing, for a network that takes some; sums run over axes of length 1. */
  protected readonly noResiduals: NamedInputs;

  /** @throws {FrameloomError} `FL_MODEL_…` for a graph that lacks an input or takes one that Frameloom does not know. */
  protected constructor(
    /** The loaded graph. */
    readonly graph: Graph,
    /** `unet/config.json`, or empty. */
    readonly config: Json,
  ) {
    this.sample = graph.requireInput(['sample', 'hidden_states'], [4, 5], wanted);
    this.timestep = graph.requireInput(['timestep', 't'], [0, 1], wanted);
    this.text = graph.requireInput(['encoder_hidden_states'], [3], wanted);
    this.output = graph.requireOutput(['out_sample', 'noise_pred', 'sample'], [4, 5], wanted);
    const residuals = [...graph.inputs.values()].filter(({ name }) => residualName.test(name));
    this.noResiduals = Object.fromEntries(residuals.map(({ name, dims }) => [name, Tensor.zeros([1, fixed(dims[1]) ?? 1, 1, 1])]));
    const own = [this.sample.name, this.timestep.name, this.text.name, 'timestep_cond', LORA_STRENGTHS];
    const known = [...own, ...Object.values(hintInputs), ...Object.values(ROTARY_INPUTS)];
    const other = [...graph.inputs.keys()].filter((name) => !known.includes(name) && !residualName.test(name));
    if (other.length > 0)
      throw modelErrors.unsupported(`${graph.label} takes inputs that Frameloom does not know: ${other.join(', ')}. ${wanted}`);
  }

  /** Whether it sees a whole clip at once. */
  get hasMotion(): boolean {
    return this.sample.dims.length === 5;
  }

  /** Latent channels it takes: 4, or more for inpainting and instruction models. */
  get inChannels(): number {
    return fixed(this.sample.dims[1]) ?? (Number(this.config.in_channels) || 4);
  }

  /** Channels of the text embeddings it takes, where the graph fixes them. */
  get crossAttentionDim(): number | undefined {
    return fixed(this.text.dims[2]);
  }

  /** Frames that every call must have, for a motion graph exported with a fixed number. */
  get fixedFrames(): number | undefined {
    if (!this.hasMotion) return undefined;
    const rows = fixed(this.text.dims[0]) ?? 1;
    // A graph with a row of text for each of so many frames takes no other number of them.
    return fixed(this.sample.dims[2]) ?? (rows > 1 ? rows : undefined);
  }

  /** Tokens that every text must have, for a graph exported with a fixed number. */
  get fixedTokens(): number | undefined {
    return fixed(this.text.dims[1]);
  }

  /** Pictures that every call must have, for a picture network exported with a fixed number. */
  get fixedPictures(): number | undefined {
    return this.hasMotion ? undefined : fixed(this.sample.dims[0]);
  }

  /** Frames that a call may have at most: motion modules know the positions of so many. */
  get maxFrames(): number | undefined {
    const positions = this.config.motion_max_seq_length;
    return this.hasMotion && typeof positions === 'number' ? positions : undefined;
  }

  /** Whether each frame of a call can be told something else; else a call of several frames has one text for all of them. */
  get textPerFrame(): boolean {
    return !this.hasMotion || this.textRows(Tensor.zeros([1, 1, this.fixedFrames ?? 2, 1, 1])) > 1;
  }

  /** Latent height and width, where the graph fixes them. */
  get fixedSize(): { height: number; width: number } | undefined {
    const [height, width] = this.sample.dims.slice(-2).map(fixed);
    return height !== undefined && width !== undefined ? { height, width } : undefined;
  }

  /** Names of its inputs for what ControlNets give; none where it was not made for them. */
  get residualInputs(): readonly string[] {
    return Object.keys(this.noResiduals);
  }

  /** What its control must be, for a network that takes hints: how many channels it has, and how many hints are made of it. */
  get hints(): { readonly channels: number; readonly count: number } | undefined {
    const channels = fixed(this.graph.inputs.get(hintInputs.control)?.dims[1]);
    const count = fixed(this.graph.inputs.get(hintInputs.scales)?.dims[0]);
    return channels === undefined || count === undefined ? undefined : { channels, count };
  }

  /** For a network that is told where its latents stand, in seconds and pixels: by how many frequencies along each axis. */
  get positionFrequencies(): number | undefined {
    return fixed(this.graph.inputs.get(ROTARY_INPUTS.frames)?.dims[2]);
  }

  /** Whether guidance goes in as a number (LCM and other distilled models) rather than by a second prediction. */
  get takesGuidanceScale(): boolean {
    return this.graph.inputs.has('timestep_cond');
  }

  /** @throws {FrameloomError} `FL_MODEL_TENSOR` where the network takes more channels than it is given, or fewer. */
  protected requireChannels(latents: Tensor, channels: Tensor | undefined): void {
    const given = latents.dims[1]! + (channels?.dims[1] ?? 0);
    if (given === this.inChannels) return;
    throw modelErrors.tensor(
      this.graph.label,
      `input "${this.sample.name}"`,
      `takes ${this.inChannels} channels, but ${given} are given`,
      'What it takes beyond those of the latents is given as channels of its conditioning.',
    );
  }

  /** Rows of text that a call takes: one for each row of the sample, or, as AnimateDiff is exported, one for each frame. */
  protected textRows({ dims }: Tensor): number {
    const [rows] = this.text.dims;
    const exact = fixed(rows);
    if (exact !== undefined || !this.hasMotion) return exact ?? dims[0]!;
    const [batch] = this.sample.dims;
    // Axes of one name are of one length; a free number of texts that is not the sample's can only follow the frames.
    return rows !== '' && rows === batch ? dims[0]! : dims[2]!;
  }

  /** Numbers that a guidance scale goes in as. */
  protected get guidanceWidth(): number {
    return fixed(this.graph.inputs.get('timestep_cond')!.dims[1]) ?? Number(this.config.time_cond_proj_dim ?? 256);
  }

  /** A timestep as the graph takes it: alone, or for every row of a batch. */
  protected timestepFeed(timestep: number, batch: number): Feed {
    const [axis] = this.timestep.dims;
    if (axis === undefined) return { data: [timestep], dims: [] };
    const length = fixed(axis) ?? (axis === this.sample.dims[0] ? batch : 1);
    return { data: Array<number>(length).fill(timestep), dims: [length] };
  }
}

function fixed(axis: number | string | undefined): number | undefined {
  return typeof axis === 'number' && axis > 0 ? axis : undefined;
}
