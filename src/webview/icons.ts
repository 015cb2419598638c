/** The drawings on the buttons: 16 by 16, filled in the text's colour. */
const paths = {
  play: 'M4 2.5v11l9.5-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  stepBack: 'M10.5 3v10L4 8zM12 3h1.5v10H12z',
  stepForward: 'M5.5 3v10L12 8zM2.5 3H4v10H2.5z',
  first: 'M13 3v10L6.5 8zM3 3h2v10H3z',
  last: 'M3 3v10l6.5-5zM11 3h2v10h-2z',
  loop: 'M4.5 4H11V2l3.5 2.75L11 7.5v-2H4.5C3.7 5.5 3 6.2 3 7v1H1.5V7c0-1.7 1.3-3 3-3zM11.5 12H5v2l-3.5-2.75L5 8.5v2h6.5c.8 0 1.5-.7 1.5-1.5V8h1.5v1c0 1.7-1.3 3-3 3z',
  markIn: 'M7 2v1.5H4.5v9H7V14H3V2zM8 5l5 3-5 3z',
  markOut: 'M9 2v1.5h2.5v9H9V14h4V2zM8 5 3 8l5 3z',
  clear: 'm8 6.9 3.7-3.7 1.1 1.1L9.1 8l3.7 3.7-1.1 1.1L8 9.1l-3.7 3.7-1.1-1.1L6.9 8 3.2 4.3l1.1-1.1z',
  sound: 'M2 6v4h2.5L8 13V3L4.5 6zM9.5 5.2a3.5 3.5 0 0 1 0 5.6l.8 1.2a5 5 0 0 0 0-8z',
  silent: 'M2 6v4h2.5L8 13V3L4.5 6zM10 6.8 11.2 8 10 9.2l.9.9 1.2-1.2 1.2 1.2.9-.9L13 8l1.2-1.2-.9-.9-1.2 1.2-1.2-1.2z',
  single: 'M2 3h12v10H2zm1.5 1.5v7h9v-7z',
  side: 'M1.5 3h6v10h-6zM3 4.5v7h3v-7zM8.5 3h6v10h-6zM10 4.5v7h3v-7z',
  wipe: 'M2 3h12v10H2zm1.5 1.5v7h4v-7zM8.5 2h1v12h-1z',
  swap: 'M5 3 1.5 6 5 9V7h7V5H5zM11 7.5v2H4v2h7v2l3.5-3z',
  help: 'M7.25 11h1.5v1.5h-1.5zM8 3.5A2.75 2.75 0 0 0 5.25 6.25h1.5a1.25 1.25 0 1 1 1.85 1.1C7.7 7.9 7.25 8.5 7.25 9.5v.5h1.5v-.5c0-.4.2-.6.65-.9A2.75 2.75 0 0 0 8 3.5zM8 .5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z',
  open: 'M9 2h5v5h-1.5V4.6L8 9.1 6.9 8l4.5-4.5H9zM3.5 4H7v1.5H4v6.5h6.5V9H12v3.5l-1 1H3.5l-1-1V5z',
  copy: 'M5 2h8v9h-1.5V3.5H5zM3 5h7.5v9H3zm1.5 1.5v6H9v-6z',
  notebook: 'M3 2h9.5v12H3v-1.5H2V11h1V8.75H2v-1.5h1V5H2V3.5h1zm1.5 1.5v9H11v-9zM6 5h3.5v1.5H6z',
  panel: 'M2 3h12v10H2zm1.5 1.5v7h5v-7zm6.5 0v7h2.5v-7z',
  add: 'M7.25 3h1.5v4.25H13v1.5H8.75V13h-1.5V8.75H3v-1.5h4.25z',
  stop: 'M4 4h8v8H4z',
  chevron: 'M5.5 3 10.5 8l-5 5-1-1 4-4-4-4z',
  film: 'M2 3h12v10H2zm1.5 1v1.25h1.25V4zm0 3.4v1.25h1.25V7.4zm0 3.35V12h1.25v-1.25zM11.25 4v1.25h1.25V4zm0 3.4v1.25h1.25V7.4zm0 3.35V12h1.25v-1.25zM6 4v8h4V4z',
} as const;

/** A drawing of {@link icon}. */
export type IconName = keyof typeof paths;

const svg = 'http://www.w3.org/2000/svg';

/** One of our drawings, hidden from screen readers: the button around it has the name. */
export function icon(name: IconName): SVGSVGElement {
  const drawing = document.createElementNS(svg, 'svg');
  drawing.setAttribute('viewBox', '0 0 16 16');
  drawing.setAttribute('aria-hidden', 'true');
  drawing.setAttribute('class', 'icon');
  const path = document.createElementNS(svg, 'path');
  path.setAttribute('d', paths[name]);
  path.setAttribute('fill-rule', 'evenodd');
  drawing.append(path);
  return drawing;
}

/** Changes the drawing of {@link icon}. */
export function setIcon(drawing: SVGSVGElement, name: IconName): void {
  drawing.firstElementChild?.setAttribute('d', paths[name]);
}
