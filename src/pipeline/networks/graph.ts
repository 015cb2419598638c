import path from 'node:path';
import { type OptionChecks, wholeNumber, type Tensor } from '../core/index.js';
import { type BuiltModel, GraphBuilder, type ModelSource, nameOfSource, type RewrittenModel } from '../onnx/index.js';
import { deviceCheck, type DeviceChoice, type DeviceName, type DeviceUse, knownDevices, onProcessor, type Spelling } from './devices.js';
import { type Feed, feedableTypes, fromOrtTensor, toOrtTensor } from './elementTypes.js';
import { modelErrors, reasonOf } from './errors.js';
import { requireModelFile } from './modelFiles.js';
import { InferenceSession } from './onnxRuntime.js';

/** How ONNX Runtime runs a model's graphs. */
export interface RuntimeOptions {
  /** Threads of one call; ONNX Runtime's default is one per physical core. */
  threads?: number;
  /**
   * What runs the networks; by default what the environment variable `FRAMELOOM_DEVICE` says, else `cpu`, the processor. A device is tried on a small input at loading,
   * and used only where it gives the processor's numbers. `auto` takes the first device that does, for each network, and the processor where none does; a device
   * that is named has to.
   */
  device?: DeviceChoice;
}

/** What the options of running graphs may be. */
export const runtimeChecks: OptionChecks<RuntimeOptions> = {
  threads: wholeNumber(1, 1024),
  device: deviceCheck,
};

/** How a graph is opened on one device, with nothing left to choose. */
export interface SessionOptions extends Pick<RuntimeOptions, 'threads'> {
  /** What runs it; the processor by default. */
  readonly device?: DeviceName;
  /** Where ONNX Runtime writes which node ran where, until {@link Graph.endProfile}: the beginning of the file's path. */
  readonly profile?: string;
}

/** One input or output of a graph, as the file declares it. */
export interface TensorDeclaration {
  /** Its name in the graph. */
  name: string;
  /** Element type: `float32`, `float16`, `int64`, … */
  type: string;
  /** Length of each axis: a number where fixed, a name where free. */
  dims: readonly (number | string)[];
}

/**
 * One ONNX graph, loaded: knows what it declares, feeds it in the types it wants, gives float32 back.
 *
 * A call blocks the thread while ONNX Runtime computes; the event loop runs between calls.
 */
export class Graph {
  /** The file it was loaded from, or, of one that was built, a file that its weights are in. */
  readonly file: string;
  /** Declared inputs by name. */
  readonly inputs: ReadonlyMap<string, TensorDeclaration>;
  /** Declared outputs by name, in the file's order. */
  readonly outputs: ReadonlyMap<string, TensorDeclaration>;
  /** What it runs on, and what was found when devices were tried. */
  use: DeviceUse;
  /** @internal How it was spelt for its device; variants of it are spelt so too. */
  spelling: Spelling | undefined;
  /** Seconds spent inside ONNX Runtime so far, for measurements. */
  runSeconds = 0;

  private constructor(
    /** @internal What it was loaded from. */
    readonly source: ModelSource,
    private readonly session: InferenceSession,
    device: DeviceName,
  ) {
    this.file = nameOfSource(source);
    this.use = { ...onProcessor, device };
    this.inputs = declarations(session.inputMetadata);
    this.outputs = declarations(session.outputMetadata);
    for (const { name, type } of this.inputs.values()) {
      if (!(feedableTypes as readonly string[]).includes(type)) {
        throw modelErrors.tensor(
          this.label,
          `input "${name}"`,
          `has the element type ${type}`,
          `Inputs must be ${feedableTypes.join(', ')}.`,
        );
      }
    }
  }

  /**
   * @internal
   * Loads a graph from its path, so that ONNX Runtime finds external weights beside it.
   *
   * @throws {FrameloomError} `FL_MODEL_LOAD` with the reason and, where it is a known one, what to do; `FL_MODEL_FILE` for a pipe
   * or a folder in the place of a file.
   */
  static async load(file: string, options: SessionOptions = {}): Promise<Graph> {
    await requireModelFile(file);
    return Graph.create(file, options, {}, (settings) => InferenceSession.create(file, settings));
  }

  /** @internal Loads a graph from a file, as {@link load}, or one that was built, as {@link loadBuilt}, on one device; `openGraph` chooses one. */
  static open(source: ModelSource, options: SessionOptions = {}): Promise<Graph> {
    return typeof source === 'string' ? Graph.load(source, options) : Graph.loadBuilt(source, options);
  }

  /**
   * @internal
   * Loads a graph that was built from weights.
   *
   * @throws {FrameloomError} `FL_MODEL_LOAD`, as {@link Graph.load}.
   */
  static loadBuilt(model: BuiltModel, options: SessionOptions = {}): Promise<Graph> {
    return Graph.loadRewritten(model, { ...model, isBuilt: true }, options);
  }

  /** @internal Why a device is not here, such as a computer without a GPU; undefined where it is. Told from a graph that does nothing. */
  static async whyMissing(device: DeviceName): Promise<string | undefined> {
    if (!knownDevices().includes(device)) return 'this build of ONNX Runtime does not know it';
    const graph = new GraphBuilder(device);
    graph.output(graph.input('x', [1]), 'y');
    const nothing = graph.finish();
    try {
      const session = await Graph.loadBuilt(nothing, { device });
      await session.release();
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /**
   * @internal
   * Loads a graph that was made from another, whose files still hold the weights.
   *
   * The weights of built graphs stay the files' own pages: nothing is copied, optimised or repacked, so that a network of gigabytes is loaded in half a
   * second and takes little memory. That costs it 4 % of its speed at most.
   * @throws {FrameloomError} `FL_MODEL_LOAD`, as {@link Graph.load}.
   */
  static loadRewritten(
    source: ModelSource,
    { bytes, weightsFolder, isBuilt }: RewrittenModel,
    options: SessionOptions = {},
  ): Promise<Graph> {
    const entries = { model_external_initializers_file_folder_path: weightsFolder, ...(isBuilt ? { disable_prepacking: '1' } : {}) };
    return Graph.create(source, options, entries, (settings) =>
      InferenceSession.create(bytes, isBuilt ? { ...settings, graphOptimizationLevel: 'basic' } : settings),
    );
  }

  private static async create(
    source: ModelSource,
    options: SessionOptions,
    entries: Readonly<Record<string, string>>,
    create: (settings: InferenceSession.SessionOptions) => Promise<InferenceSession>,
  ): Promise<Graph> {
    const { device = 'cpu', threads, profile } = options;
    try {
      const session = await create({
        executionProviders: [device],
        graphOptimizationLevel: 'all',
        ...(threads ? { intraOpNumThreads: threads } : {}),
        ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
        // Of other devices ONNX Runtime warns, for every graph, that the processor computes its shapes.
        ...(device === 'cpu' ? {} : { logSeverityLevel: 3 as const }),
        // Threads that spin while they wait would keep all cores busy between the calls of an idle notebook.
        extra: { session: { ...entries, intra_op: { allow_spinning: '0' } } },
      });
      return new Graph(source, session, device);
    } catch (error) {
      throw modelErrors.cannotLoad(nameOfSource(source), error);
    }
  }

  /** Part and file, for messages: `unet/model.onnx`. */
  get label(): string {
    return path.join(path.basename(path.dirname(this.file)), path.basename(this.file));
  }

  /**
   * The declaration of an input under any of its usual names.
   *
   * @throws {FrameloomError} `FL_MODEL_TENSOR` when it is not there or has another rank.
   */
  requireInput(names: readonly string[], ranks: readonly number[], wanted: string): TensorDeclaration {
    return this.requireDeclaration('input', this.inputs, names, ranks, wanted);
  }

  /** As {@link requireInput}, for outputs; a graph's only output may have any name. */
  requireOutput(names: readonly string[], ranks: readonly number[], wanted: string): TensorDeclaration {
    const [only] = this.outputs.size === 1 ? this.outputs.keys() : [];
    return this.requireDeclaration('output', this.outputs, only === undefined ? names : [...names, only], ranks, wanted);
  }

  /**
   * One call.
   *
   * @param feeds numbers by input name; each is cast to the type its input declares.
   * @param fetches names of the outputs to return; all by default.
   * @throws {FrameloomError} `FL_MODEL_RUN` with the shapes fed.
   */
  async run(feeds: Readonly<Record<string, Feed>>, fetches: readonly string[] = [...this.outputs.keys()]): Promise<Record<string, Tensor>> {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toOrtTensor(feed, this.inputs.get(name)!.type)]));
    const started = performance.now();
    try {
      const outputs = await this.session.run(inputs, fetches);
      return Object.fromEntries(fetches.map((name) => [name, fromOrtTensor(outputs[name]!)]));
    } catch (cause) {
      const shapes = Object.entries(feeds).map(([name, { dims }]) => `${name} [${dims.join(', ')}]`);
      throw modelErrors.runFailed(this.label, shapes.join(', '), cause);
    } finally {
      this.runSeconds += (performance.now() - started) / 1000;
    }
  }

  /** @internal Ends the profile that {@link SessionOptions.profile} asked for; its file is complete then. */
  endProfile(): void {
    this.session.endProfiling();
  }

  /** Gives its memory back; the graph cannot be used afterwards. */
  async release(): Promise<void> {
    await this.session.release();
  }

  private requireDeclaration(
    kind: string,
    declared: ReadonlyMap<string, TensorDeclaration>,
    names: readonly string[],
    ranks: readonly number[],
    wanted: string,
  ) {
    const name = names.find((candidate) => declared.has(candidate));
    if (!name) {
      const present = [...declared.keys()].join(', ');
      throw modelErrors.tensor(this.label, `${kind} "${names.join('" or "')}"`, `is missing (it has: ${present})`, wanted);
    }
    const declaration = declared.get(name)!;
    if (!ranks.includes(declaration.dims.length)) {
      throw modelErrors.tensor(this.label, `${kind} "${name}"`, `has the shape [${declaration.dims.join(', ')}]`, wanted);
    }
    return declaration;
  }
}

function declarations(metadata: InferenceSession['inputMetadata']): Map<string, TensorDeclaration> {
  return new Map(
    metadata.flatMap((value) => (value.isTensor ? [[value.name, { name: value.name, type: value.type, dims: value.shape }] as const] : [])),
  );
}
