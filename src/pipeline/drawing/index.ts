/** Drawings as SVG, in fonts that can write what prompts are written in, their pixels, and PNG files. */
export { useSystemFontFolders } from './fonts.js';
export { chunk, pngFile, type PngHeader, plainRows, quickPngUri } from './pngFile.js';
export { type Colour, Drawing, type RgbaPicture, type TextLine, paint, short } from './svg.js';
export { shortened, widthOf, wrapped } from './text.js';
