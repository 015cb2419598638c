type Bundle = Record<string, unknown>;

/** A type and what kind of it, and perhaps parameters. */
const mimeType = /^[\w!#$&^.+-]{1,80}\/[\w!#$&^.+-]{1,120}(;[ -~]{0,100})?$/;

/**
 * Checks that an output can be stored: texts, bytes, and what JSON can hold, each named by a MIME type.
 *
 * @throws TypeError naming the MIME type, in the cell that shows it: what cannot be sent would break the wire to the notebook.
 */
export function checkBundle(bundle: Bundle): void {
  for (const [mime, value] of Object.entries(bundle)) {
    if (!mimeType.test(mime))
      throw new TypeError(
        `An output is named by its MIME type, such as text/html; this one is named ${JSON.stringify(mime.slice(0, 80))}.`,
      );
    if (typeof value === 'string' || value instanceof Uint8Array) continue;
    try {
      // Functions are what structured cloning refuses; JSON would leave them out in silence.
      structuredClone(value);
      if (JSON.stringify(value) !== undefined) continue;
    } catch {
      // said below
    }
    throw new TypeError(
      `An output of the type ${mime} must be text, bytes or JSON; this one is ${typeof value === 'object' ? 'an object that JSON cannot hold' : `a ${typeof value}`}.`,
    );
  }
}

/** Characters that an output takes in the notebook's file, about. */
export function sizeOfBundle(bundle: Bundle): number {
  return Object.values(bundle).reduce((sum: number, value) => sum + sizeOf(value), 0);
}

/**
 * An output that fits into `room` characters: forms are left out until it does, the HTML first (a front end that
 * lacks it shows the picture), our own JSON last. The text says what is missing when only text is left.
 */
export function fitted(bundle: Bundle, room: number): Bundle {
  const kept: Bundle = { ...bundle };
  const order = Object.keys(bundle)
    .filter((mime) => mime !== 'text/plain')
    .sort((a, b) => rank(a) - rank(b));
  for (const mime of order) {
    if (sizeOfBundle(kept) <= room) return kept;
    delete kept[mime];
  }
  if (sizeOfBundle(kept) <= room && order.length === 0) return kept;
  const text = typeof kept['text/plain'] === 'string' ? kept['text/plain'].slice(0, 1000) : 'An output';
  return {
    'text/plain': `${text}\n(shown as text only: this cell already stores as much as a notebook should; show it in a cell of its own)`,
  };
}

function rank(mime: string): number {
  if (mime === 'text/html') return 0;
  return mime.startsWith('image/') ? 1 : mime.endsWith('+json') ? 3 : 2;
}

function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return Math.ceil(value.length / 3) * 4;
  return (JSON.stringify(value) ?? '').length;
}
