import type { DiffusionOptions } from './options.js';

/** Where remarks go when nobody asked for them. */
export function notice(options: Pick<DiffusionOptions, 'onNotice'>, text: string): void {
  if (options.onNotice) options.onNotice(text);
  else console.warn(text);
}
