import { FrameloomError, ForeignFileProblem } from '../core/index.js';

/** Errors of captured runs; each says what to do next. */
export const captureErrors = {
  missing: (what: string, how: string) => new FrameloomError('FL_CAPTURE_MISSING', `${what} was not captured. Run it again with ${how}.`),
  noStep: (step: unknown, captured: readonly number[], first: number) =>
    new FrameloomError(
      'FL_CAPTURE_STEP',
      `Step ${String(step)} was not captured. Captured steps: ${captured.join(', ') || 'none'}${first === 0 ? ' (and 0, before the first)' : ''}.`,
    ),
  noWord: (word: string, words: readonly string[]) =>
    new FrameloomError('FL_CAPTURE_WORD', `The prompt has no word ${JSON.stringify(word)}. It has: ${words.join(', ') || 'no words'}.`),
  ownLoop: () =>
    new FrameloomError(
      'FL_CAPTURE_LOOP',
      'This editing method has a loop of its own, whose steps cannot be captured. Leave capture out, or let the method denoise by run.denoise.',
    ),
  besideSource: (method: string) =>
    new FrameloomError(
      'FL_CAPTURE_BESIDE',
      `${method} has the source go along beside the run, which is not captured, so a run of it cannot go on from a step. Make it again with the changes.`,
    ),
  wordNotGuiding: (word: string, guidedBy: string) =>
    new FrameloomError(
      'FL_CAPTURE_WORD',
      `The network does not see the word ${JSON.stringify(word)}: what is edited is guided by ${JSON.stringify(guidedBy)} alone. Ask for words of that text, or set isolatedPrompt and surroundingsPrompt to '' to have it guided by the whole prompt.`,
    ),
  wordCutOff: (word: string) =>
    new FrameloomError(
      'FL_CAPTURE_WORD',
      `The prompt was too long for the model and cut off before ${JSON.stringify(word)}. Shorten the prompt.`,
    ),
  tooLarge: (message: string) => new FrameloomError('FL_CAPTURE_TOO_LARGE', message),
  driveFull: (folder: string, cause?: unknown) =>
    new FrameloomError(
      'FL_CAPTURE_DISK_FULL',
      `The drive that holds ${JSON.stringify(folder)} is full. Free some space, or capture less (fewer steps, layers or words).`,
      { cause },
    ),
  changed: (name: string) =>
    new FrameloomError(
      'FL_CAPTURE_CHANGED',
      `The clip ${JSON.stringify(name)} gave more or fewer frames than it has. Save the run again when the clip no longer changes.`,
    ),
  output: (folder: string, reason: string) =>
    new FrameloomError('FL_CAPTURE_OUTPUT', `A run cannot be saved to ${JSON.stringify(folder)}: ${reason}.`),
  exists: (folder: string, isRun: boolean) =>
    new FrameloomError(
      'FL_CAPTURE_EXISTS',
      isRun
        ? `There is a run in ${JSON.stringify(folder)} already. Choose another folder, or pass { overwrite: true }.`
        : `${JSON.stringify(folder)} exists and is no saved run. Choose another folder.`,
    ),
  incomplete: (name: string) =>
    new FrameloomError(
      'FL_CAPTURE_MISSING',
      `The run has no tensor ${JSON.stringify(name)}: it ended before all windows had come to this step. Choose an earlier step.`,
    ),
  closed: () =>
    new FrameloomError(
      'FL_CAPTURE_CLOSED',
      'This run is closed, and what it had captured is gone. Run it again, or load it from where it was saved.',
    ),
  needsModel: (what: string) =>
    new FrameloomError(
      'FL_CAPTURE_MODEL',
      `${what} needs the model, which a run loaded from disk does not have. Give it: Run.load(folder, { model }).`,
    ),
  needsPreviewVae: (model: string) =>
    new FrameloomError(
      'FL_CAPTURE_MODEL',
      `${model} was loaded without an autoencoder for previews. Load it with previewVae: 'taew2_1.safetensors' for Wan 2.1, a folder of TAESD for Stable Diffusion.`,
    ),
  needsSource: () =>
    new FrameloomError(
      'FL_CAPTURE_SOURCE',
      "This edit puts the source's own pixels back where nothing changed, but the run's source is gone: it was closed, or the run was saved without it. Edit the clip again.",
    ),
  drawnAnew: (model: string) =>
    new FrameloomError(
      'FL_CAPTURE_SHOWN',
      `${model} is an inpainting model: what it is shown of the source is drawn by the run's own noise and not captured, so a run of it cannot go on from a step. Edit the clip again.`,
    ),
  otherModel: (wanted: string, given: string) =>
    new FrameloomError(
      'FL_CAPTURE_MODEL',
      `The run was made with the model ${JSON.stringify(wanted)}, but ${JSON.stringify(given)} was given; its latents mean something else.`,
    ),
  damaged: (file: string, problem: string, cause?: unknown) =>
    new FrameloomError(
      'FL_CAPTURE_DAMAGED',
      `${JSON.stringify(file)} is no captured run, or a damaged one: ${problem}. Save the run again.`,
      { cause },
    ),
  notReadable: (file: string, cause: unknown) =>
    new FrameloomError(
      'FL_CAPTURE_NOT_FOUND',
      `${JSON.stringify(file)} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}). Give the folder that run.save(folder) wrote.`,
      { cause },
    ),
} as const;

/** What keeps a file of a run from being read, as an error of this area. */
export function asCaptureError(file: string, problem: unknown): unknown {
  if (!(problem instanceof ForeignFileProblem)) return problem;
  // A file that cannot be opened may be the wrong folder; one that is something else was never saved by us.
  return problem.cause === undefined ? captureErrors.damaged(file, `it ${problem.phrase}`) : captureErrors.notReadable(file, problem.cause);
}
