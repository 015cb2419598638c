import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type AttentionSite, type AttentionTap, isOverFrames, keptHeads } from '../onnx/index.js';
import { captureErrors } from './errors.js';
import { isCaptured, type CapturePlan } from '../diffusion/index.js';

/** What a run will be, as far as it is known before it begins. */
export interface ExpectedRun {
  /** Frames of a window. */
  frames: number;
  /** Denoising steps of a window. */
  steps: number;
  /** Windows of the clip; undefined where its length is not known. */
  windows?: number | undefined;
  /** Steps that were done before, for a branch. */
  doneSteps?: number;
  /** Whether the source's latents of every step are kept for what is outside a mask. */
  keepsSource?: boolean;
}

/** Sizes that a captured tensor's bytes follow from. */
export interface TensorSizes {
  /** `[frames, channels, height, width]` of a window's latents. */
  latents: readonly number[];
  /** Frames of the clip that they stand for. */
  clipFrames: number;
  /** Pixels per latent pixel. */
  scaleFactor: number;
  /** Whether the negative prompt has a prediction of its own. */
  guided: boolean;
  /** Further tensors that going on takes at every step: what the scheduler remembers, what a mask keeps of the source. */
  state: number;
  /** Attention to be taken along. */
  tap: AttentionTap | undefined;
}

/** Most bytes that are taken when nobody says how many. */
const DEFAULT_MOST = 8 * 2 ** 30;

/** Bytes of one step of one window, by the option that asks for them. */
export function bytesPerStep(
  { latents, x0, noise, frames: pictures }: CapturePlan,
  { latents: dims, clipFrames, scaleFactor, guided, state, tap }: TensorSizes,
): Map<string, number> {
  const [frames, channels, height, width] = dims as [number, number, number, number];
  const area = frames * height * width;
  const values = area * channels;
  const bytes = new Map<string, number>();
  if (latents) bytes.set('latents', values * 4 * (1 + state));
  if (x0) bytes.set('x0', values * 2);
  if (noise) bytes.set('noise', values * 2 * (guided ? 2 : 1));
  if (pictures) bytes.set('frames', pictures === 'linear' ? area * 3 : clipFrames * height * width * scaleFactor ** 2 * 3);
  if (tap) {
    const { tokens = [] } = tap;
    const words = (site: AttentionSite) => (area / (site.factor ?? 1) ** 2) * tokens.length;
    const mapped = (site: AttentionSite) => 2 * keptHeads(tap, site) * (isOverFrames(site) ? frames ** 2 : words(site));
    bytes.set(
      'attention',
      tap.sites.reduce((sum, site) => sum + mapped(site), 0),
    );
  }
  return bytes;
}

/** The most that may be taken: as asked, or half of what is free where temporary files go. */
export async function allowedBytes({ maxBytes }: CapturePlan): Promise<number> {
  if (maxBytes !== undefined) return maxBytes;
  const drive = await statfs(tmpdir()).catch(() => undefined);
  return drive ? Math.min(DEFAULT_MOST, (drive.bavail * drive.bsize) / 2) : DEFAULT_MOST;
}

/**
 * Refuses a capture that would not fit, before any work is done.
 *
 * @param windowBytes what a window takes once, whatever its steps.
 * @throws {FrameloomError} `FL_CAPTURE_TOO_LARGE` with the numbers and what to leave out.
 */
export function requireRoom(
  plan: CapturePlan,
  perStep: ReadonlyMap<string, number>,
  { steps, windows = 1, doneSteps = 0 }: ExpectedRun,
  allowed: number,
  windowBytes = 0,
): void {
  const stepBytes = [...perStep.values()].reduce((sum, bytes) => sum + bytes, 0);
  const captured = Array.from({ length: steps }, (_, i) => doneSteps + i + 1).filter((step) =>
    isCaptured(plan, step, doneSteps + steps),
  ).length;
  const total = (stepBytes * captured + windowBytes) * windows;
  if (total <= allowed) return;
  const parts = [...perStep].sort(([, a], [, b]) => b - a).map(([name, bytes]) => `${name} ${readable(bytes)}`);
  const fewer = Math.ceil(total / allowed);
  throw captureErrors.tooLarge(
    `Capturing would take ${readable(total)}: ${readable(stepBytes)} a step × ${captured} steps${windowBytes > 0 ? ` + ${readable(windowBytes)} for the mask` : ''}${windows > 1 ? ` × ${windows} windows` : ''}, but only ${readable(allowed)} may be used. ` +
      `A step takes ${parts.join(', ')}. Leave out what is largest${perStep.has('attention') ? ' (fewer words, layers or heads)' : ''}, ` +
      `capture fewer steps (steps: { every: ${fewer} }), or allow more with maxBytes.`,
  );
}

/** `1.5 GB`: three digits, in powers of ten. */
export function readable(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(bytes) / 3)));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
