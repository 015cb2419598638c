import { GraphRewriter, type OnnxModel, writeModel } from '../onnx/index.js';
import { Graph } from './graph.js';
import type { GraphOptions } from './graphOptions.js';
import type { GraphRewrite } from './graphRewrite.js';

/**
 * Variants kept: each holds a network's weights again, as far as ONNX Runtime repacks them. A step of a steered edit beside its source takes three: the source's, the
 * edit's, and one for what is led away from.
 */
const MOST_VARIANTS = 3;

/** A session of a rewritten network. */
export interface SessionVariant {
  /** The session. */
  readonly graph: Graph;
  /** What the rewrites give out, in their order: the graph's name of each further output, by the rewrite's own. */
  readonly outputs: readonly ReadonlyMap<string, string>[];
}

/**
 * Sessions of one network's file, each made by a list of rewrites and kept under it. The file itself is not changed: a small graph is
 * written beside its weights.
 */
export class SessionVariants {
  /** By the keys of their rewrites, the one used last at the end. */
  private readonly sessions = new Map<string, { readonly variant: Promise<SessionVariant>; users: number }>();

  /**
   * @param plain the network without rewrites; the others run on its device.
   * @param read the network's structure, read when it is first needed.
   * @param most variants that are kept.
   */
  constructor(
    private readonly plain: Graph,
    private readonly read: () => OnnxModel,
    private readonly options: Pick<GraphOptions, 'threads' | 'memory' | 'resident'>,
    private readonly most = MOST_VARIANTS,
  ) {}

  /**
   * Runs with the session that these rewrites make, one after the other; it is made at their first use.
   *
   * @param run the session is kept for as long as this takes.
   * @throws {FrameloomError} `FL_ONNX_…` where the graph cannot be rewritten so, `FL_MODEL_LOAD`; what `run` throws.
   */
  async use<Result>(rewrites: readonly GraphRewrite[], run: (variant: SessionVariant) => Promise<Result>): Promise<Result> {
    const key = JSON.stringify(rewrites.map((rewrite) => rewrite.key));
    const session = this.sessions.get(key) ?? { variant: this.create(rewrites), users: 0 };
    // Taken out and put in again, the session becomes the one used last.
    this.sessions.delete(key);
    this.sessions.set(key, session);
    session.users++;
    try {
      return await run(await session.variant);
    } catch (error) {
      // One that could not be made is tried anew the next time.
      await session.variant.catch(() => this.sessions.delete(key));
      throw error;
    } finally {
      session.users--;
      await this.releaseOldest();
    }
  }

  /** Releases all of them. */
  async release(): Promise<void> {
    const sessions = [...this.sessions.values()];
    this.sessions.clear();
    for (const { variant } of sessions) await released(variant);
  }

  private async releaseOldest(): Promise<void> {
    for (const [key, { variant, users }] of this.sessions) {
      if (this.sessions.size <= this.most) break;
      if (users > 0) continue;
      this.sessions.delete(key);
      await released(variant);
    }
  }

  private async create(rewrites: readonly GraphRewrite[]): Promise<SessionVariant> {
    const graph = new GraphRewriter(this.read());
    const outputs = rewrites.map((rewrite) => rewrite.apply(graph) ?? new Map<string, string>());
    const { source, use, spelling } = this.plain;
    for (const rewrite of spelling?.rewrites ?? []) rewrite(graph);
    return { graph: await Graph.loadRewritten(source, writeModel(graph), { ...this.options, device: use.device }), outputs };
  }
}

function released(variant: Promise<SessionVariant>): Promise<void> {
  return variant.then(
    ({ graph }) => graph.release(),
    () => undefined,
  );
}
