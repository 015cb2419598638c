import { machineMemory, type MachineMemory } from '../core/index.js';
import { type ModelSource, type OnnxModel, readModel } from '../onnx/index.js';
import { gigabytes, memoryErrors } from './memoryErrors.js';
import { requireGraph } from './checkModel.js';
import { loadedNeeds } from './graphNeeds.js';
import type { ModelContents } from './modelContents.js';
import { type MemoryChoice, sessionSettings } from './sessionSettings.js';

/** What a model's memory is spent on, decided before it is loaded. */
export interface MemoryPlan {
  /** `auto` only where there is room to keep all parts, and never for models of clips (Wan, LTX-Video), whose parts take turns. */
  readonly memory: MemoryChoice;
  /** A sentence about what was chosen because memory is short. */
  readonly notice?: string;
}

/** Share of the free memory that parts may take when they are kept; the rest is for pictures, and for pages of files. */
const KEPT_SHARE = 0.5;

/**
 * Decides what memory is spent on, by what loading the parts takes and what is free.
 *
 * @param chosen by whoever loads the model; `auto` by default.
 * @throws {FrameloomError} `FL_MEMORY_SHORT` with the numbers where the model cannot be loaded as chosen; its weights have not been read.
 */
export async function planMemory(
  contents: ModelContents,
  chosen: MemoryChoice = 'auto',
  { freeBytes, of }: MachineMemory = machineMemory(),
): Promise<MemoryPlan> {
  const models = [];
  for (const part of ['text_encoder', 'unet', 'vae_decoder'] as const) models.push(await requireGraph(contents, part));
  const encoder = await contents.graph('vae_encoder');
  const sources = [...models, ...(encoder === undefined ? [] : [encoder])];
  const structures = sources.flatMap((source) => {
    const model = followed(source);
    return model ? [{ model, isBuilt: typeof source !== 'string' }] : [];
  });
  const bytes = (memory: MemoryChoice) =>
    structures.map(({ model, isBuilt }) => loadedNeeds(model, sessionSettings({ memory }, isBuilt)).loadedBytes);
  const together = (memory: MemoryChoice) => bytes(memory).reduce((sum, part) => sum + part, 0);
  const largest = Math.max(0, ...bytes('least'));
  // Parts of a model of clips are at work for minutes and opened in seconds; kept, each would hold what its own calls took.
  if (chosen === 'auto' && largest < freeBytes && (await codesClips(contents))) return { memory: 'least' };
  const needed = chosen === 'least' ? largest : together(chosen);
  if (chosen === 'auto' && needed > KEPT_SHARE * freeBytes && largest < freeBytes) {
    return {
      memory: 'least',
      notice: `${contents.name} takes ${gigabytes(needed)} when all of its parts are kept, and ${gigabytes(freeBytes)} are free: each part is in memory only while it is at work (memory: 'least').`,
    };
  }
  if (needed > freeBytes)
    throw memoryErrors.cannotLoad(contents.name, { needed, free: freeBytes, of, least: chosen === 'least' ? undefined : largest });
  return { memory: chosen };
}

/** Whether a model's own autoencoder, built over weights that stay in their file, is one of clips. */
async function codesClips(contents: ModelContents): Promise<boolean> {
  const decoder = await contents.graph('vae_decoder');
  return decoder !== undefined && typeof decoder !== 'string' && decoder.inputs[0]?.dims.length === 5;
}

/** A graph's structure; undefined of a file that cannot be followed, which loading it will explain better. */
function followed(source: ModelSource): OnnxModel | undefined {
  try {
    return readModel(source);
  } catch {
    return undefined;
  }
}
