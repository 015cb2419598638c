import { aCount, aString, anything, optional, record, variants } from './shape.js';
import type { Shape, TypeOf } from './shape.js';

/**
 * One typed RPC for every wire of Frameloom: extension ↔ kernel process, kernel ↔ its control thread,
 * extension ↔ webview.
 *
 * A side offers *requests* (answered with a result or an error) and sends *events* (answered by nobody). What each
 * side offers is written down once, as {@link ContractShapes}: they check what arrives, and the {@link Contract} that the
 * compiler checks is {@link ContractOf} them. Values travel as the channel carries them: over structured clone, typed
 * arrays stay bytes.
 */

/** Anything that carries messages both ways: a child process, a worker, a webview, a socket behind an adapter. */
export interface Channel {
  /** Hands a message over; may throw when the other side is gone. */
  send(message: unknown): void;
  /** Resolves when every message handed over so far has been written; where a channel cannot tell, it has none. */
  written?(): Promise<void>;
  /** Calls `listener` for every message that arrives, until the returned function is called. */
  onMessage(listener: (message: unknown) => void): () => void;
}

/** What one side of a wire offers, as types: requests it answers and events it sends. */
export interface Contract {
  /** By method. */
  requests: Record<string, { params: unknown; result: unknown }>;
  /** By name: what comes with the event. */
  events: Record<string, unknown>;
}

/** What one side of a wire offers: a shape for what each request asks, one for its answer, and one for each event. */
export interface ContractShapes<C extends Contract = Contract> {
  /** By method. */
  readonly requests: {
    readonly [M in keyof C['requests']]: {
      readonly params: Shape<C['requests'][M]['params']>;
      readonly result: Shape<C['requests'][M]['result']>;
    };
  };
  /** By name. */
  readonly events: { readonly [E in keyof C['events']]: Shape<C['events'][E]> };
}

/** The types of a contract, from its shapes. */
export type ContractOf<S extends ContractShapes> = {
  requests: { [M in keyof S['requests']]: { params: TypeOf<S['requests'][M]['params']>; result: TypeOf<S['requests'][M]['result']> } };
  events: { [E in keyof S['events']]: TypeOf<S['events'][E]> };
};

/** The contract of a side that only asks and listens. */
export const offersNothing = { requests: {}, events: {} } as const;
/** The type of {@link offersNothing}. */
export type OffersNothing = ContractOf<typeof offersNothing>;

const wireError = record({
  /** For programs. */
  code: aString,
  /** The error's class. */
  name: aString,
  /** For people. */
  message: aString,
  /** For the log. */
  stack: optional(aString),
});
/** How an error looks on the wire. */
export type WireError = TypeOf<typeof wireError>;

const wireMessage = variants('rpc', {
  request: { id: aCount, method: aString, params: anything },
  result: { id: aCount, result: anything },
  error: { id: aCount, error: wireError },
  cancel: { id: aCount },
  event: { event: aString, params: anything },
});
type WireMessage = TypeOf<typeof wireMessage>;

/** The other side refused, failed, was cancelled or went away. `code` and `remoteStack` are the other side's. */
export class RpcError extends Error {
  /** `RPC_CLOSED`, `RPC_CANCELLED`, `RPC_UNKNOWN_METHOD`, `RPC_SHAPE`, or the code of the error that was thrown there. */
  readonly code: string;
  /** Where it was thrown on the other side, when that is known. */
  readonly remoteStack: string | undefined;

  constructor(code: string, message: string, remote?: { name: string; stack?: string }) {
    super(message);
    this.name = remote?.name ?? 'RpcError';
    this.code = code;
    this.remoteStack = remote?.stack;
  }
}

/** Answers one kind of request; `signal` is aborted when the asker cancels or goes away. */
export type RequestHandler<P, R> = (params: P, context: { signal: AbortSignal }) => R | Promise<R>;

interface Waiting {
  readonly method: string;
  resolve(result: unknown): void;
  reject(error: RpcError): void;
  stopListening(): void;
}

/**
 * One end of a wire. `Mine` is what this side offers, `Theirs` what the other side offers.
 *
 * Messages that are not ours or not well-formed never reach a handler: a malformed request is answered with
 * `RPC_SHAPE`, a malformed answer rejects its request with that code, anything else is reported to `onProtocolError` and
 * dropped.
 */
export class RpcPeer<Mine extends Contract, Theirs extends Contract> {
  private nextId = 1;
  private closedBecause: string | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly answering = new Map<number, AbortController>();
  private readonly handlers = new Map<string, RequestHandler<unknown, unknown>>();
  private readonly listeners = new Map<string, Set<(params: unknown) => void>>();
  private readonly stopListening: () => void;

  constructor(
    private readonly channel: Channel,
    private readonly mine: ContractShapes<Mine>,
    private readonly theirs: ContractShapes<Theirs>,
    private readonly onProtocolError: (problem: string) => void = () => undefined,
  ) {
    this.stopListening = channel.onMessage((message) => this.receive(message));
  }

  /**
   * Asks the other side and waits for its answer.
   * @param options.signal cancels: the other side is told and the promise is rejected with `RPC_CANCELLED` at once.
   * @throws {RpcError} whatever went wrong there, or `RPC_CLOSED` when the wire is gone before the answer came.
   */
  request<M extends keyof Theirs['requests'] & string>(
    method: M,
    params: Theirs['requests'][M]['params'],
    options: { signal?: AbortSignal } = {},
  ): Promise<Theirs['requests'][M]['result']> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (this.closedBecause !== undefined) return reject(new RpcError('RPC_CLOSED', this.closedBecause));
      if (signal?.aborted) return reject(cancelled(method));
      const id = this.nextId++;
      const cancel = (): void => {
        this.waiting.delete(id);
        this.post({ rpc: 'cancel', id });
        reject(cancelled(method));
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const stopListening = (): void => signal?.removeEventListener('abort', cancel);
      this.waiting.set(id, { method, resolve, reject, stopListening });
      this.post({ rpc: 'request', id, method, params });
    });
  }

  /** Says how requests of one kind are answered; a second call replaces the first. */
  handle<M extends keyof Mine['requests'] & string>(
    method: M,
    handler: RequestHandler<Mine['requests'][M]['params'], Mine['requests'][M]['result']>,
  ): void {
    this.handlers.set(method, handler);
  }

  /** Sends an event; after the wire closed it goes nowhere. */
  emit<E extends keyof Mine['events'] & string>(event: E, params: Mine['events'][E]): void {
    this.post({ rpc: 'event', event, params });
  }

  /** Listens for the other side's events of one kind, until the returned function is called. */
  on<E extends keyof Theirs['events'] & string>(event: E, listener: (params: Theirs['events'][E]) => void): () => void {
    const all = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, all);
    all.add(listener as (params: unknown) => void);
    return () => all.delete(listener as (params: unknown) => void);
  }

  /** Ends this side: every open request is rejected with `RPC_CLOSED` and `reason`, every answer under way is aborted. */
  close(reason: string): void {
    if (this.closedBecause !== undefined) return;
    this.closedBecause = reason;
    this.stopListening();
    for (const { reject, stopListening } of this.waiting.values()) {
      stopListening();
      reject(new RpcError('RPC_CLOSED', reason));
    }
    this.waiting.clear();
    for (const abort of this.answering.values()) abort.abort(new RpcError('RPC_CLOSED', reason));
    this.answering.clear();
  }

  private post(message: WireMessage): void {
    if (this.closedBecause !== undefined) return;
    try {
      this.channel.send(message);
    } catch (error) {
      this.close(`The connection broke: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private receive(raw: unknown): void {
    const problem = wireMessage(raw, 'message');
    if (problem) return this.onProtocolError(problem);
    const message = raw as WireMessage;
    switch (message.rpc) {
      case 'request':
        void this.answer(message.id, message.method, message.params);
        return;
      case 'cancel':
        this.answering.get(message.id)?.abort(cancelled('The request'));
        return;
      case 'result':
        return this.settle(message.id, (waiting) => this.accept(waiting, message.result));
      case 'error':
        return this.settle(message.id, ({ reject }) => reject(new RpcError(message.error.code, message.error.message, message.error)));
      case 'event':
        return this.dispatch(message.event, message.params);
    }
  }

  private settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.waiting.get(id);
    if (!waiting) return; // cancelled in the meantime
    this.waiting.delete(id);
    waiting.stopListening();
    how(waiting);
  }

  private accept({ method, resolve, reject }: Waiting, result: unknown): void {
    const problem = this.theirs.requests[method]!.result(result, 'result');
    if (problem) reject(new RpcError('RPC_SHAPE', `The other side answered ${method} with something malformed: ${problem}.`));
    else resolve(result);
  }

  private dispatch(event: string, params: unknown): void {
    const shape = Object.hasOwn(this.theirs.events, event) ? this.theirs.events[event] : undefined;
    const problem = shape ? shape(params, event) : `nobody knows the event ${JSON.stringify(event)}`;
    if (problem) return this.onProtocolError(problem);
    for (const listener of this.listeners.get(event) ?? []) listener(params);
  }

  private async answer(id: number, method: string, params: unknown): Promise<void> {
    const abort = new AbortController();
    this.answering.set(id, abort);
    try {
      const shape = Object.hasOwn(this.mine.requests, method) ? this.mine.requests[method]!.params : undefined;
      const handler = this.handlers.get(method);
      if (!shape || !handler) throw new RpcError('RPC_UNKNOWN_METHOD', `This side does not answer ${JSON.stringify(method)}.`);
      const problem = shape(params, method);
      if (problem) throw new RpcError('RPC_SHAPE', `A malformed request: ${problem}.`);
      this.post({ rpc: 'result', id, result: await handler(params, { signal: abort.signal }) });
    } catch (error) {
      this.post({ rpc: 'error', id, error: toWireError(error) });
    } finally {
      this.answering.delete(id);
    }
  }
}

/** Writes any thrown value as it crosses the wire; whatever it is, whoever asked gets an answer. */
export function toWireError(thrown: unknown): WireError {
  try {
    if (!(thrown instanceof Error)) return { code: 'THROWN', name: 'Error', message: String(thrown) };
    const { code } = thrown as { code?: unknown };
    const stack = thrown.stack === undefined ? undefined : String(thrown.stack);
    return { code: typeof code === 'string' ? code : 'ERROR', name: String(thrown.name), message: String(thrown.message), stack };
  } catch {
    return { code: 'THROWN', name: 'Error', message: 'Something was thrown that cannot be read.' };
  }
}

function cancelled(what: string): RpcError {
  return new RpcError('RPC_CANCELLED', `${what} was cancelled.`);
}
