import type { Run } from '../../pipeline/capture/index.js';
import { FrameloomError } from '../../pipeline/core/index.js';
import type { Page } from '../drawing/page.js';
import { attentionSection } from './attentionFigure.js';
import { attentionOf } from './attentionView.js';
import type { AttentionView } from './attentionView.js';
import { compactAttention, compactLatents, compactSteps } from './compact.js';
import { drawFigure } from './figure.js';
import type { FigureHeader, Section } from './figure.js';
import { framesSection } from './framesFigure.js';
import { framesOf } from './framesView.js';
import { inWords } from './inWords.js';
import { latentsSection } from './latentsFigure.js';
import { latentsOf } from './latentsView.js';
import type { RunPayload, RunView } from '../../shared/outputs/index.js';
import type { RunReader } from './runReader.js';
import { scheduleSection } from './scheduleFigure.js';
import { headOf, scheduleOf } from './scheduleView.js';
import { drawStages } from './stagesFigure.js';
import { stagePayloads, stagesOf } from './stagesView.js';
import { stepsSection } from './stepsFigure.js';
import { stepsOf } from './stepsView.js';
import type { Detail } from './storedForms.js';

/** What of a run is shown. */
export interface RunFigureOptions {
  /** What to call it; the prompt by default. */
  readonly title?: string | undefined;
  /** In order; all that something was captured for by default. */
  readonly views?: readonly RunView[] | undefined;
  /** Words whose attention to show; default all that were captured. */
  readonly words?: readonly string[] | undefined;
}

/** A run read for showing. */
export interface RunFigure {
  readonly title: string;
  /** What it shows, for those who cannot see it. */
  readonly description: string;
  /** For the renderer; its atlases are written. */
  readonly payload: RunPayload;
  /** Draws the figure at a scale in pixels to the layout unit. */
  draw(scale: number, detail: Detail): Page;
}

const ALL: readonly RunView[] = ['steps', 'attention', 'frames', 'latents', 'schedule', 'stages'];

/** What a view needs, as one tells a person. */
const needs: Readonly<Partial<Record<RunView, string>>> = {
  steps: "capture: { x0: true, frames: 'linear' }",
  latents: 'capture: { latents: true }',
  attention: "capture: { attention: ['word'] }",
  frames: 'capture: { frameAttention: true }',
};

/**
 * Reads what the views show and writes the atlases.
 *
 * @throws {FrameloomError} `FL_CAPTURE_MISSING` when a single view is asked for and nothing was captured for it.
 */
export async function runFigure(reader: RunReader, { title, views = ALL, words }: RunFigureOptions = {}): Promise<RunFigure> {
  const { run } = reader;
  const wants = (view: RunView): boolean => views.includes(view);
  const only = views.length === 1 ? views[0] : undefined;
  const steps = wants('steps') || wants('attention') || wants('stages') ? await stepsOf(reader) : undefined;
  const latents = wants('latents') ? await latentsOf(reader) : undefined;
  const attention = wants('attention') || wants('stages') ? await attentionOf(reader, words) : undefined;
  const frames = wants('frames') ? await framesOf(reader) : undefined;
  const schedule = scheduleOf(run);
  const stages = wants('stages') ? await stagesOf(reader, attention) : undefined;
  const there: Record<RunView, unknown> = { steps: steps?.material, latents, attention, frames, schedule, stages };
  const shown = views.filter((view) => there[view]);
  if (only && shown.length === 0)
    throw new FrameloomError('FL_CAPTURE_MISSING', `Nothing was captured to show ${only} from. Run it again with ${needs[only]}.`);
  const header = headerOf(run, title);
  /** The overview has room for what is seen; numbers have figures of their own. */
  const sectionsOf = (few: boolean): Section[] => {
    const sections: Section[] = [];
    if (wants('steps') && steps?.material)
      sections.push(stepsSection(few || !only ? compactSteps(steps.material, few ? 'both' : 'steps') : steps.material));
    if (wants('attention') && attention && (only || !few || sections.length === 0))
      sections.push(attentionSection(few ? compactAttention(attention.material) : attention.material));
    if (frames && (only || !few || sections.length === 0)) sections.push(framesSection(frames.material));
    if (latents && (only || sections.length === 0))
      sections.push(latentsSection(few ? compactLatents(latents.material) : latents.material));
    if (wants('schedule') && (only || sections.length === 0 || (!few && sections.length < 2)))
      sections.push(scheduleSection(schedule.material));
    return sections;
  };
  return {
    title: header.title,
    description: inWords({
      steps: wants('steps') ? steps?.material : undefined,
      attention: attention?.material,
      frames: frames?.material,
      latents: latents?.material,
      schedule: wants('schedule') ? schedule.material : undefined,
    }),
    payload: {
      ...headOf(reader, [...shown], title),
      ...steps?.payload,
      latents: latents?.payload,
      ...attentionPayload(attention),
      frameAttention: frames?.payload,
      schedule: wants('schedule') ? schedule.payload : undefined,
      stages: stages && (await stagePayloads(stages)),
    },
    draw: (scale, detail) => (only === 'stages' ? drawStages(stages!, scale) : drawFigure(header, sectionsOf(detail === 'compact'), scale)),
  };
}

function attentionPayload(view: AttentionView | undefined): Pick<RunPayload, 'words' | 'attention'> {
  return view ? { words: view.words, attention: view.attention } : {};
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
