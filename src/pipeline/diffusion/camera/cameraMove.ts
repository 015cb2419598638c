import { ArgumentError, checkOptions, number, type OptionCheck, wholeNumber } from '../../core/index.js';
import {
  type FrameNumbers,
  isSchedule,
  type NumberRange,
  type NumberSchedule,
  numberScheduleCheck,
  numbersOf,
  type ScheduledClip,
} from '../keyframes/index.js';

/**
 * How the camera moves from each frame to the next, as in Deforum's two-dimensional mode: each is one number or a {@link NumberSchedule} over the frames. What is said at
 * a frame leads to it from the one before; the first frame stays.
 */
export interface CameraMove {
  /** What the picture grows by, around its middle, 0.5…2: 1.02 for 2 % in each frame, below 1 to move away; 1 by default. */
  zoom?: NumberSchedule;
  /** Degrees by which it turns, anticlockwise, −180…180; 0 by default. */
  angle?: NumberSchedule;
  /** Pixels of the size worked at by which it moves to the right, −1000…1000; 0 by default. */
  translationX?: NumberSchedule;
  /** Pixels by which it moves down, −1000…1000; 0 by default. */
  translationY?: NumberSchedule;
  /**
   * Generating only: how many steps are left where the first frame's latents are moved to the others' places; Text2Video-Zero's t0, 88 % of the steps by default, 42 %
   * with motion models.
   */
  t0?: number;
  /** Generating only: how many steps are left where all frames go on together, above t0; Text2Video-Zero's t1, 94 % of the steps by default, 50 % with motion models. */
  t1?: number;
}

/** What may differ from frame to frame: the range of its numbers, and the number that changes nothing. */
const motions = {
  zoom: { range: [0.5, 2], still: 1 },
  angle: { range: [-180, 180], still: 0 },
  translationX: { range: [-1000, 1000], still: 0 },
  translationY: { range: [-1000, 1000], still: 0 },
} as const satisfies Readonly<Record<string, { range: NumberRange; still: number }>>;

type Motion = keyof typeof motions;

const motionCheck = (name: Motion): OptionCheck => {
  const range: NumberRange = motions[name].range;
  return numberScheduleCheck(number(...range), range);
};

/** Checks of the option `camera`. */
export const cameraCheck: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'an object with motions: { zoom: 1.02, angle: 0 }';
  checkOptions<CameraMove>('camera', value, {
    zoom: motionCheck('zoom'),
    angle: motionCheck('angle'),
    translationX: motionCheck('translationX'),
    translationY: motionCheck('translationY'),
    t0: wholeNumber(0, 999),
    t1: wholeNumber(1, 1000),
  });
  return undefined;
};

/** Where in the first picture a place of a frame comes from: `x′ = a·x + b·y + c`, `y′ = d·x + e·y + f`, in pixels. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const still: Affine = [1, 0, 0, 0, 1, 0];

/**
 * Where in the still picture the places of every frame come from. Each frame is the one before, moved, then turned and enlarged around the picture's middle
 * (Deforum's `anim_frame_warp_2d`).
 *
 * @param size of the picture in pixels.
 * @throws what {@link numbersOf} throws.
 */
export async function cameraPath(
  camera: CameraMove,
  clip: ScheduledClip,
  size: { readonly width: number; readonly height: number },
): Promise<Affine[]> {
  if (clip.frameCount === undefined)
    throw new ArgumentError(
      'camera',
      'given',
      'left out for a clip of which nobody knows how many frames it has, or give maxFrames (--max-frames)',
    );
  const numbers = new Map<Motion, FrameNumbers>();
  for (const name of Object.keys(motions) as Motion[]) {
    const said = camera[name];
    if (isSchedule(said)) numbers.set(name, await numbersOf(`camera.${name}`, said, clip, motions[name].range));
  }
  const at = (name: Motion, frame: number) => numbers.get(name)?.[frame] ?? (camera[name] as number | undefined) ?? motions[name].still;
  const path: Affine[] = [];
  for (let frame = 0; frame < clip.frameCount; frame++)
    path.push(
      frame === 0
        ? still
        : after(
            path[frame - 1]!,
            backwards(at('zoom', frame), at('angle', frame), at('translationX', frame), at('translationY', frame), size),
          ),
    );
  return path;
}

/** Where the places of a frame come from in the one before. */
function backwards(
  zoom: number,
  angle: number,
  x: number,
  y: number,
  { width, height }: { readonly width: number; readonly height: number },
): Affine {
  const radians = (angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians) / zoom, Math.sin(radians) / zoom];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  return [cos, -sin, middleX - cos * middleX + sin * middleY - x, sin, cos, middleY - sin * middleX - cos * middleY - y];
}

/** First `second`, then `first`. */
function after([a, b, c, d, e, f]: Affine, [g, h, i, j, k, l]: Affine): Affine {
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}
