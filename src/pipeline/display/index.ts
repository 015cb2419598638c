/** Showing values: in a notebook of ours, in Jupyter, or in a terminal. */
export { compare, show } from './show.js';
export type { ShowOptions } from './show.js';
