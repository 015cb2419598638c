/*
 * Names, prompts and messages may come out of a stranger's file, and whatever shows text, a terminal or a notebook's output, obeys
 * the control codes in it: they move the cursor, rewrite lines, set titles and colours.
 */

/** C0 but for tab and line feed, DEL, C1, and the marks that turn the direction of writing around. */
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text whose control codes are spelt out (`\u001b`), as JSON spells them; line breaks and tabs stay. */
export function withoutControls(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
