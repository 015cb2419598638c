import { readFile } from 'node:fs/promises';
import * as path from 'node:path';

/** What the first cell of a notebook asks for. */
export interface FirstEdit {
  /** What the clip is to become. */
  readonly prompt: string;
  /** How far it may go from the clip; the library's choice when undefined. */
  readonly strength: number | undefined;
}

/**
 * The change that looks best on most clips: the subject takes another colour and keeps its shapes and shading, and all
 * around it stays to the pixel. The second is for subjects whose name says the first.
 */
const colours = ['purple', 'green'] as const;

/** What is asked of a clip whose subject nobody knows. */
const look = 'at sunset';

/** Of a clip whose subject nobody knows only a breath may change. */
const gentle = 0.2;

/**
 * The first edit of a clip. The model needs to be told what to keep, and the only one who said so is whoever named the
 * file: `red-car.mp4` becomes "a purple car".
 *
 * @param file the clip's name or path.
 * @param subjects what the model can draw, each by one word.
 */
export function firstEditOf(file: string, subjects: readonly string[]): FirstEdit {
  const words = path
    .parse(file.replaceAll('\\', '/'))
    .name.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u);
  // The last word is what it is, those before say which: a fire car is a car.
  const subject = words.findLast((word) => subjects.includes(word));
  return subject === undefined
    ? { prompt: look, strength: gentle }
    : { prompt: `a ${colours.find((colour) => !words.includes(colour))} ${subject}`, strength: undefined };
}

/** The subjects that the model which comes along knows. @param extension the extension's folder. */
export async function knownSubjects(extension: string): Promise<string[]> {
  const vocabulary = JSON.parse(await readFile(path.join(extension, 'models', 'motion-stickers', 'vocabulary.json'), 'utf8')) as {
    values: { subject: Record<string, unknown> };
  };
  return Object.keys(vocabulary.values.subject);
}
