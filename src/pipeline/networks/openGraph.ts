import { createPrivateFolder, type Tensor } from '../core/index.js';
import { GraphRewriter, type ModelSource, readModel, writeModel } from '../onnx/index.js';
import path from 'node:path';
import { chosenDevice, devicesToTry, type DeviceName, type DeviceUse, onProcessor, type Spelling, spellingsFor } from './devices.js';
import { deviation, MOST_DEVIATION, trialFeeds } from './deviceTrial.js';
import { modelErrors, reasonOf } from './errors.js';
import { Graph } from './graph.js';
import type { GraphOptions, SessionOptions } from './graphOptions.js';
import { nodesOnProcessor } from './profile.js';

/**
 * Opens a network on the device that the options choose.
 *
 * A device other than the processor is given something small to compute first, as is the processor: only where both give the same numbers is it used. Where its operator
 * for attention gives others, attention is tried in plain steps.
 *
 * @throws {FrameloomError} `FL_MODEL_DEVICE` for a device that was named and cannot be used; `FL_MODEL_LOAD`, `FL_MODEL_FILE`.
 */
export async function openGraph(source: ModelSource, { device, ...options }: GraphOptions = {}): Promise<Graph> {
  const choice = chosenDevice(device);
  const trial = new Trial(source, options);
  try {
    for (const tried of devicesToTry(choice)) {
      const graph = await trial.on(tried);
      if (graph) return graph;
      if (choice !== 'auto') throw modelErrors.device(tried, trial.label, trial.refused.at(-1)!.why);
    }
    return await trial.onProcessor();
  } finally {
    await trial.end();
  }
}

/** Asked once of each device, since drivers complain on the terminal each time. */
const missing = new Map<DeviceName, Promise<string | undefined>>();

function whyMissing(device: DeviceName): Promise<string | undefined> {
  const known = missing.get(device) ?? Graph.whyMissing(device);
  missing.set(device, known);
  return known;
}

/** A network that is tried on one device after the other. */
class Trial {
  readonly refused: { device: DeviceName; why: string }[] = [];
  private processor: Graph | undefined;
  private expected: Record<string, Tensor> | undefined;

  constructor(
    private readonly source: ModelSource,
    private readonly options: SessionOptions,
  ) {}

  /** For messages. */
  get label(): string {
    return typeof this.source === 'string' ? this.source : this.source.label;
  }

  /** The network on the processor, which was loaded already where something was compared with it. */
  async onProcessor(): Promise<Graph> {
    const graph = this.processor ?? (await Graph.open(this.source, this.options));
    this.processor = undefined;
    graph.use = { ...onProcessor, refused: this.refused };
    return graph;
  }

  /** The network on a device; undefined, with the reason in {@link refused}, where it cannot be used. */
  async on(device: DeviceName): Promise<Graph | undefined> {
    let why = (await whyMissing(device)) ?? '';
    if (why !== '') return void this.refused.push({ device, why });
    for (const spelling of spellingsFor(device)) {
      const tried = await this.spelt(device, spelling);
      if (tried instanceof Graph) return tried;
      why = why === '' || tried.computed ? tried.why : why;
      // Another spelling helps where numbers are wrong, not where the device is not there.
      if (!tried.computed) break;
    }
    this.refused.push({ device, why });
    return undefined;
  }

  /** Gives back what is not used. */
  async end(): Promise<void> {
    await this.processor?.release();
  }

  private async spelt(device: DeviceName, spelling: Spelling): Promise<Graph | { why: string; computed: boolean }> {
    const folder = await createPrivateFolder();
    let graph: Graph | undefined;
    let computed = false;
    try {
      graph = await this.open(device, spelling, path.join(folder.path, 'profile'));
      computed = true;
      const feeds = trialFeeds(graph.inputs);
      const given = feeds && (await graph.compute(feeds));
      await graph.endProfile();
      const onProcessor = await nodesOnProcessor(folder.path);
      if (!given) return await refusal(graph, 'it takes inputs with which it cannot be tried', false);
      const expected = await this.expect(feeds);
      const off = deviation(expected ?? given, given);
      if (!(off <= MOST_DEVIATION)) return await refusal(graph, `its numbers are not the processor's (off by ${percent(off)})`, true);
      const { plainAttention } = spelling;
      const use: DeviceUse = { device, refused: [...this.refused], onProcessor, plainAttention, deviation: expected && off };
      graph.use = use;
      graph.spelling = spelling;
      return graph;
    } catch (error) {
      if (graph) return await refusal(graph, reasonOf(error), computed);
      return { why: reasonOf(error), computed };
    } finally {
      await folder.remove();
    }
  }

  private async open(device: DeviceName, { rewrites }: Spelling, profile: string): Promise<Graph> {
    const options = { ...this.options, device, profile };
    if (rewrites.length === 0) return Graph.open(this.source, options);
    const rewriter = new GraphRewriter(readModel(this.source));
    for (const rewrite of rewrites) rewrite(rewriter);
    return Graph.loadRewritten(this.source, writeModel(rewriter), options);
  }

  /** What the processor computes; undefined of a graph with operators that it has not, which nothing but the device that was named can run. */
  private async expect(feeds: Parameters<Graph['run']>[0]): Promise<Record<string, Tensor> | undefined> {
    this.processor ??= await Graph.open(this.source, this.options).catch(() => undefined);
    return (this.expected ??= await this.processor?.compute(feeds));
  }
}

async function refusal(graph: Graph, why: string, computed: boolean): Promise<{ why: string; computed: boolean }> {
  await graph.release();
  return { why, computed };
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${Number((100 * share).toPrecision(2))} % of the largest` : 'by no finite number';
}
