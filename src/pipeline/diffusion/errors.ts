import { FrameloomError } from '../core/index.js';

/** Errors of runs. */
export const diffusionErrors = {
  /** An InstructPix2Pix model that is to make a clip from nothing. */
  onlyEdits: (model: string) =>
    new FrameloomError(
      'FL_MODEL_ONLY_EDITS',
      `${model} is an InstructPix2Pix model, which only edits: give editVideo (frameloom edit) a clip, and the instruction as prompt.`,
    ),
  /** A run that is to be made again, or gone on with, without the clips that its network was shown. */
  needsClips: (names: readonly string[]) =>
    new FrameloomError(
      'FL_RERUN_CLIPS',
      `This video was made with ${names.join(' and ')}, and no record holds clips: give ${names.length === 1 ? 'it' : 'them'} again, as ${names.length === 1 ? 'an option' : 'options'} of that name.`,
    ),
  /** A clip beside the source that has no frame where the source has. */
  clipEnds: () =>
    new FrameloomError(
      'FL_VIDEO_ENDS',
      'A control clip or a mask ends before the clip that it goes with, and how many frames it has is not known. Give one of as many frames, or a single picture.',
    ),
};
