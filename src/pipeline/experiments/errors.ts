import { FrameloomError } from '../core/index.js';

/** Errors of experiments; each says what to do next. */
export const experimentErrors = {
  link: (link: string) =>
    new FrameloomError(
      'FL_EXPERIMENT_LINK',
      `${JSON.stringify(link)} is a link to another place, and cells of experiments are neither read nor written through links. Remove the link (what it points to stays), or choose another folder.`,
    ),
  output: (folder: string, cause: unknown) =>
    new FrameloomError(
      'FL_EXPERIMENT_OUTPUT',
      `The cells of an experiment cannot be kept in ${JSON.stringify(folder)} (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}). Free some space or choose another folder; cells that were kept there stay.`,
      { cause },
    ),
};
