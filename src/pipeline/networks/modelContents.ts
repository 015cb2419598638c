import type { FrameloomError } from '../core/index.js';
import type { ModelSource } from '../onnx/index.js';
import type { LoraChoice, Loras } from './loras.js';
import type { Json } from './modelFiles.js';
import type { TokenizerPlace } from './tokenizer.js';

/** A network of a latent diffusion model, by the name of the folder that exporters put it in. */
export type NetworkPart = 'text_encoder' | 'unet' | 'vae_encoder' | 'vae_decoder';

/** What is taken from elsewhere than a model's own place, or said of a model that its files do not say. */
export interface PartOptions {
  /** Which of several sets of weights is read, by the word in the files' names: `fp16` for `diffusion_pytorch_model.fp16.safetensors`. */
  variant?: string;
  /**
   * Another autoencoder: a folder with diffusers' `AutoencoderKL` or `AutoencoderTiny` (TAESD) and its `config.json`, one file in CompVis' names, or, for a Wan 2.1,
   * TAEHV's `taew2_1.safetensors`, which does a twentieth of the work at some loss.
   */
  vae?: string;
  /**
   * An autoencoder that only draws what a run believes at each step, in a notebook's live preview and for `capture: { frames: 'previewVae' }`; the result is decoded by
   * the model's own. Places as for `vae`: TAEHV (`taew2_1.safetensors`) for a Wan 2.1, TAESD for Stable Diffusion. Without one, previews come from a linear map.
   */
  previewVae?: string;
  /**
   * Another transformer for the folder of a Wan 2.1: one file of safetensors, plain or VACE, in Wan's own names (as its makers, ComfyUI and most fine-tunings have it)
   * or diffusers'.
   */
  transformer?: string;
  /**
   * An AnimateDiff motion adapter (a folder of diffusers, or AnimateDiff's own file), which makes a motion UNet of a Stable Diffusion 1 UNet; the noise is then
   * AnimateDiff's too, unless `scheduler` says otherwise.
   */
  motionAdapter?: string;
  /**
   * LoRAs, which are laid over the model's UNet and text encoder and act at every call: how strongly, each run can say (`loraWeights`). An LCM-LoRA, known by its name,
   * brings its scheduler, its four steps and its guidance along. For models whose weights are in safetensors.
   */
  loras?: readonly LoraChoice[];
  /**
   * One ControlNet or several, each a folder as diffusers' `ControlNetModel` saves it, or ControlNet's own file of safetensors; for models whose UNet is in
   * safetensors. What they are shown is `controlClip` of a run.
   */
  controlNet?: string | readonly string[];
  /** A folder with a tokenizer, or one that holds such a `tokenizer/`; for single files, which have none. */
  tokenizer?: string;
  /**
   * A folder with a text encoder, or one that holds such a `text_encoder/`, for an LTX-Video in one file, which has none: T5-v1.1-xxl. Its tokenizer is that of the option
   * `tokenizer`, else the one beside it.
   */
  textEncoder?: string;
  /** What the UNet predicts, for single files, which do not say. */
  predictionType?: 'epsilon' | 'v_prediction';
}

/** What a model's place holds, a folder or a file, before anything is loaded. */
export interface ModelContents {
  /** The folder or the file. */
  readonly place: string;
  /** What it is called in messages and records. */
  readonly name: string;
  /** The LoRAs that lie over it. */
  readonly loras: Loras;
  /** The folder in which `vocabulary.json` and the interrogator may lie; undefined for a single file. */
  readonly folder: string | undefined;
  /** `model_index.json`; empty where there is none. */
  readonly index: Json;

  /**
   * The ONNX graph of a network: a file of the folder, or one that is built from weights. Undefined where the model has neither.
   *
   * @throws {FrameloomError} `FL_CHECKPOINT_…` for weights that no graph can be built from.
   */
  graph(part: NetworkPart): Promise<ModelSource | undefined>;

  /** The error for a network that the model has not: says what is missing, or what lies in its place. */
  missing(part: NetworkPart): Promise<FrameloomError>;

  /** A network's `config.json`, checked; empty where there is none. @throws {FrameloomError} `FL_MODEL_JSON`. */
  config(part: 'text_encoder' | 'unet' | 'vae'): Promise<Json>;

  /** `scheduler_config.json`; undefined where there is none. @throws {FrameloomError} `FL_MODEL_JSON`. */
  scheduler(): Promise<Json | undefined>;

  /** Where its tokenizer lies. */
  tokenizer(): Promise<TokenizerPlace>;

  /** A sentence about what was assumed, because the files do not say it. */
  readonly notice?: string;
}
