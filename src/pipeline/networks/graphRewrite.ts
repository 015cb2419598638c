import type { Tensor } from '../core/index.js';
import type { GraphRewriter } from '../onnx/index.js';
import type { Feed } from './elementTypes.js';

/** One change of a network's graph: a tap, frames that look at each other, weights of another kind. */
export interface GraphRewrite {
  /** Tells it from others: two rewrites of one key change the graph in the same way. */
  readonly key: string;
  /** Changes the graph. @returns further outputs of the network, by the names under which the caller asks for them; none when undefined. */
  apply(graph: GraphRewriter): ReadonlyMap<string, string> | void;
  /** Values of the inputs that it added, asked for at each call. */
  feeds?(call: RewrittenCall): Readonly<Record<string, Feed>>;
  /** Takes its further outputs, by its own names for them, after each call: one prediction may take several. */
  taken?(outputs: ReadonlyMap<string, Tensor>): void;
  /** Texts `[1, tokens, channels]` that the network is given behind the conditioning's own. */
  readonly furtherText?: readonly Tensor[];
  /** Whether frames look at each other by it, so that all of them must be in one call. */
  readonly joinsFrames?: boolean;
}

/** A call of a rewritten network, as its rewrites see it. */
export interface RewrittenCall {
  /** Frames that go through the network in this call. */
  readonly frames: number;
  /** The first of them, among those that the prediction is made for, from 0. */
  readonly first: number;
  /** Tokens of the text, with those of further texts. */
  readonly tokens: number;
  /** Rows of the latents. */
  readonly height: number;
  /** Columns of the latents. */
  readonly width: number;
}
