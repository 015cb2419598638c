import type { Atlas } from '../../../shared/outputs/index.js';
import { pictureSize } from './pictureSize.js';

/** Most pixels of an atlas: what browsers decode without trouble. */
const maxPixels = 1 << 27;

/** What is wrong with a file that should hold an atlas; undefined when its header fits. */
export function misfit({ columns, tileWidth, tileHeight, frames, rows }: Atlas, file: Uint8Array): string | undefined {
  const size = pictureSize(file);
  if (!size) return 'is no PNG, JPEG or WebP file';
  const { width, height } = size;
  const tiles = rows.length * frames;
  if (width * height > maxPixels) return `is too large: ${width} × ${height} pixels`;
  const needed = { width: Math.min(columns, tiles) * tileWidth, height: Math.ceil(tiles / columns) * tileHeight };
  if (width < needed.width || height < needed.height)
    return `holds ${width} × ${height} pixels, but its tiles need ${needed.width} × ${needed.height}`;
  return undefined;
}
