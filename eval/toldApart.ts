import path from 'node:path';
import type { Frame } from '../src/index.js';
import { Graph } from '../src/pipeline/networks/graph.js';
import { framesToTensor } from '../src/pipeline/networks/pixels.js';

/**
 * The network that tells frames of the embedded model from drawn ones, trained by `training/train_told_apart.py` on clips of
 * training captions. It belongs to the model it was trained on.
 *
 * `model.onnx` takes `frames [batch, 3, 128, 128]` in −1…1 and gives `logits [batch, 1]`, above zero where a frame looks generated.
 */
export class ToldApart {
  private constructor(private readonly graph: Graph) {}

  /** Loads `model.onnx` of a folder. */
  static async load(folder: string): Promise<ToldApart> {
    return new ToldApart(await Graph.load(path.join(folder, 'model.onnx')));
  }

  /** The share of a clip's frames, 0…1, that it takes for generated ones. */
  async lookGenerated(frames: readonly Frame[]): Promise<number> {
    const { logits } = await this.graph.run({ frames: framesToTensor(frames) });
    return logits!.data.filter((logit) => logit > 0).length / frames.length;
  }
}

/** The share of frames told right, of as many drawn as generated ones: .5 is guessing, 1 always right. */
export function shareToldApart(shares: { drawn: number; generated: number }): number {
  return (1 - shares.drawn + shares.generated) / 2;
}
