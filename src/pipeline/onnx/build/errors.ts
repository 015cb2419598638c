import { FrameloomError, shortName } from '../../core/index.js';

const otherParts = 'Weights and config.json come from different models, or the file is damaged; take both from one.';

/** Errors of making a network's graph from its weights; each names the tensor or the setting. */
export const buildErrors = {
  missingTensor: (source: string, name: string) =>
    new FrameloomError(
      'FL_CHECKPOINT_TENSOR',
      `${source} has no tensor ${shortName(name)}, which its configuration asks for. ${otherParts}`,
    ),
  wrongShape: (source: string, name: string, dims: readonly number[], wanted: string) =>
    new FrameloomError(
      'FL_CHECKPOINT_TENSOR',
      `${source}: tensor ${shortName(name)} has the shape [${dims.join(', ')}], but it must ${wanted}. ${otherParts}`,
    ),
  unusedTensors: (source: string, names: readonly string[]) =>
    new FrameloomError(
      'FL_CHECKPOINT_TENSOR',
      `${source} holds ${names.length} tensor${names.length === 1 ? '' : 's'} that no part of the network uses: ${names.slice(0, 4).map(shortName).join(', ')}${names.length > 4 ? ', …' : ''}. ` +
        'It belongs to a network of another kind than its config.json says, which would be drawn wrongly.',
    ),
  notNumbers: (source: string, name: string, type: string) =>
    new FrameloomError(
      'FL_CHECKPOINT_TENSOR',
      `${source}: tensor ${shortName(name)} is of type ${type}, and weights are F32, F16, BF16, F64 or F8.`,
    ),
  setting: (source: string, name: string, given: unknown, wanted: string) =>
    new FrameloomError(
      'FL_CHECKPOINT_CONFIG',
      `${source}: ${name} is ${(JSON.stringify(given) ?? 'missing').slice(0, 80)}, but it must be ${wanted}.`,
    ),
  unsupported: (source: string, name: string, given: unknown, reason: string) =>
    new FrameloomError(
      'FL_MODEL_UNSUPPORTED',
      `${source}: ${name} is ${(JSON.stringify(given) ?? 'missing').slice(0, 80)}, ${reason}, which Frameloom cannot run.`,
    ),
  noCommonFolder: (files: readonly string[]) =>
    new FrameloomError(
      'FL_CHECKPOINT_PLACES',
      `${files.slice(0, 2).join(' and ')} lie on different drives, and one network can take its weights from one only. Copy one beside the other.`,
    ),
} as const;
