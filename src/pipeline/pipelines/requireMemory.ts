import { machineMemory, type MachineMemory } from '../core/index.js';
import { type ContextPlan, type DiffusionOptions, notice } from '../diffusion/index.js';
import { gigabytes, type LatentDiffusionNetworks, memoryErrors, type PartNeeds, type RunNeeds, type RunSize } from '../networks/index.js';

/** Bytes that a run took that went well with a model: what it left in memory needs no room again. */
const taken = new WeakMap<LatentDiffusionNetworks, number>();

/**
 * Refuses a run that would not fit into memory, before anything is read or computed; says so where memory is short but enough.
 *
 * @param framesOption the option by which a window gets fewer frames, for the message; none where there is no such option.
 * @throws {ArgumentError} for a size that the model cannot work at; {@link FrameloomError} `FL_MEMORY_SHORT` with the numbers and what to do.
 */
export function requireMemory(
  model: LatentDiffusionNetworks,
  options: Pick<DiffusionOptions, 'onNotice'>,
  size: RunSize,
  framesOption: 'numFrames' | 'windowFrames' | undefined,
  memory: () => MachineMemory = machineMemory,
): void {
  model.requireSize(size.width, size.height);
  const told = model.takeMemoryNotice();
  if (told !== undefined) notice(options, told);
  // What a device of its own has, nobody tells.
  if (model.unet.graph.use.device !== 'cpu') return;
  const needs = model.needsOf(size);
  if (needs.runningBytes <= (taken.get(model) ?? 0)) return;
  const { freeBytes, of } = memory();
  if (needs.runningBytes - (taken.get(model) ?? 0) > freeBytes) {
    const { width, height } = size;
    const frames = size.clipFrames ?? size.frames;
    throw memoryErrors.cannotRun(
      `Running ${model.name} with ${frames === 1 ? 'a frame' : `${frames} frames`} of ${width} × ${height}`,
      { needed: needs.runningBytes, free: freeBytes, of },
      describeNeeds(needs),
      advice(model, size, framesOption, freeBytes),
    );
  }
  taken.set(model, needs.runningBytes);
}

/** Frames that a run of `frames` frames works on, and holds, at a time; windows inside of motion modules leave the network all of them. */
export function heldFrames(context: ContextPlan | undefined, frames: number): Pick<RunSize, 'frames' | 'clipFrames'> {
  return context && !context.inside && context.frames < frames ? { frames: context.frames, clipFrames: frames } : { frames };
}

/** `unet 1.2 GB, vae_decoder 800 MB, frames 50 MB`, the largest first. */
function describeNeeds({ parts, frameBytes }: RunNeeds): string {
  const bytesOf = ({ loadedBytes, callBytes }: PartNeeds) => loadedBytes + callBytes;
  return [...parts.map((part): [string, number] => [part.part, bytesOf(part)]), ['frames', frameBytes] as [string, number]]
    .sort(([, a], [, b]) => b - a)
    .map(([name, bytes]) => `${name} ${gigabytes(bytes)}`)
    .join(', ');
}

/** What would fit. */
function advice(model: LatentDiffusionNetworks, size: RunSize, framesOption: string | undefined, freeBytes: number): string[] {
  const fits = (changed: RunSize) => model.needsOf(changed).runningBytes <= freeBytes;
  const sentences: string[] = [];
  const all = size.clipFrames ?? size.frames;
  const shorter = (frames: number): RunSize => ({ ...size, frames: Math.min(frames, size.frames), clipFrames: size.clipFrames && frames });
  const fewer = [all >> 1, all >> 2, 1].find((frames) => frames >= 1 && fits(shorter(frames)));
  const canBeFewer = model.unet.fixedFrames === undefined || size.clipFrames !== undefined;
  if (framesOption !== undefined && canBeFewer && fewer !== undefined && fewer < all)
    sentences.push(`With ${framesOption}: ${fewer} it takes ${gigabytes(model.needsOf(shorter(fewer)).runningBytes)}.`);
  const smaller = smallerSizes(model, size).find(fits);
  if (smaller && !model.unet.fixedSize)
    sentences.push(`At ${smaller.width} × ${smaller.height} it takes ${gigabytes(model.needsOf(smaller).runningBytes)}.`);
  if (model.memoryPlan.memory !== 'least')
    sentences.push("Loaded with memory: 'least' (--memory least), the model takes less: each part is in memory only while it is at work.");
  return sentences.length > 0 ? sentences : ['Close other programs, or take a smaller model.'];
}

/** Three quarters, half and a quarter of both sides, on the model's grid. */
function smallerSizes({ sizeMultiple }: LatentDiffusionNetworks, size: RunSize): RunSize[] {
  const onGrid = (side: number) => Math.max(sizeMultiple, Math.round(side / sizeMultiple) * sizeMultiple);
  return [0.75, 0.5, 0.25].map((share) => ({ ...size, width: onGrid(size.width * share), height: onGrid(size.height * share) }));
}
