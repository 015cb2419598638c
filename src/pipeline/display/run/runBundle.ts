import type { Run } from '../../capture/index.js';
import { ArgumentError, FrameloomError } from '../../errors.js';
import { ambientSignal } from '../../ambient.js';
import type { Page } from '../drawing/page.js';
import type { Bundle, ClipPayload } from '../payloads.js';
import { fileFor } from '../sideFolder.js';
import type { SideFolder } from '../sideFolder.js';
import type { Video } from '../../video/index.js';
import { attentionSection } from './attentionFigure.js';
import { attentionOf } from './attentionView.js';
import { compactAttention, compactLatents, compactSteps } from './compact.js';
import { drawFigure } from './figure.js';
import type { FigureHeader, Section } from './figure.js';
import { latentsSection } from './latentsFigure.js';
import { latentsOf } from './latentsView.js';
import { RUN_MIME } from './payload.js';
import type { RunPayload, RunView } from './payload.js';
import { RunReader } from './runReader.js';
import { scheduleSection } from './scheduleFigure.js';
import { headOf, scheduleOf } from './scheduleView.js';
import { drawStages } from './stagesFigure.js';
import { stagePayloads, stagesOf } from './stagesView.js';
import { stepsSection } from './stepsFigure.js';
import { stepsOf } from './stepsView.js';
import { storedForms } from './storedForms.js';
import type { Detail } from './storedForms.js';

/** How a run is shown. */
export interface RunBundleOptions {
  readonly title?: string | undefined;
  /** Which views; default all that something was captured for. */
  readonly views?: readonly RunView[] | undefined;
  /** Words whose attention to show; default all that were captured. */
  readonly words?: readonly string[] | undefined;
  /** Where pictures and maps go. */
  readonly sideFolder: SideFolder;
  /** Characters that the output may take in the notebook. Default 190,000. */
  readonly room?: number | undefined;
}

const ALL: readonly RunView[] = ['steps', 'attention', 'latents', 'schedule', 'stages'];
const ROOM = 190_000;

/** What each view needs, as one tells a person. */
const needs: Readonly<Partial<Record<RunView, string>>> = {
  steps: "capture: { x0: true, frames: 'linear' }",
  latents: 'capture: { latents: true }',
  attention: "capture: { attention: ['word'] }",
};

/**
 * A captured run as an output: the interactive view (rich), a figure that tells the story by itself (HTML and PNG), a
 * line (text). Pictures and maps go into the side folder.
 *
 * @throws {FrameloomError} `FL_CAPTURE_MISSING` when a single view is asked for and nothing was captured for it.
 */
export async function runBundle(run: Run, { title, views = ALL, words, sideFolder, room = ROOM }: RunBundleOptions): Promise<Bundle> {
  const reader = new RunReader(run, sideFolder, ambientSignal());
  const wants = (view: RunView): boolean => views.includes(view);
  const only = views.length === 1 ? views[0] : undefined;
  const steps = wants('steps') || wants('attention') || wants('stages') ? await stepsOf(reader) : undefined;
  const latents = wants('latents') ? await latentsOf(reader) : undefined;
  const attention = wants('attention') || wants('stages') ? await attentionOf(reader, words) : undefined;
  const schedule = scheduleOf(run);
  const stages = wants('stages') ? await stagesOf(reader, attention) : undefined;
  const there: Record<RunView, unknown> = { steps: steps?.material, latents, attention, schedule, stages };
  const shown = views.filter((view) => there[view]);
  if (only && shown.length === 0) throw new FrameloomError('FL_CAPTURE_MISSING', `Nothing was captured to show ${only} from. Run it again with ${needs[only]}.`);
  const payload: RunPayload = {
    ...headOf(reader, [...shown], title),
    ...steps?.payload,
    latents: latents?.payload,
    words: attention?.words,
    attention: attention?.attention,
    schedule: wants('schedule') ? schedule.payload : undefined,
    stages: stages && (await stagePayloads(stages)),
    source: run.source && (await clipOf(run.source, 'Source', sideFolder)),
    result: run.result && (await clipOf(run.result, title, sideFolder)),
  };
  const header = headerOf(run, title);
  const draw = (scale: number, detail: Detail): Page => {
    if (only === 'stages') return drawStages(stages!, scale);
    const few = detail === 'compact';
    const sections: Section[] = [];
    // The overview has room for what is seen; numbers have figures of their own.
    if (wants('steps') && steps?.material) sections.push(stepsSection(few || !only ? compactSteps(steps.material, few ? 'both' : 'steps') : steps.material));
    if (wants('attention') && attention && (only || !few || sections.length === 0)) sections.push(attentionSection(few ? compactAttention(attention.material) : attention.material));
    if (latents && (only || sections.length === 0)) sections.push(latentsSection(few ? compactLatents(latents.material) : latents.material));
    if (wants('schedule') && (only || sections.length < 2)) sections.push(scheduleSection(schedule.material));
    return drawFigure(header, sections, scale);
  };
  const text = describeRun(run);
  return { [RUN_MIME]: payload, ...(await storedForms(draw, { payload, text: `${header.title}. ${text}`, room })), 'text/plain': text };
}

/** `Run of 25 steps (edited: "a big green car"), captured: 25 steps, 8 frames of 128×128, attention of 2 words` */
export function describeRun(run: Run): string {
  const sites = run.sites.length > 0 ? `, attention in ${run.sites.length} layers` : '';
  return `Run of ${run.stepCount} steps (${run.kind}: ${JSON.stringify(run.prompt.slice(0, 200))}), captured: ${run.steps.length} steps of ${run.frames} frames, ${run.width}×${run.height}${sites}`;
}

function headerOf(run: Run, title: string | undefined): FigureHeader {
  const guidance = run.settings.guidanceScale;
  return {
    title: title ?? `${run.kind === 'edited' ? 'Edited to' : 'Generated from'} “${run.prompt}”`,
    facts: [
      ...(title === undefined ? [] : [`“${run.prompt}”`]),
      run.model,
      run.schedule.scheduler,
      `${run.stepCount} steps`,
      ...(run.schedule.strength === undefined ? [] : [`strength ${run.schedule.strength}`]),
      ...(typeof guidance === 'number' ? [`guidance ${guidance}`] : []),
      `seed ${run.seed}`,
    ],
  };
}

/** The clip's file and facts; its pictures are in the atlases. */
async function clipOf(video: Video, title: string | undefined, side: SideFolder): Promise<ClipPayload> {
  const { width, height, fps, duration } = video;
  return { path: await fileFor(video, side, ambientSignal()), title, width, height, fps, duration, frames: video.frameCount ?? Math.round(duration * fps), hasAudio: video.sound !== undefined };
}

/** @throws ArgumentError unless it is a list of words. */
export function checkWords(words: unknown): asserts words is readonly string[] | undefined {
  if (words !== undefined && !(Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string'))) {
    throw new ArgumentError('words', words, "a list of words of the prompt, such as ['car'], or left out for all that were captured");
  }
}
