import type { Atlas, CellLayoutPayload, ComparisonCellPayload, ComparisonPayload } from '../../../shared/outputs/index.js';
import type { AtlasPicture } from '../run/atlasPicture.js';
import { AtlasShelf } from '../run/atlasShelf.js';

/** The sheets of cells that are in sight: each is fetched when its cell is drawn, and let go some time after that left the screen. */
export class SheetShelf {
  private readonly shelf = new AtlasShelf('the cells of this comparison');
  private readonly atlases = new Map<string, Atlas>();

  set onArrival(call: () => void) {
    this.shelf.onArrival = call;
  }

  set onFailure(call: (sentence: string) => void) {
    this.shelf.onFailure = call;
  }

  /** Whether every sheet that was asked for is there. */
  get settled(): boolean {
    return this.shelf.settled;
  }

  /** The sheet of a cell, or undefined while it is on its way. */
  picture(payload: ComparisonPayload, { sheet, layout }: ComparisonCellPayload): AtlasPicture | undefined {
    const atlas = this.atlases.get(sheet.path) ?? atlasOf(sheet.path, payload.layouts[layout]!);
    this.atlases.set(sheet.path, atlas);
    return this.shelf.picture(atlas);
  }

  /** Lets go of a cell's sheet. */
  drop({ sheet }: ComparisonCellPayload): void {
    const atlas = this.atlases.get(sheet.path);
    if (atlas) this.shelf.drop(atlas);
    this.atlases.delete(sheet.path);
  }

  /** Lets go of all. */
  empty(): void {
    this.shelf.empty();
    this.atlases.clear();
  }
}

function atlasOf(path: string, { columns, tileWidth, tileHeight, tiles }: CellLayoutPayload): Atlas {
  return { path, columns, tileWidth, tileHeight, frames: tiles, rows: [''] };
}
