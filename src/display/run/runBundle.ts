import { ambientSignal } from '../../pipeline/core/index.js';
import type { Run } from '../../pipeline/capture/index.js';
import type { Video } from '../../pipeline/video/index.js';
import { RUN_MIME } from '../../shared/outputs/index.js';
import type { Bundle, ClipPayload, RunPayload } from '../../shared/outputs/index.js';
import { fileFor } from '../sideFolder.js';
import type { SideFolder } from '../sideFolder.js';
import { runFigure } from './runFigure.js';
import type { RunFigureOptions } from './runFigure.js';
import { RunReader } from './runReader.js';
import { storedForms } from './storedForms.js';

/** How a run is shown, and where its pictures go. */
export interface RunBundleOptions extends RunFigureOptions {
  /** Where pictures and maps go. */
  readonly sideFolder: SideFolder;
  /** Characters that the output may take in the notebook. Default 170,000. */
  readonly room?: number | undefined;
}

/** What a cell stores, less a live preview beside it. */
const ROOM = 170_000;

/**
 * A captured run as an output: the interactive view (rich), a figure that tells the story by itself (HTML and PNG), a
 * line (text). Pictures and maps go into the side folder.
 *
 * @throws {FrameloomError} `FL_CAPTURE_MISSING` when a single view is asked for and nothing was captured for it.
 */
export async function runBundle(run: Run, { sideFolder, room = ROOM, ...options }: RunBundleOptions): Promise<Bundle> {
  const { title, description, payload: views, draw } = await runFigure(new RunReader(run, sideFolder, ambientSignal()), options);
  const payload: RunPayload = {
    ...views,
    source: run.source && (await clipOf(run.source, 'Source', sideFolder)),
    result: run.result && (await clipOf(run.result, options.title, sideFolder)),
  };
  const text = describeRun(run);
  return {
    [RUN_MIME]: payload,
    ...(await storedForms(draw, { payload, text: `${title}. ${text}. ${description}`, room })),
    'text/plain': text,
  };
}

/** `Run of 25 steps (edited: "a big green car"), captured: 25 steps of 8 frames, 128×128, attention in 7 layers` */
export function describeRun(run: Run): string {
  const sites = run.sites.length > 0 ? `, attention in ${run.sites.length} layers` : '';
  return `Run of ${run.stepCount} steps (${run.kind}: ${JSON.stringify(run.prompt.slice(0, 200))}), captured: ${run.steps.length} steps of ${run.frames} frames, ${run.width}×${run.height}${sites}`;
}

/** The clip's file and facts; its pictures are in the atlases. */
async function clipOf(video: Video, title: string | undefined, side: SideFolder): Promise<ClipPayload> {
  const { width, height, fps, duration } = video;
  return {
    path: await fileFor(video, side, ambientSignal()),
    title,
    width,
    height,
    fps,
    duration,
    frames: video.frameCount ?? Math.round(duration * fps),
    hasAudio: video.sound !== undefined,
  };
}
