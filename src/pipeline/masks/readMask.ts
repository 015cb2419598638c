import { ArgumentError } from '../core/index.js';
import { Mask } from './mask.js';
import { type Box, type Corner, formsWithin, type MaskForm } from './maskForm.js';

/** Most forms that a recorded mask is made of: what is read comes out of a file that anyone may have made. */
const MOST_FORMS = 256;

/** Whether a clip is part of the mask: no record holds it. */
export function holdsClip({ form }: Mask): boolean {
  return [...formsWithin(form)].some(({ kind }) => kind === 'clip');
}

/** The mask for a record: plain data that {@link readMask} reads again; of its clips only that there were some. */
export function recordedMask({ form }: Mask): unknown {
  return JSON.parse(JSON.stringify(form, (name, value: unknown) => (name === 'clip' ? undefined : value)));
}

/**
 * A mask out of a record, checked as if it were made anew.
 *
 * @throws {ArgumentError} for what no mask could be, and for one with a clip.
 */
export function readMask(recorded: unknown): Mask {
  let left = MOST_FORMS;
  const read = (value: unknown): Mask => {
    if (--left < 0) throw new ArgumentError('mask', 'deeper', `made of at most ${MOST_FORMS} parts`);
    const form = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
    const of = () => read(form.of);
    const [first, ...others] = Array.isArray(form.of) ? form.of : [];
    switch (form.kind as MaskForm['kind'] | undefined) {
      case 'rectangle':
        return Mask.rectangle(form as unknown as Box);
      case 'ellipse':
        return Mask.ellipse(form as unknown as Box);
      case 'polygon':
        return Mask.polygon(form.points as readonly Corner[]);
      case 'colour':
        return Mask.colour(form.colour as [number, number, number], { tolerance: form.tolerance as number });
      case 'word':
        return Mask.word(form.word as string, form.threshold === undefined ? {} : { threshold: form.threshold as number });
      case 'automatic':
        return Mask.automatic();
      case 'union':
        return read(first).union(...others.map(read));
      case 'intersection':
        return read(first).intersection(...others.map(read));
      case 'inverse':
        return of().inverse();
      case 'grown':
        return of().grow(form.by as number);
      case 'feathered':
        return of().feather(form.by as number);
      case 'tracked':
        return of().track({ from: form.from as number });
      default:
        throw new ArgumentError('mask', form.kind, 'one that can be recorded: made of outlines, colours and words');
    }
  };
  return read(recorded);
}
