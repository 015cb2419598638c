import { ArgumentError, type Frame, Tensor } from '../core/index.js';
import type { FrameSpan, PreparedRun, ScheduledOption } from '../diffusion/index.js';
import type { LatentDiffusionNetworks, NetworkWork, RunSize } from '../networks/index.js';
import { commonEditChecks } from './commonChecks.js';
import type { EditMask } from './editMask.js';
import { editingErrors } from './errors.js';
import type { MethodOption, MethodOptions } from './methodOption.js';

/** One window of the source, ready to be edited. */
export interface EditWindow {
  /** Clean latents of the source, `[frames, channels, height, width]`. */
  readonly source: Tensor;
  /** The pictures they come from; where the latents were padded, there are fewer of them. */
  readonly pictures: readonly Frame[];
  /** Encodes other pictures as these were: clean latents in the shape of `source`. */
  readonly encode: (pictures: readonly Frame[]) => Promise<Tensor>;
  /** Where its frames stand in the clip. */
  readonly frames: FrameSpan;
  /**
   * Where the edit may act, as the caller's `mask` says; everywhere where undefined. `run.denoise` keeps what lies outside unless a pass says what it keeps;
   * a loop of one's own may leave it to the end, when latents and pixels outside are made the source's in any case.
   */
  readonly mask?: EditMask;
}

/** What an editing method made of a window. */
export interface EditedWindow {
  /** Clean latents in the shape of `source`. */
  readonly latents: Tensor;
  /** Where it may have changed pixels, `[frames, 1, height, width]` in 0…1; everywhere when undefined. */
  readonly area?: Tensor;
  /** What in `area` is new, of the same shape; the rest of it is what lies behind that. */
  readonly over?: Tensor;
  /** The clean latents that the edit began with, where they are not `source`. */
  readonly began?: Tensor;
}

/** What every method is told. */
export interface EditSettings {
  /** How far from the source the edit may go, above 0 up to 1; where it differs from frame to frame (`run.schedules`), the greatest. */
  readonly strength: number;
  /** What the source shows, as given or as read; undefined where nobody said and the method does not ask. */
  readonly sourcePrompt: string | undefined;
  /** Whether the source's own pixels come back where nothing has changed. */
  readonly keepPixels: boolean;
  /** Whether only the colours are taken from the edit, and the shapes stay the source's. */
  readonly keepShapes: boolean;
}

/** A method with its settings, ready for the windows of one run. */
export interface PreparedMethod {
  /** Denoising steps that one window takes, for progress. */
  readonly steps: number;
  /** How many guided steps take as long as one of these; 1 when undefined. */
  readonly stepCost?: number;
  /** How many steps would take as long as what comes before the first one; none when undefined. */
  readonly preparation?: number;
  /** Edits one window. */
  edit(window: EditWindow): Promise<EditedWindow>;
}

/**
 * A way of editing: decides where denoising starts (noise, noised source, inverted source) and what is mixed in per step.
 *
 * Each method of the library is one file in `methods/`. Options, command line, checks, provenance and documentation are drawn from
 * what it says here; one of your own is given to `editVideo` as its `method`.
 */
export interface EditingMethod<Settings extends object = object> {
  /** Its name in options, on the command line and in provenance: small letters, digits and dashes. */
  readonly name: string;
  /** Its name in the literature. */
  readonly title: string;
  /** What it does, after its name: `changes the whole picture`. */
  readonly about: string;
  /** What it is good for, in a sentence or two. */
  readonly suits: string;
  /** Where it is described: authors, year, title. */
  readonly paper: string;
  /** What it costs, in calls of the network, each of which makes one prediction of all frames: `2 a step, with guidance`. */
  readonly cost?: string;
  /** Its strength where nobody says one, above 0 up to 1. */
  readonly strength: number;
  /** Whether it needs the source's latents only to start from, so that they are not encoded where a run starts from noise alone; they are zeros there. */
  readonly onlyStartsFromSource?: boolean;
  /** Whether it keeps parts of the source by a mask. */
  readonly keepsSource?: boolean;
  /** Whether it runs the source backwards to noise, for which the scheduler must be DDIM. */
  readonly invertsSource?: boolean;
  /** Whether it has the scheduler draw noise again that it found in the source, for which the scheduler must add noise at every step. */
  readonly replaysNoise?: boolean;
  /** Whether what it makes lies over the picture, as snow does: with `keepShapes` the source's own pixels then stay beneath. */
  readonly laysOver?: boolean;
  /** Whether it has a loop of its own in the place of `run.denoise`: then nothing can be captured. */
  readonly ownLoop?: boolean;
  /** Whether the source goes along beside it at every step, so that a captured run cannot go on from one of them. */
  readonly besideSource?: boolean;
  /** Options of which it takes another number for each frame of the clip; none when undefined. */
  readonly takesByFrame?: readonly ScheduledOption[];
  /**
   * What goes through the UNet at once, where that is more than the run's options say, so that its memory can be told before the work.
   *
   * @param size of the pictures.
   * @throws {ArgumentError} for a network that cannot do it.
   */
  work?(model: LatentDiffusionNetworks, settings: Settings, size: Pick<RunSize, 'width' | 'height'>): NetworkWork;
  /** Its own options. */
  readonly options: MethodOptions<Settings>;
  /** The text that guides the network, where that is not the prompt. */
  guidedBy?(settings: EditSettings & Partial<Settings>): string | undefined;
  /**
   * Gets ready to edit: what takes the model and all options to know is checked here, before the first window.
   *
   * @throws {ArgumentError} for settings that this model cannot have.
   */
  prepare(run: PreparedRun, settings: EditSettings & Settings): PreparedMethod | Promise<PreparedMethod>;
}

/** Says what a method is; see {@link EditingMethod}. @throws {ArgumentError} for a name or a strength that cannot be, and for an option whose name every edit has already. */
export function defineMethod<Settings extends object = object>(method: EditingMethod<Settings>): EditingMethod<Settings> {
  const { name, strength, options } = method;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name))
    throw new ArgumentError('name', name, 'small letters, digits and dashes, a letter first');
  if (!(strength > 0 && strength <= 1)) throw new ArgumentError('strength', strength, 'a number above 0 and at most 1');
  for (const [option, { default: preset, check }] of Object.entries<MethodOption<unknown>>(options)) {
    if (option === 'method' || Object.hasOwn(commonEditChecks, option))
      throw new ArgumentError(
        `${name}'s option`,
        option,
        'another name',
        `${name} cannot have an option of its own named "${option}": every edit has one. Give it another name.`,
      );
    const wanted = preset === undefined ? undefined : check(preset, option);
    if (wanted !== undefined) throw new ArgumentError(`${name}'s default of ${option}`, preset, wanted);
  }
  return method;
}

/** What a method's `prepare` gave. @throws {FrameloomError} `FL_METHOD_RESULT` unless it has steps and an edit. */
export function checkPrepared(name: string, prepared: PreparedMethod): PreparedMethod {
  const { steps, edit } = (prepared ?? {}) as Partial<PreparedMethod>;
  if (typeof edit !== 'function') throw editingErrors.methodResult(name, 'prepare must return { steps, edit }, and edit be a function');
  if (!Number.isInteger(steps) || steps! < 1)
    throw editingErrors.methodResult(name, `prepare's steps are ${String(steps)}, but must be a whole number, 1 or more`);
  return prepared;
}

/** What a method made of a window. @throws {FrameloomError} `FL_METHOD_RESULT` unless its latents have the shape of the source. */
export function checkEdited(name: string, { source }: EditWindow, edited: EditedWindow): EditedWindow {
  const { latents } = (edited ?? {}) as Partial<EditedWindow>;
  if (!(latents instanceof Tensor)) throw editingErrors.methodResult(name, 'edit must return { latents }, a Tensor');
  if (latents.dims.join() !== source.dims.join())
    throw editingErrors.methodResult(
      name,
      `edit's latents are [${latents.dims.join(', ')}], but must be as the source's, [${source.dims.join(', ')}]`,
    );
  return edited;
}
