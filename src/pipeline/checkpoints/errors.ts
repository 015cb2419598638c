import { FrameloomError } from '../core/index.js';

/** Errors of reading checkpoints; each says which file is wrong and what to do next. */
export const checkpointErrors = {
  damaged: (file: string, problem: string, cause?: unknown) =>
    new FrameloomError('FL_CHECKPOINT_DAMAGED', `${file} is no whole file of safetensors: ${problem}. Download it again.`, { cause }),
  unreadable: (file: string, problem: string, cause?: unknown) => new FrameloomError('FL_CHECKPOINT_FILE', `${file} ${problem}. Check the path and its permissions.`, { cause }),
  noWeights: (folder: string, found: readonly string[]) =>
    new FrameloomError('FL_CHECKPOINT_MISSING', `${folder} holds no weights in .safetensors files${found.length > 0 ? ` (it has ${found.slice(0, 6).join(', ')})` : ''}. Download that part of the model again.`),
  noVariant: (folder: string, variant: string, known: readonly string[]) =>
    new FrameloomError('FL_CHECKPOINT_MISSING', `${folder} has no weights of the variant ${JSON.stringify(variant)}; it has ${known.map((name) => (name === '' ? 'the plain ones' : JSON.stringify(name))).join(', ')}.`),
  missingShard: (folder: string, file: string, count: number) =>
    new FrameloomError('FL_CHECKPOINT_MISSING', `${folder} holds weights in ${count} files, of which ${file} is not there. Download the missing ones.`),
  twice: (file: string, tensor: string) => new FrameloomError('FL_CHECKPOINT_DAMAGED', `${file}: tensor ${tensor} is in another file of the same weights too. Download the part again.`),
} as const;
