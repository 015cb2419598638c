import { ArgumentError, type Frame, Tensor } from '../../core/index.js';
import { type Conditioning, type ControlNet, gatherRows, sumResiduals } from '../../networks/index.js';
import type { Video } from '../../video/index.js';
import { conditionTerms, type Guidance } from '../guidance.js';
import { cannyEdges } from './cannyEdges.js';
import { framesOf } from './framesOf.js';
import type { FamilyRun, ModelFamily, ShownFrames } from './modelFamily.js';

/** Where a run stands, as what changes on the way sees it. */
export interface GuidanceStep {
  /** Steps done before, from 0. */
  readonly index: number;
  /** Steps of the run; each call of the UNet counts. */
  readonly steps: number;
}

/** One ControlNet in a run, and what the run says of it. */
export interface Control {
  /** The network. */
  readonly net: ControlNet;
  /** What it is shown; the source where undefined. */
  readonly clip: Video | undefined;
  /** Whether it is shown only the edges of that. */
  readonly edges: boolean;
  /** What its residuals are multiplied by. */
  readonly scale: number;
  /** Share of the run, 0…1, from which on it steers. */
  readonly start: number;
  /** Share of the run up to which it steers. */
  readonly end: number;
}

/**
 * The run's ControlNets with what the options say of each; none where the model has none.
 *
 * @param edits whether there is a source, which they see where nothing else is given.
 * @throws {ArgumentError} for lists that are not as long as the model has ControlNets, and where one has nothing to see.
 */
export function controlsOf(
  { model, options, family }: Pick<FamilyRun, 'model' | 'options'> & { readonly family: ModelFamily },
  edits: boolean,
): readonly Control[] {
  const nets = model.controlNets;
  const { controlClip, controlEdges, controlnetConditioningScale, controlGuidanceStart, controlGuidanceEnd } = options;
  const given = Object.entries({ controlClip, controlEdges, controlnetConditioningScale, controlGuidanceStart, controlGuidanceEnd });
  for (const [name, value] of given) {
    if (value === undefined || (family.showsControlClip && (name === 'controlClip' || name === 'controlEdges'))) continue;
    if (nets.length === 0)
      throw new ArgumentError(name, value, `left out with ${model.name}, which was loaded without a ControlNet (controlNet)`);
    if (Array.isArray(value) && value.length !== nets.length)
      throw new ArgumentError(name, value, `one value, or a list of ${nets.length}: one for each ControlNet of ${model.name}`);
  }
  if (nets.length > 0 && controlClip === undefined && !edits)
    throw new ArgumentError(
      'controlClip',
      controlClip,
      `a Video (--control-clip) that the ControlNet of ${model.name} is shown, or a list of them`,
    );
  return nets.map((net, i) => {
    const start = nth(controlGuidanceStart, i) ?? 0;
    const end = nth(controlGuidanceEnd, i) ?? 1;
    if (start >= end) throw new ArgumentError('controlGuidanceStart', start, `a share of the run below controlGuidanceEnd, ${end}`);
    return {
      net,
      clip: nth(controlClip, i),
      edges: nth(controlEdges, i) ?? false,
      scale: nth(controlnetConditioningScale, i) ?? 1,
      start,
      end,
    };
  });
}

/** What a run's ControlNets add to its guidance at every step, for some frames. */
export async function controlFrames(
  { size, options }: FamilyRun,
  controls: readonly Control[],
  { frames, pictures }: ShownFrames,
): Promise<(guidance: Guidance, step: GuidanceStep) => Guidance> {
  const seen = new Map<Control, Tensor>();
  for (const control of controls) {
    const shown = control.clip ? await framesOf(control.clip, frames, size, options) : pictures!;
    seen.set(control, unitPixels(control.edges ? shown.map((frame) => cannyEdges(frame)) : shown));
  }
  return (guidance, step) => {
    const active = controls.filter((control) => isActive(control, step));
    if (active.length === 0) return guidance;
    const inputs: Conditioning['inputs'] = async ({ latents, frames: rows, timestep, embeddings }) => {
      const all = [];
      for (const control of active)
        all.push(await control.net.residuals(latents, timestep, embeddings, gatherRows(seen.get(control)!, rows), control.scale));
      return sumResiduals(all);
    };
    return conditionTerms(guidance, (told) => ({ ...told, inputs }));
  };
}

/** Whether a step lies within shares of the run, counted as diffusers counts: a step that is cut by either end does not. */
export function isActive({ start, end }: Pick<Control, 'start' | 'end'>, { index, steps }: GuidanceStep): boolean {
  return index / steps >= start && (index + 1) / steps <= end;
}

function nth<Value>(given: Value | readonly Value[] | undefined, i: number): Value | undefined {
  return Array.isArray(given) ? (given as readonly Value[])[i] : (given as Value | undefined);
}

/** Frames to `[frames, 3, height, width]` in 0…1, as ControlNets take them. */
function unitPixels(frames: readonly Frame[]): Tensor {
  const { width, height } = frames[0]!;
  const area = width * height;
  const out = Tensor.zeros([frames.length, 3, height, width]);
  for (const [frame, { data }] of frames.entries())
    for (let i = 0; i < area; i++)
      for (let channel = 0; channel < 3; channel++) out.data[(frame * 3 + channel) * area + i] = data[3 * i + channel]! / 255;
  return out;
}
