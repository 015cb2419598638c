import path from 'node:path';
import { FrameloomError, oneOf, type OptionChecks, wholeNumber, suggestion, type Tensor } from '../core/index.js';
import {
  type BuiltModel,
  graphCosts,
  type ModelSource,
  nameOfSource,
  type OnnxModel,
  type OnnxValue,
  readModel,
  type RewrittenModel,
} from '../onnx/index.js';
import { type Feed, feedableTypes, fromOrtTensor, toOrtTensor, typeNameOf } from './elementTypes.js';
import { modelErrors } from './errors.js';
import { requireModelFile } from './modelFiles.js';
import { InferenceSession } from './onnxRuntime.js';
import { LazySession, ResidentSessions, type SessionGroup } from './residentSessions.js';
import { type MemoryChoice, memoryChoices, type SessionSettings, sessionSettings } from './sessionSettings.js';

/** How ONNX Runtime runs a model's graphs. */
export interface RuntimeOptions {
  /** Threads of one call; ONNX Runtime's default is one per physical core. */
  threads?: number;
  /** Execution providers in order of preference, `['cpu']` by default; each is tried until one works. */
  executionProviders?: readonly string[];
  /**
   * What memory is spent on. `speed`: weights are copied into the order in which the processor reads them, and all parts are kept. `least`: weights stay pages of
   * their files, and only the part at work (text encoder, VAE, UNet) is in memory. `auto`, the default, chooses by what the machine has: parts are kept where they fit,
   * weights in safetensors stay pages of their files, for that costs 4 % of the speed at most, and those of ONNX exports are copied where there is room.
   */
  memory?: MemoryChoice;
}

/** @internal How the graphs of one model are run, with where they are kept together. */
export interface GraphOptions extends RuntimeOptions {
  /** The model's sessions; by default the graph is on its own, and kept. */
  readonly resident?: ResidentSessions;
  /** Which of them this one belongs to. */
  readonly group?: SessionGroup;
}

/** ONNX Runtime's execution providers, as its Node binding names them on one system or another. */
const providerNames = ['cpu', 'cuda', 'tensorrt', 'webgpu', 'dml', 'coreml', 'qnn', 'openvino', 'xnnpack', 'nnapi', 'migraphx', 'rocm'];

/** What the options of running graphs may be. ONNX Runtime itself passes over names that it does not know. */
export const runtimeChecks: OptionChecks<RuntimeOptions> = {
  threads: wholeNumber(1, 1024),
  memory: oneOf(...memoryChoices),
  executionProviders: (given) => {
    if (!Array.isArray(given) || given.length === 0) return "a list of execution providers, such as ['cpu']";
    const unknown = (given as unknown[]).find((name) => !providerNames.includes(name as string));
    return unknown === undefined
      ? undefined
      : `a list of execution providers, and ${JSON.stringify(unknown)} is none. ${suggestion(String(unknown), providerNames, 'There are').slice(0, -1)}`;
  },
};

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
  /** Seconds spent inside ONNX Runtime so far, for measurements. */
  runSeconds = 0;

  private model: OnnxModel | undefined;
  /** The fastest call of the shapes that came last. */
  private fastest: { readonly key: string; readonly shapes: ReadonlyMap<string, readonly number[]>; readonly seconds: number } | undefined;

  private constructor(
    /** @internal What it was loaded from. */
    readonly source: ModelSource,
    /** @internal How ONNX Runtime prepared it. */
    readonly settings: SessionSettings,
    private readonly session: LazySession,
    declared: { inputs: readonly TensorDeclaration[]; outputs: readonly TensorDeclaration[] },
  ) {
    this.file = nameOfSource(source);
    this.inputs = new Map(declared.inputs.map((value) => [value.name, value]));
    this.outputs = new Map(declared.outputs.map((value) => [value.name, value]));
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
  static async load(file: string, options: GraphOptions = {}): Promise<Graph> {
    await requireModelFile(file);
    const session = lazySession(file, options, false, {}, (settings) => InferenceSession.create(file, settings));
    return Graph.loaded(file, session, options, false);
  }

  /** @internal Loads a graph from a file, as {@link load}, or one that was built, as {@link loadBuilt}. */
  static open(source: ModelSource, options: GraphOptions = {}): Promise<Graph> {
    return typeof source === 'string' ? Graph.load(source, options) : Graph.loadBuilt(source, options);
  }

  /**
   * @internal
   * A graph that was built from weights. Its session is made when it is first used, for building it found all that could be wrong.
   *
   * @throws {FrameloomError} `FL_MODEL_LOAD`, as {@link Graph.load}.
   */
  static async loadBuilt(model: BuiltModel, options: GraphOptions = {}): Promise<Graph> {
    const session = rewrittenSession(model, { ...model, isBuilt: true }, options);
    // Whether another provider than the processor works, trying tells.
    if (options.executionProviders?.some((provider) => provider !== 'cpu')) return Graph.loaded(model, session, options, true);
    const { inputs, outputs } = readModel(model);
    return new Graph(model, sessionSettings(options.memory, true), session, {
      inputs: inputs.map(declarationOf),
      outputs: outputs.map(declarationOf),
    });
  }

  /**
   * @internal
   * Loads a graph that was made from another, whose files still hold the weights.
   *
   * @throws {FrameloomError} `FL_MODEL_LOAD`, as {@link Graph.load}.
   */
  static loadRewritten(source: ModelSource, model: RewrittenModel, options: GraphOptions = {}): Promise<Graph> {
    return Graph.loaded(source, rewrittenSession(source, model, options), options, model.isBuilt);
  }

  /** A graph that says what it is once it is loaded. */
  private static async loaded(
    source: ModelSource,
    session: LazySession,
    { resident, memory }: GraphOptions,
    isBuilt: boolean,
  ): Promise<Graph> {
    const settings = sessionSettings(memory, isBuilt);
    const graph = await session.use((opened) =>
      Promise.resolve(
        new Graph(source, settings, session, { inputs: declarations(opened.inputMetadata), outputs: declarations(opened.outputMetadata) }),
      ),
    );
    // Where memory is short, it is there only while it is at work.
    if (resident?.takeTurns) await session.setAside();
    return graph;
  }

  /** @internal Its structure, without its weights; the file is read once. @throws {FrameloomError} `FL_ONNX_…` when the file cannot be followed. */
  get structure(): OnnxModel {
    return (this.model ??= readModel(this.source));
  }

  /** Makes its session, which would be made at the first call. @throws {FrameloomError} `FL_MODEL_LOAD`. */
  makeResident(): Promise<void> {
    return this.session.use(() => Promise.resolve());
  }

  /** Whether its session is in memory; it is made when it is first used, and given back where memory is short. */
  get isResident(): boolean {
    return this.session.isResident;
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
    let started = performance.now();
    try {
      return await this.session.use(async (session) => {
        started = performance.now();
        const outputs = await session.run(inputs, fetches);
        this.note(feeds, (performance.now() - started) / 1000);
        return Object.fromEntries(fetches.map((name) => [name, fromOrtTensor(outputs[name]!)]));
      });
    } catch (cause) {
      if (cause instanceof FrameloomError) throw cause;
      const shapes = Object.entries(feeds).map(([name, { dims }]) => `${name} [${dims.join(', ')}]`);
      throw modelErrors.runFailed(this.label, shapes.join(', '), cause);
    } finally {
      this.runSeconds += (performance.now() - started) / 1000;
    }
  }

  /** How fast its calls were, in operations of {@link graphCosts}; undefined before the first one. */
  get operationsPerSecond(): number | undefined {
    return this.fastest && graphCosts(this.structure, this.fastest.shapes).operations / this.fastest.seconds;
  }

  private note(feeds: Readonly<Record<string, Feed>>, seconds: number): void {
    const shapes = new Map(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    const key = JSON.stringify([...shapes]);
    if (this.fastest?.key !== key || seconds < this.fastest.seconds) this.fastest = { key, shapes, seconds };
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

/** A session made from a graph in memory, whose weights are in files. */
function rewrittenSession(source: ModelSource, { bytes, weightsFolder, isBuilt }: RewrittenModel, options: GraphOptions): LazySession {
  const entries = { model_external_initializers_file_folder_path: weightsFolder };
  return lazySession(source, options, isBuilt, entries, (settings) => InferenceSession.create(bytes, settings));
}

function lazySession(
  source: ModelSource,
  options: GraphOptions,
  isBuilt: boolean,
  entries: Readonly<Record<string, string>>,
  create: (settings: InferenceSession.SessionOptions) => Promise<InferenceSession>,
): LazySession {
  const { executionProviders = ['cpu'], memory, threads, resident = new ResidentSessions(false), group = 'denoise' } = options;
  const { graphOptimizationLevel, prepacking, arena, memoryPattern } = sessionSettings(memory, isBuilt);
  const make = async () => {
    let failure: unknown;
    for (const provider of executionProviders) {
      try {
        return await create({
          executionProviders: [provider],
          graphOptimizationLevel,
          enableCpuMemArena: arena,
          enableMemPattern: memoryPattern,
          ...(threads ? { intraOpNumThreads: threads } : {}),
          // Threads that spin while they wait would keep all cores busy between the calls of an idle notebook.
          extra: { session: { ...entries, ...(prepacking ? {} : { disable_prepacking: '1' }), intra_op: { allow_spinning: '0' } } },
        });
      } catch (error) {
        failure = error;
      }
    }
    throw modelErrors.cannotLoad(nameOfSource(source), failure);
  };
  return new LazySession(make, resident, group);
}

function declarations(metadata: InferenceSession['inputMetadata']): TensorDeclaration[] {
  return metadata.flatMap((value) => (value.isTensor ? [{ name: value.name, type: value.type, dims: value.shape }] : []));
}

function declarationOf({ name, elementType, dims }: OnnxValue): TensorDeclaration {
  return { name, type: typeNameOf(elementType), dims };
}
