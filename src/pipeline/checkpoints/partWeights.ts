import { readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  ForeignFileProblem,
  readSafetensorsHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
  SafetensorsProblem,
  shortName,
} from '../core/index.js';
import { Weights } from '../onnx/index.js';
import { checkpointErrors } from './errors.js';

/** `diffusion_pytorch_model.fp16-00001-of-00002.safetensors`; the variant stands before the numbers, or in older files behind. */
const weightsName = /^(?:diffusion_pytorch_model|model)(?:\.(\w+))?(?:-(\d{5})-of-(\d{5}))?(?:\.(\w+))?\.safetensors$/;

/** Variants in the order of preference, where nobody chose: the plain files, then halves. */
const preferred = ['', 'fp16', 'bf16'];

/** Most files that one part is cut into. */
const MOST_SHARDS = 1000;

/**
 * The tensors of one part of a diffusers folder: of one file, of several (shards), or of a variant (`.fp16.safetensors`).
 *
 * @param folder such as `unet/`; links, as in the Hub's cache, are fine.
 * @param variant `fp16`, or another word in the files' names; by default the plain files, and others only where there are no plain ones.
 * @throws {FrameloomError} `FL_CHECKPOINT_MISSING` where files are missing, `FL_CHECKPOINT_DAMAGED`, `FL_CHECKPOINT_FILE`.
 */
export async function readPartWeights(folder: string, variant?: string): Promise<Weights> {
  const files = await chooseFiles(folder, variant);
  const tensors = new Map<string, SafetensorsEntry>();
  for (const name of files) {
    const file = path.join(folder, name);
    for (const [tensor, entry] of (await readCheckpointHeader(file)).tensors) {
      if (tensors.has(tensor)) throw checkpointErrors.twice(file, shortName(tensor));
      tensors.set(tensor, entry);
    }
  }
  return new Weights(tensors, path.join(path.basename(folder), files[0]!));
}

/** Whether a part's folder has weights in safetensors. */
export async function hasPartWeights(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).some((name) => name.endsWith('.safetensors'));
}

/** As {@link readSafetensorsHeader}. @throws {FrameloomError} `FL_CHECKPOINT_DAMAGED`, `FL_CHECKPOINT_FILE`. */
export async function readCheckpointHeader(file: string): Promise<SafetensorsHeader> {
  return readSafetensorsHeader(file).catch((problem: unknown) => {
    if (problem instanceof SafetensorsProblem) throw checkpointErrors.damaged(file, problem.phrase, problem.cause);
    if (problem instanceof ForeignFileProblem) throw checkpointErrors.unreadable(file, problem.phrase, problem.cause);
    throw checkpointErrors.unreadable(file, `cannot be read (${(problem as NodeJS.ErrnoException).code ?? 'unknown reason'})`, problem);
  });
}

async function chooseFiles(folder: string, wanted: string | undefined): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).sort();
  const variants = new Map<string, { files: string[]; count: number; shard: (number: number) => string }>();
  for (const name of names) {
    const [, before, number, of, behind] = weightsName.exec(name) ?? [];
    if (!weightsName.test(name)) continue;
    const variant = before ?? behind ?? '';
    const known = variants.get(variant);
    // A whole file and shards beside each other are the same weights twice.
    if (known && (number === undefined || known.count === 1)) continue;
    const shard = (which: number) => name.replace(`-${number}-of-`, `-${String(which).padStart(5, '0')}-of-`);
    variants.set(variant, { files: [...(known?.files ?? []), name], count: Number(of ?? 1), shard });
  }
  // A folder that was put together by hand may call its only file anything.
  const others = names.filter((name) => name.endsWith('.safetensors'));
  if (variants.size === 0 && others.length === 1 && wanted === undefined) return others;
  const order = [...preferred, ...[...variants.keys()].filter((variant) => !preferred.includes(variant))];
  const chosen = variants.get(wanted ?? order.find((variant) => variants.has(variant)) ?? '');
  if (!chosen)
    throw wanted === undefined || variants.size === 0
      ? checkpointErrors.noWeights(folder, names)
      : checkpointErrors.noVariant(folder, wanted, [...variants.keys()]);
  if (chosen.count > MOST_SHARDS) throw checkpointErrors.noWeights(folder, names);
  for (let which = 1; which <= chosen.count; which++) {
    if (chosen.count > 1 && !chosen.files.includes(chosen.shard(which)))
      throw checkpointErrors.missingShard(folder, chosen.shard(which), chosen.count);
  }
  return chosen.files.slice(0, chosen.count);
}
