import type { Atlas } from '../../../shared/outputs/index.js';
import { AtlasPicture } from './atlasPicture.js';
import { bytesOf } from './pictureSize.js';

/** The atlases of an output, each fetched and decoded once, when it is first asked for. */
export class AtlasShelf {
  /** Called when a picture has come. */
  onArrival: () => void = () => undefined;
  /** Called with a sentence for the reader when a picture cannot be had. */
  onFailure: (sentence: string) => void = () => undefined;
  private readonly pictures = new Map<Atlas, AtlasPicture | 'coming' | 'failed'>();
  /** Counts emptyings, so that what arrives late is let go. */
  private round = 0;

  /** @param what what the pictures are of, for the reader. */
  constructor(private readonly what = 'this run') {}

  /** The picture, or undefined while it is on its way or cannot be had. */
  picture(atlas: Atlas): AtlasPicture | undefined {
    const known = this.pictures.get(atlas);
    if (known instanceof AtlasPicture) return known;
    if (known === undefined) void this.fetch(atlas, this.round);
    return undefined;
  }

  /** Whether every picture that was asked for is there. */
  get settled(): boolean {
    return ![...this.pictures.values()].includes('coming');
  }

  /** Lets go of one picture; it is fetched anew when it is asked for again. */
  drop(atlas: Atlas): void {
    const picture = this.pictures.get(atlas);
    if (picture instanceof AtlasPicture) picture.close();
    this.pictures.delete(atlas);
  }

  /** Lets go of all pictures; they are fetched anew when they are asked for again. */
  empty(): void {
    this.round++;
    for (const picture of this.pictures.values()) if (picture instanceof AtlasPicture) picture.close();
    this.pictures.clear();
  }

  private async fetch(atlas: Atlas, round: number): Promise<void> {
    this.pictures.set(atlas, 'coming');
    try {
      const picture = await AtlasPicture.decode(atlas, await fileOf(atlas, this.what));
      if (round !== this.round || this.pictures.get(atlas) !== 'coming') return picture.close();
      this.pictures.set(atlas, picture);
    } catch (error) {
      if (round !== this.round || this.pictures.get(atlas) !== 'coming') return;
      this.pictures.set(atlas, 'failed');
      const reason = error instanceof Error ? error.message : String(error);
      this.onFailure(
        /^(is|holds) /.test(reason)
          ? `The picture ${atlas.path ?? 'of this output'} ${reason}. Run the cell again to make it anew.`
          : reason,
      );
    }
    this.onArrival();
  }
}

async function fileOf({ path, picture }: Atlas, what: string): Promise<Uint8Array> {
  if (picture !== undefined) return bytesOf(picture);
  if (path === undefined) throw new Error(`The notebook holds no pictures of ${what}. Save the notebook and run the cell again.`);
  // The notebook's page has the notebook's folder as its base, so a relative address finds the side folder.
  const reply = await fetch(new URL(path.split('/').map(encodeURIComponent).join('/'), document.baseURI)).catch(() => undefined);
  if (reply?.ok) return new Uint8Array(await reply.arrayBuffer());
  throw new Error(
    `The pictures of ${what} (${path}) are not beside this notebook. Keep the folder ${path.split('/')[0]} next to the .ipynb file, or run the cell again.`,
  );
}
