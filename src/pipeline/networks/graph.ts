import path from 'node:path';
import { FrameloomError, type Tensor } from '../core/index.js';
import {
  type BuiltModel,
  GraphBuilder,
  graphCosts,
  type ModelSource,
  nameOfSource,
  type OnnxModel,
  readModel,
  type RewrittenModel,
} from '../onnx/index.js';
import { type DeviceName, type DeviceUse, knownDevices, onProcessor, type Spelling } from './devices.js';
import { type Feed, feedableTypes, fromOrtTensor, toOrtTensor } from './elementTypes.js';
import { answeredCall } from './answeredCall.js';
import { CallSpeed, shapesOf } from './callSpeed.js';
import { modelErrors, reasonOf } from './errors.js';
import { callKey, graphIdentity } from './graphIdentity.js';
import type { SessionOptions } from './graphOptions.js';
import { fileSession, rewrittenSession } from './graphSession.js';
import { requireModelFile } from './modelFiles.js';
import type { LazySession } from './residentSessions.js';
import { type SessionSettings, sessionSettings } from './sessionSettings.js';
import { declarationOf, declarationsOf, requireDeclaration, type TensorDeclaration } from './tensorDeclaration.js';

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

  private model: OnnxModel | undefined;
  private known: { readonly identity: string | undefined } | undefined;
  private readonly speed = new CallSpeed();

  private constructor(
    /** @internal What it was loaded from. */
    readonly source: ModelSource,
    /** @internal How ONNX Runtime prepared it. */
    readonly settings: SessionSettings,
    private readonly session: LazySession,
    declared: { inputs: readonly TensorDeclaration[]; outputs: readonly TensorDeclaration[] },
    private readonly options: SessionOptions,
    private readonly rewritten?: Uint8Array,
  ) {
    this.use = { ...onProcessor, device: options.device ?? 'cpu' };
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
  static async load(file: string, options: SessionOptions = {}): Promise<Graph> {
    await requireModelFile(file);
    return Graph.loaded(file, fileSession(file, options), options, false);
  }

  /** @internal Loads a graph from a file, as {@link load}, or one that was built, as {@link loadBuilt}, on one device; `openGraph` chooses one. */
  static open(source: ModelSource, options: SessionOptions = {}): Promise<Graph> {
    return typeof source === 'string' ? Graph.load(source, options) : Graph.loadBuilt(source, options);
  }

  /**
   * @internal
   * A graph that was built from weights. Its session is made when it is first used, for building it found all that could be wrong.
   *
   * @throws {FrameloomError} `FL_MODEL_LOAD`, as {@link Graph.load}.
   */
  static async loadBuilt(model: BuiltModel, options: SessionOptions = {}): Promise<Graph> {
    const session = rewrittenSession(model, { ...model, isBuilt: true }, options);
    // Whether another device works, trying tells.
    if (options.device !== undefined && options.device !== 'cpu') return Graph.loaded(model, session, options, true);
    const { inputs, outputs } = model;
    const declared = { inputs: inputs.map(declarationOf), outputs: outputs.map(declarationOf) };
    return new Graph(model, sessionSettings(options, true), session, declared, options);
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
   * @throws {FrameloomError} `FL_MODEL_LOAD`, as {@link Graph.load}.
   */
  static loadRewritten(source: ModelSource, model: RewrittenModel, options: SessionOptions = {}): Promise<Graph> {
    return Graph.loaded(source, rewrittenSession(source, model, options), options, model.isBuilt, model.bytes);
  }

  /** A graph that says what it is once it is loaded. */
  private static async loaded(
    source: ModelSource,
    session: LazySession,
    options: SessionOptions,
    isBuilt: boolean,
    rewritten?: Uint8Array,
  ): Promise<Graph> {
    const { resident } = options;
    const graph = await session.use(({ inputMetadata, outputMetadata }) => {
      const declared = { inputs: declarationsOf(inputMetadata), outputs: declarationsOf(outputMetadata) };
      return Promise.resolve(new Graph(source, sessionSettings(options, isBuilt), session, declared, options, rewritten));
    });
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
    return requireDeclaration(this.label, 'input', this.inputs, { names, ranks, wanted });
  }

  /** As {@link requireInput}, for outputs; a graph's only output may have any name. */
  requireOutput(names: readonly string[], ranks: readonly number[], wanted: string): TensorDeclaration {
    const [only] = this.outputs.size === 1 ? this.outputs.keys() : [];
    return requireDeclaration(this.label, 'output', this.outputs, { names: only === undefined ? names : [...names, only], ranks, wanted });
  }

  /**
   * One call. Where whoever surrounds the run keeps calls, one that was made before is not made again.
   *
   * @param feeds numbers by input name; each is cast to the type its input declares.
   * @param fetches names of the outputs to return; all by default.
   * @throws {FrameloomError} `FL_MODEL_RUN` with the shapes fed.
   */
  run(feeds: Readonly<Record<string, Feed>>, fetches: readonly string[] = [...this.outputs.keys()]): Promise<Record<string, Tensor>> {
    return answeredCall(
      () => this.callKey(feeds, fetches),
      async () => {
        const before = this.runSeconds;
        const outputs = await this.compute(feeds, fetches);
        return { outputs, work: { seconds: this.runSeconds - before, operations: this.countedOperations(feeds) } };
      },
    );
  }

  /** @internal As {@link run}, computed in any case: for trials and measurements. */
  async compute(
    feeds: Readonly<Record<string, Feed>>,
    fetches: readonly string[] = [...this.outputs.keys()],
  ): Promise<Record<string, Tensor>> {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toOrtTensor(feed, this.inputs.get(name)!.type)]));
    let started = performance.now();
    try {
      return await this.session.use(async (session) => {
        started = performance.now();
        const outputs = await session.run(inputs, fetches);
        this.speed.note(shapesOf(feeds), (performance.now() - started) / 1000);
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

  /** @internal What tells it from every other graph, by all that decides its numbers; undefined where that cannot be told. Found out once. */
  get identity(): string | undefined {
    const { source, settings, options, rewritten } = this;
    this.known ??= { identity: graphIdentity({ source, rewritten, settings, options }, () => this.structure) };
    return this.known.identity;
  }

  /** @internal What tells a call from every other one. */
  callKey(feeds: Readonly<Record<string, Feed>>, fetches: readonly string[]): string | undefined {
    return this.identity === undefined ? undefined : callKey(this.identity, feeds, fetches);
  }

  /** @internal Ends the profile that {@link SessionOptions.profile} asked for; its file is complete then. */
  endProfile(): Promise<void> {
    return this.session.use((session) => Promise.resolve(session.endProfiling()));
  }

  /** How fast its calls were, in operations as `graphCosts` counts them; undefined before the first one. */
  get operationsPerSecond(): number | undefined {
    return this.speed.operationsPerSecond(() => this.structure);
  }

  /** Operations of a call; none of parts without whose time a run's is told, and where the file cannot be followed. */
  private countedOperations(feeds: Readonly<Record<string, Feed>>): number {
    const { group = 'denoise' } = this.options;
    if (group === 'text' || group === 'read') return 0;
    try {
      return graphCosts(this.structure, shapesOf(feeds)).operations;
    } catch (error) {
      if (error instanceof FrameloomError) return 0;
      throw error;
    }
  }

  /** Gives its memory back; the graph cannot be used afterwards. */
  async release(): Promise<void> {
    await this.session.release();
  }
}
