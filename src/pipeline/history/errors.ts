import { FrameloomError } from '../core/index.js';

/** Errors of the history of runs; each says what to do next. */
export const historyErrors = {
  link: (link: string) =>
    new FrameloomError(
      'FL_HISTORY_LINK',
      `${JSON.stringify(link)} is a link to another place, and a history is neither read nor written through links. Remove the link (what it points to stays), or choose another folder.`,
    ),
  output: (folder: string, cause: unknown) =>
    new FrameloomError(
      'FL_HISTORY_OUTPUT',
      `The run cannot be noted in ${JSON.stringify(folder)} (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}). Free some space or choose another folder; the clip itself is not touched by this.`,
      { cause },
    ),
  noPlace: () =>
    new FrameloomError(
      'FL_HISTORY_PLACE',
      "There is no notebook around this program whose history could be meant. Say where one is: openHistory('story.ipynb'), or the folder that was given to --history.",
    ),
  unknown: (id: string, nearest: readonly string[]) =>
    new FrameloomError(
      'FL_HISTORY_UNKNOWN',
      `There is no run ${JSON.stringify(id.slice(0, 60))} in this history. ${nearest.length > 0 ? `The latest are ${nearest.join(', ')}.` : 'It is empty: runs are noted when they end.'}`,
    ),
  nothingMeasured: (number: string, known: readonly string[]) =>
    new FrameloomError(
      'FL_HISTORY_NUMBER',
      `No run of this history has the number ${JSON.stringify(number)}. ${known.length > 0 ? `Measured are: ${known.join(', ')}.` : 'Nothing was measured in it yet.'}`,
    ),
  unrecorded: (id: string, names: readonly string[]) =>
    new FrameloomError(
      'FL_HISTORY_UNRECORDED',
      `Run ${id} was given ${names.join(' and ')}, which no record can hold, so it cannot be made again from here. Run the code that made it.`,
    ),
  model: (name: string, why: string) =>
    new FrameloomError(
      'FL_HISTORY_MODEL',
      `The run was made with the model ${JSON.stringify(name.slice(0, 100))}, ${why}. Load the one that made it and pass it: history.rerun(id, { model }).`,
    ),
  input: (name: string, why: string) =>
    new FrameloomError(
      'FL_HISTORY_INPUT',
      `The run edited ${JSON.stringify(name.slice(0, 200))}, ${why}. Open that clip and pass it: history.rerun(id, { clip: await Video.open(…) }).`,
    ),
};
