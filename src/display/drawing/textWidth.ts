import { letterOf } from './letters.js';

/** Layout units that a text of this size takes up. */
export function widthOf(text: string, size: number, bold = false): number {
  let width = 0;
  for (const character of text) width += letterOf(character, bold).advance * size;
  return width;
}

/** The text, cut with "…" where it is wider than `room`. */
export function shortened(text: string, room: number, size: number, bold = false): string {
  if (widthOf(text, size, bold) <= room) return text;
  const characters = [...text];
  while (characters.length > 0 && widthOf(`${characters.join('').trimEnd()}…`, size, bold) > room) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/** The text broken into lines no wider than `room`; the last of `most` lines is cut. */
export function wrapped(text: string, room: number, size: number, { bold = false, most = 3 } = {}): string[] {
  const lines: string[] = [];
  const words = text.split(/\s+/).filter(Boolean);
  while (words.length > 0 && lines.length < most) {
    if (lines.length === most - 1) return [...lines, shortened(words.join(' '), room, size, bold)];
    let line = words.shift()!;
    while (words.length > 0 && widthOf(`${line} ${words[0]!}`, size, bold) <= room) line += ` ${words.shift()!}`;
    lines.push(shortened(line, room, size, bold));
  }
  return lines;
}
