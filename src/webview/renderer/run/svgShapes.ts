const svg = 'http://www.w3.org/2000/svg';

/** Makes an SVG element with attributes. */
export function shape<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** A path along `course`. */
export function path(course: string, style: string): SVGPathElement {
  return shape('path', { d: course, class: style });
}

/** A text whose start, middle or end is at `x`. */
export function textAt(x: number, y: number, text: string, style: string, anchor: 'start' | 'middle' | 'end'): SVGTextElement {
  const made = shape('text', { x: x.toFixed(1), y: y.toFixed(1), class: style, 'text-anchor': anchor });
  made.textContent = text;
  return made;
}
