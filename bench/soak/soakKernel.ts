import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KernelClient } from '../../src/kernelHost/index.js';

const root = path.join(__dirname, '..', '..');

/** Where kernels of a soak work: a notebook's folder, and a folder for temporary files that nothing else writes to. */
export class SoakPlace {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'frameloom-soak-'));
  private readonly temporary = path.join(this.folder, 'temporary');
  private readonly ownTemporary = process.env.TMPDIR;

  constructor() {
    mkdirSync(this.temporary);
    process.env.TMPDIR = this.temporary;
  }

  /** A fresh kernel for the one notebook here. */
  kernel(): Promise<KernelClient> {
    return KernelClient.start({
      script: path.join(root, 'dist', 'kernel.js'),
      folder: this.folder,
      notebookPath: path.join(this.folder, 'story.ipynb'),
    });
  }

  /** What kernels left that is no output: temporary files, drafts and halves of outputs. */
  leftovers(): string[] {
    const below = (folder: string): string[] =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name));
    return [...below(this.temporary), ...below(this.folder).filter((name) => /\.part$|\.partial-/.test(name))];
  }

  close(): void {
    if (this.ownTemporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = this.ownTemporary;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A cell that loads a model whose steps take milliseconds, and a clip for it. */
export const preparation = `import { LatentDiffusionModel, Video, show } from 'frameloom';
const model = await LatentDiffusionModel.fromPretrained(${JSON.stringify(path.join(root, 'test', 'parity', 'tiny-sd'))}, { threads: 1 });
const clip = await (await Video.open(${JSON.stringify(path.join(root, 'media', 'samples', 'red-car.mp4'))}, { maxFrames: 4 })).resize({ width: 64, height: 64 });`;

/**
 * A cell that edits and shows the clip.
 *
 * @param steps so many that it lasts as long as one likes.
 * @param captures whether every step goes into a temporary file.
 */
export function editing(steps: number, seed: number, captures = false): string {
  const capture = captures ? ', capture: { latents: true, memoryLimit: 0 }' : '';
  return `await show(await model.editVideo(clip, 'a red car', { method: 'sdedit', strength: 1, scheduler: 'ddim', numInferenceSteps: ${steps}, seed: ${seed}, onNotice() {}${capture} }));`;
}
