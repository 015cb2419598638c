import { isDeeperThan } from '../../shared/shape.js';
import { bytesOf, pictureSize } from './run/pictureSize.js';

/** Levels that lists and objects of a payload may nest; those of the library's trees nest a third of that. */
const deepest = 64;
/** Values of a payload: several times what fits into one that the library writes. */
const mostValues = 100_000;
/** Characters of one text, and of all texts and pictures. */
const longestText = 100_000;
const mostCharacters = 8 * 2 ** 20;
/** Pixels of all pictures inside a payload: a few bytes of a file can announce more than the memory holds. */
const mostPixels = 2 ** 26;
/** The size of a picture stands this early in its file, behind what cameras write before it. In base64, so a multiple of 4. */
const headCharacters = 2 ** 18;

/**
 * Says what of a payload is too much to be drawn, as a phrase, or nothing. The JSON of an output may be of any size and
 * depth; this looks at all of it before anything else does, and at each value once.
 */
export function excessOf(payload: unknown): string | undefined {
  if (isDeeperThan(payload, deepest)) return `it is nested too deep (more than ${deepest} levels)`;
  let [values, characters, pixels] = [0, 0, 0];
  for (const waiting = [payload]; waiting.length > 0;) {
    const value = waiting.pop();
    if (typeof value === 'string') {
      const isPicture = value.startsWith('data:image/');
      characters += value.length;
      if (!isPicture && value.length > longestText) return `a text in it has more than ${longestText} characters`;
      if (isPicture) pixels += pixelsOf(value);
    } else if (typeof value === 'object' && value !== null) {
      const parts: unknown[] = Object.values(value);
      values += parts.length;
      if (values > mostValues) return `it holds more than ${mostValues} values`;
      for (const part of parts) waiting.push(part);
      if (!Array.isArray(value)) for (const name of Object.keys(value)) characters += name.length;
    }
    if (characters > mostCharacters) return `it holds more than ${mostCharacters} characters`;
    if (pixels > mostPixels) return `its pictures have more than ${mostPixels} pixels`;
  }
  return undefined;
}

/** What the file says; one that says nothing cannot be drawn anyway. */
function pixelsOf(uri: string): number {
  try {
    const size = pictureSize(bytesOf(uri.slice(0, uri.indexOf(',') + 1 + headCharacters)));
    return size ? size.width * size.height : 0;
  } catch {
    return 0; // no base64
  }
}
