/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How large the picture is drawn: to fit, or so many screen pixels for each of its own. */
export type Zoom = 'fit' | number;

/** The fixed zooms on offer, in order. */
export const zoomSteps: readonly number[] = [0.25, 0.5, 1, 2, 4, 8];

/** How a picture is drawn. */
export interface Fitting extends Size {
  /** Screen pixels for each pixel of the picture. */
  readonly scale: number;
  /** Whether pixels are shown as squares: right for enlarged small clips, where blur would hide what the model made. */
  readonly crisp: boolean;
}

/**
 * Fits a picture into a room. Enlargements are whole numbers of device pixels, so that every pixel
 * of the picture becomes a square of the same size.
 *
 * @param devicePixels device pixels for each CSS pixel.
 */
export function fit(picture: Size, room: Size, zoom: Zoom, devicePixels = 1): Fitting {
  const scale = zoom === 'fit' ? fittingScale(picture, room, devicePixels) : zoom;
  return {
    scale,
    width: Math.max(1, Math.round(picture.width * scale)),
    height: Math.max(1, Math.round(picture.height * scale)),
    crisp: scale >= 2,
  };
}

function fittingScale(picture: Size, room: Size, devicePixels: number): number {
  const most = Math.min(room.width / picture.width, room.height / picture.height);
  if (!(most > 0)) return 1;
  if (most < 2) return most;
  return Math.max(1, Math.floor(most * devicePixels)) / devicePixels;
}

/** The next larger (`1`) or smaller (`-1`) fixed zoom. */
export function stepZoom(scale: number, direction: 1 | -1): number {
  const candidates = zoomSteps.filter((step) => (direction === 1 ? step > scale + 0.01 : step < scale - 0.01));
  return (direction === 1 ? candidates[0] : candidates.at(-1)) ?? (direction === 1 ? Math.max(...zoomSteps) : Math.min(...zoomSteps));
}
