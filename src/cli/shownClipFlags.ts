import { type DiffusionOptions, Video, type VideoCondition, type VideoOpenOptions } from '../index.js';
import { oneOrEach } from './flagValues.js';

/** A picture or clip that is given, with where it stands and how strongly. */
export interface ConditionFlag {
  readonly file: string;
  readonly frameIndex?: number;
  readonly strength?: number;
}

/** A condition's file, place and strength, `last.png@16:0.8`, after those that were given before. */
export function condition(text: string, before: ConditionFlag[] = []): ConditionFlag[] {
  // A colon with anything but a number behind it belongs to the path: drives of Windows.
  const [, file = text, frame, strength] = /^(.+?)(?:@(\d+))?(?::([-+]?(?:\d+\.?\d*|\.\d+)))?$/.exec(text) ?? [];
  return [
    ...before,
    {
      file,
      ...(frame === undefined ? {} : { frameIndex: Number(frame) }),
      ...(strength === undefined ? {} : { strength: Number(strength) }),
    },
  ];
}

/** Flags that name clips which a run is shown beside its input. */
export interface ShownClipFlags {
  controlClip?: string[];
  referenceImage?: string[];
  condition?: ConditionFlag[];
  ffmpeg?: string;
}

/** Opens the clips that the network is shown beside the input. */
export async function openShownClips(
  { controlClip, referenceImage, condition: conditions = [], ffmpeg }: ShownClipFlags,
  options: Pick<VideoOpenOptions, 'signal' | 'onNotice'>,
): Promise<ShownClips> {
  const openAll = async (files: readonly string[] = []) => {
    const clips: Video[] = [];
    for (const file of files) clips.push(await Video.open(file, { ...options, ffmpegPath: ffmpeg }));
    return clips;
  };
  const someOf = <Value>(values: readonly Value[]) => (values.length > 0 ? values : undefined);
  const videos = await openAll(conditions.map(({ file }) => file));
  const placed = conditions.map(({ frameIndex, strength }, i) => ({ video: videos[i]!, frameIndex, strength }));
  return {
    controlClip: oneOrEach(someOf(await openAll(controlClip))),
    referenceImages: someOf(await openAll(referenceImage)),
    conditions: someOf(placed),
  };
}

/** Options that are clips beside the input. */
type ShownClips = Pick<DiffusionOptions, 'controlClip' | 'referenceImages'> & {
  readonly conditions?: readonly VideoCondition[] | undefined;
};

/** The files of those clips, which nothing may be written over. */
export function shownFiles({ controlClip = [], referenceImage = [], condition: conditions = [] }: ShownClipFlags): string[] {
  return [...controlClip, ...referenceImage, ...conditions.map(({ file }) => file)];
}

/** Closes what {@link openShownClips} opened. */
export async function closeShownClips({ controlClip, referenceImages, conditions = [] }: ShownClips): Promise<void> {
  for (const each of [controlClip, referenceImages, conditions.map(({ video }) => video)].flat()) await each?.close();
}
