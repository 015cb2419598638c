import { FrameloomError } from '../core/index.js';

/** Errors of reading and rewriting ONNX files; each says where in the file and what to do. */
export const onnxErrors = {
  unreadable: (file: string, cause: unknown) =>
    new FrameloomError(
      'FL_ONNX_READ',
      `${file} cannot be read (${cause instanceof Error ? cause.message : String(cause)}). Check the path and its permissions.`,
      { cause },
    ),
  malformed: (file: string, position: number, problem: string) =>
    new FrameloomError(
      'FL_ONNX_MALFORMED',
      `${file} is not a whole ONNX model: at byte ${position}, ${problem}. Download or export it again.`,
    ),
  tooLarge: (file: string, what: string) =>
    new FrameloomError(
      'FL_ONNX_TOO_LARGE',
      `${file}: ${what}. A network's graph is a few megabytes without its weights; this file is damaged or was not made for diffusion.`,
    ),
  cycle: (file: string, node: string) =>
    new FrameloomError(
      'FL_ONNX_CYCLE',
      `${file}: the node ${node} needs, through other nodes, its own output. Such a graph cannot be computed; export the model again.`,
    ),
  changed: (file: string) => new FrameloomError('FL_ONNX_CHANGED', `${file} was changed after it had been read. Load the model again.`),
  unknownValue: (file: string, name: string) => new FrameloomError('FL_ONNX_VALUE', `${file} has no value named ${JSON.stringify(name)}.`),
  unsupported: (file: string, what: string) => new FrameloomError('FL_ONNX_UNSUPPORTED', `${file}: ${what}`),
  mapsTooLarge: (numbers: string, limit: number) =>
    new FrameloomError(
      'FL_ATTENTION_TOO_LARGE',
      `These attention maps would take ${numbers}, more than the ${megabytes(limit)} that maxBytes allows. Choose fewer layers, take the mean over heads, name the tokens you need, or work at a smaller size.`,
    ),
  scoresTooLarge: (site: string, numbers: string, limit: number) =>
    new FrameloomError(
      'FL_ATTENTION_TOO_LARGE',
      `To see the attention of ${site}, ${numbers} of scores would have to be in memory at once, more than the ${megabytes(limit)} that may be taken for that. Work at a smaller size or on fewer frames.`,
    ),
} as const;

/** `12.3 MB`, for messages. */
export function megabytes(bytes: number): string {
  return `${Number((bytes / 1e6).toPrecision(3))} MB`;
}
