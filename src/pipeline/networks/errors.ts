import { FrameloomError, type Tensor, type ForeignFileProblem } from '../core/index.js';

/** What a good model directory looks like, for messages. */
const goodLayout =
  'A model directory holds text_encoder/, unet/ (transformer/ in Wan and LTX-Video) and vae/ with config.json and .safetensors, as diffusers saves Stable Diffusion and Wan 2.1, or text_encoder/, unet/, vae_encoder/ and ' +
  'vae_decoder/ with model.onnx, as optimum exports it; tokenizer/ (tokenizer.json, or vocab.json and merges.txt) and scheduler/scheduler_config.json.';

/** Errors of loading and running a model; each says which file or tensor is wrong and what a good one looks like. */
export const modelErrors = {
  notFound: (name: string, known: readonly string[], folders: readonly string[], nearest?: string) =>
    new FrameloomError(
      'FL_MODEL_NOT_FOUND',
      `There is no model "${name}".${nearest ? ` Did you mean "${nearest}"?` : ''} Installed models: ${known.join(', ') || 'none'}. ` +
        `Give the path of a model directory, or put the model into ${folders.length === 1 ? '' : 'one of '}${folders.join(', ')}.`,
    ),
  notAModel: (what: string) => new FrameloomError('FL_MODEL_NOT_A_MODEL', what),
  missingFile: (file: string) =>
    new FrameloomError(
      'FL_MODEL_FILE_MISSING',
      `The model has no ${file}${file.endsWith('.onnx') ? ', nor weights in .safetensors to build it from' : ''}. ${goodLayout}`,
    ),
  pickled: (file: string) =>
    new FrameloomError(
      'FL_MODEL_NOT_A_MODEL',
      `${file} holds weights as a Python pickle, which can run any program when it is opened; Frameloom reads .safetensors only. Most models come in both: download that one. ` +
        'Else convert it once where you trust it: in Python, load it with diffusers and save it with save_pretrained(folder), then give that folder.',
    ),
  missingPart: (file: string, part: string) =>
    new FrameloomError('FL_MODEL_FILE_MISSING', `${file} has no ${part}. Give a model that has one, or that part by an option.`),
  missingVae: (file: string) =>
    new FrameloomError(
      'FL_MODEL_FILE_MISSING',
      `${file} has no autoencoder. Give the folder of one with the option vae, such as the vae/ of a Stable Diffusion model in diffusers' layout.`,
    ),
  missingTextEncoder: (file: string) =>
    new FrameloomError(
      'FL_MODEL_FILE_MISSING',
      `${file} has no text encoder, as no LTX-Video in one file has: it is T5-v1.1-xxl. Get the folders text_encoder/ and tokenizer/ of Lightricks/LTX-Video, and name the folder that holds them by the option textEncoder (--text-encoder).`,
    ),
  missingLtxVae: (file: string) =>
    new FrameloomError(
      'FL_MODEL_FILE_MISSING',
      `${file} has no autoencoder. Give the vae/ of an LTX-Video of the same version in diffusers' layout by the option vae.`,
    ),
  noEncoder: (directory: string) =>
    new FrameloomError(
      'FL_MODEL_NO_ENCODER',
      `${directory} has no encoder of pictures (vae_encoder/model.onnx, or vae/ with its weights), so it can make videos from text, but not edit any. Export the model with its encoder, or take the vae_encoder folder of another model with the same VAE.`,
    ),
  badJson: (file: string, cause: unknown) =>
    new FrameloomError('FL_MODEL_JSON', `${file} is not valid JSON (${reason(cause)}). Download or export the model again.`, { cause }),
  badField: (file: string, field: string, value: unknown, wanted: string) =>
    new FrameloomError(
      'FL_MODEL_JSON',
      `${file}: ${field} is ${inShort(value)}, but it must be ${wanted}. Download or export the model again.`,
    ),
  badFile: (file: string, { phrase }: ForeignFileProblem) =>
    new FrameloomError('FL_MODEL_FILE', `${file} ${phrase}. Download or export the model again.`),
  badTokenizer: (directory: string, problem: string, cause?: unknown) =>
    new FrameloomError(
      'FL_MODEL_TOKENIZER',
      `The tokenizer in ${directory} cannot be used: ${problem}. Download or export the model again.`,
      { cause },
    ),
  cannotLoad: (file: string, cause: unknown) =>
    new FrameloomError('FL_MODEL_LOAD', `ONNX Runtime cannot load ${file}: ${loadAdvice(reason(cause))}`, { cause }),
  device: (device: string, file: string, why: string) =>
    new FrameloomError(
      'FL_MODEL_DEVICE',
      `${device} cannot run ${file} here: ${why}. The processor can (device "cpu"); "auto" takes another device where one works.`,
    ),
  gpuGraph: (file: string, operators: readonly string[]) =>
    new FrameloomError(
      'FL_MODEL_LOAD',
      `${file} was optimised for a GPU (CUDA or DirectML): it holds the operators ${operators.join(', ')} of com.microsoft, which ONNX Runtime cannot run on a processor. ` +
        'Use the plain export of the model (of optimum, without optimisation for a GPU), or name a device that can: cuda or dml.',
    ),
  tensor: (file: string, tensor: string, problem: string, wanted: string) =>
    new FrameloomError('FL_MODEL_TENSOR', `${file}: ${tensor} ${problem}. ${wanted}`),
  runFailed: (file: string, feeds: string, cause: unknown) =>
    new FrameloomError('FL_MODEL_RUN', `${file} failed with inputs ${feeds}: ${reason(cause)}`, { cause }),
  notFinite: (what: string, count: number, size: number, given: boolean) =>
    new FrameloomError(
      'FL_MODEL_NOT_FINITE',
      `${what}: ${count} of ${size} values are not finite (NaN or infinity), which would show as black frames. ` +
        (given
          ? 'What it was given is not finite either: look at where that comes from.'
          : 'What it was given is finite. Half-precision networks do this on some inputs: use an fp32 export of that part, or a lower guidanceScale.'),
    ),
  unsupported: (what: string) => new FrameloomError('FL_MODEL_UNSUPPORTED', what),
} as const;

/**
 * Refuses a network's output that cannot be used.
 *
 * @param what its name, as the start of a sentence.
 * @param given what the network was fed, to tell whose fault it is.
 * @throws {FrameloomError} `FL_MODEL_NOT_FINITE` where the output holds NaN or infinity.
 */
export function requireFiniteOutput(what: string, output: Tensor, ...given: readonly Tensor[]): void {
  const count = output.countNotFinite();
  if (count > 0)
    throw modelErrors.notFinite(
      what,
      count,
      output.size,
      given.some((tensor) => tensor.countNotFinite() > 0),
    );
}

/** A value of a file in a message: never long, whatever the file holds. */
function inShort(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value) : String(value);
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Adds the next step to the failures that people really meet. */
function loadAdvice(message: string): string {
  const advice: [RegExp, string][] = [
    [
      /com\.microsoft|Could not find an implementation|NOT_IMPLEMENTED|NhwcConv|not a registered/i,
      'It was optimised for a GPU and holds operators that this processor cannot run; use the plain CPU export of the model.',
    ],
    [
      /external|\.onnx_data|weights\.pb|No such file/i,
      'Its weights lie in a second file (model.onnx_data or weights.pb), which must be in the same folder, complete and under its original name.',
    ],
    [
      /protobuf|parse|ModelProto/i,
      'The file is damaged or not an ONNX model (an unfinished download, or a Git LFS pointer of a few hundred bytes); download it again.',
    ],
    [/alloc|memory/i, 'There is not enough memory for it; close other programs or use a smaller model.'],
  ];
  const found = advice.find(([pattern]) => pattern.test(message));
  return found ? `${message}. ${found[1]}` : message;
}

/** ONNX Runtime's own words, without the source file and line that it puts before them. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const [line = ''] = String(cause instanceof Error ? cause.message : cause).split('\n');
  return line.replace(/^.* was false\. /, '').slice(0, 200);
}
