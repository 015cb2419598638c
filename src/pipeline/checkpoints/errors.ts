import { FrameloomError } from '../core/index.js';

/** Errors of reading checkpoints; each says which file is wrong and what to do next. */
export const checkpointErrors = {
  damaged: (file: string, problem: string, cause?: unknown) =>
    new FrameloomError('FL_CHECKPOINT_DAMAGED', `${file} is no whole file of safetensors: ${problem}. Download it again.`, { cause }),
  unreadable: (file: string, problem: string, cause?: unknown) =>
    new FrameloomError('FL_CHECKPOINT_FILE', `${file} ${problem}. Check the path and its permissions.`, { cause }),
  noWeights: (folder: string, found: readonly string[]) =>
    new FrameloomError(
      'FL_CHECKPOINT_MISSING',
      `${folder} holds no weights in .safetensors files${found.length > 0 ? ` (it has ${found.slice(0, 6).join(', ')})` : ''}. Download that part of the model again.`,
    ),
  noVariant: (folder: string, variant: string, known: readonly string[]) =>
    new FrameloomError(
      'FL_CHECKPOINT_MISSING',
      `${folder} has no weights of the variant ${JSON.stringify(variant)}; it has ${known.map((name) => (name === '' ? 'the plain ones' : JSON.stringify(name))).join(', ')}.`,
    ),
  missingShard: (folder: string, file: string, count: number) =>
    new FrameloomError(
      'FL_CHECKPOINT_MISSING',
      `${folder} holds weights in ${count} files, of which ${file} is not there. Download the missing ones.`,
    ),
  otherKind: (file: string, kind: string) =>
    new FrameloomError(
      'FL_MODEL_UNSUPPORTED',
      `${file} is ${kind}. Frameloom opens checkpoints of Stable Diffusion 1.x and 2.x, LTX-Videos, and transformers of Wan 2.1.`,
    ),
  unknownWidth: (file: string, width: number) =>
    new FrameloomError(
      'FL_MODEL_UNSUPPORTED',
      `${file}: its text embeddings have ${width} channels. Stable Diffusion 1.x has 768 and 2.x 1024; how many heads such a network has, the file does not say. Give it as a diffusers folder, with its config.json.`,
    ),
  notWhole: (file: string, tensor: string) =>
    new FrameloomError('FL_CHECKPOINT_TENSOR', `${file} has no tensor ${tensor}, without which it is no whole network. Download it again.`),
  twice: (file: string, tensor: string) =>
    new FrameloomError(
      'FL_CHECKPOINT_DAMAGED',
      `${file}: tensor ${tensor} is in another file of the same weights too. Download the part again.`,
    ),
} as const;
