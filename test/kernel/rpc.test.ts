import assert from 'node:assert/strict';
import { offersNothing, RpcError, RpcPeer } from '../../src/shared/rpc.js';
import type { Channel, Contract, ContractOf, OffersNothing } from '../../src/shared/rpc.js';
import { aNumber, aString, bytes, record } from '../../src/shared/shape.js';

const adding = {
  requests: {
    add: { params: record({ a: aNumber, b: aNumber }), result: aNumber },
    wait: { params: record({ name: aString }), result: aString },
    fail: { params: record({ name: aString }), result: aString },
  },
  events: { pixels: record({ data: bytes }) },
};
type Adder = ContractOf<typeof adding>;

/** Two ends of a wire that carries messages as a child process does: cloned, later. */
function wire(): [Channel, Channel] {
  const listeners: Set<(message: unknown) => void>[] = [new Set(), new Set()];
  const end = (own: number): Channel => ({
    send: (message) => void setImmediate((copy) => listeners[1 - own]!.forEach((listener) => listener(copy)), structuredClone(message)),
    onMessage: (listener) => (listeners[own]!.add(listener), () => void listeners[own]!.delete(listener)),
  });
  return [end(0), end(1)];
}

describe('RPC', () => {
  let here: Channel;
  let there: Channel;
  let asker: RpcPeer<OffersNothing, Adder>;
  let adder: RpcPeer<Adder, OffersNothing>;
  let problems: string[];
  beforeEach(() => {
    [here, there] = wire();
    problems = [];
    asker = new RpcPeer<OffersNothing, Adder>(here, offersNothing, adding, (problem) => problems.push(problem));
    adder = new RpcPeer<Adder, OffersNothing>(there, adding, offersNothing, (problem) => problems.push(problem));
    adder.handle('add', ({ a, b }) => a + b);
  });

  const code =
    (wanted: string) =>
    (error: unknown): boolean =>
      error instanceof RpcError && error.code === wanted;

  it('answers requests, many at once', async () => {
    assert.deepEqual(await Promise.all([1, 2, 3].map((n) => asker.request('add', { a: n, b: n }))), [2, 4, 6]);
  });

  it('carries errors with code, name, message and stack', async () => {
    adder.handle('fail', () => {
      throw Object.assign(new RangeError('too far'), { code: 'FL_FAR' });
    });
    await assert.rejects(
      asker.request('fail', { name: 'x' }),
      (error: RpcError) =>
        error.code === 'FL_FAR' && error.name === 'RangeError' && error.message === 'too far' && /RangeError/.test(error.remoteStack!),
    );
  });

  it('answers whatever a handler throws', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const silent = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    for (const thrown of [
      undefined,
      null,
      Symbol('s'),
      Object.create(null),
      proxy,
      silent,
      { toString: 1 },
      Object.assign(new Error('x'), { stack: 5, name: {} }),
    ]) {
      adder.handle('fail', () => {
        throw thrown;
      });
      await assert.rejects(asker.request('fail', { name: 'x' }), RpcError);
    }
  });

  it('cancels: at once here, by signal there', async () => {
    let aborted = false;
    const stop = new AbortController();
    adder.handle('wait', (_params, { signal }) => {
      setImmediate(() => stop.abort());
      return new Promise((resolve) => signal.addEventListener('abort', () => ((aborted = true), resolve('late'))));
    });
    const waiting = asker.request('wait', { name: 'x' }, { signal: stop.signal });
    await assert.rejects(waiting, code('RPC_CANCELLED'));
    // What is asked later arrives later.
    assert.equal(await asker.request('add', { a: 1, b: 1 }), 2);
    assert.ok(aborted);
  });

  it('refuses malformed requests, unknown methods and methods of the prototype', async () => {
    await assert.rejects(asker.request('add', { a: 1, b: 'two' } as never), code('RPC_SHAPE'));
    await assert.rejects(
      (asker as unknown as RpcPeer<OffersNothing, Contract & Adder>).request('toString' as 'add', { a: 1, b: 1 }),
      code('RPC_UNKNOWN_METHOD'),
    );
    await assert.rejects(asker.request('wait', { name: 'nobody handles this' }), code('RPC_UNKNOWN_METHOD'));
  });

  it('refuses a malformed answer, and goes on', async () => {
    adder.handle('add', () => 'three' as never);
    await assert.rejects(
      asker.request('add', { a: 1, b: 2 }),
      (error: RpcError) => error.code === 'RPC_SHAPE' && /add.*result must be a finite number/.test(error.message),
    );
    adder.handle('add', ({ a, b }) => a + b);
    assert.equal(await asker.request('add', { a: 1, b: 2 }), 3);
  });

  it('drops what is no message and says so', async () => {
    for (const junk of [
      null,
      7,
      'x',
      {},
      { rpc: 'request' },
      { rpc: 'request', id: -1, method: 'add' },
      { rpc: 'constructor' },
      { rpc: 'error', id: 1, error: {} },
      { rpc: 'event', event: '__proto__', params: {} },
    ])
      here.send(junk);
    assert.equal(await asker.request('add', { a: 1, b: 1 }), 2);
    assert.equal(problems.length, 9);
  });

  it('carries events with bytes as bytes, to those who listen', async () => {
    const seen: Uint8Array[] = [];
    const stop = asker.on('pixels', ({ data }) => seen.push(data));
    adder.emit('pixels', { data: Uint8Array.of(1, 2) });
    await asker.request('add', { a: 1, b: 1 });
    stop();
    adder.emit('pixels', { data: Uint8Array.of(3) });
    await asker.request('add', { a: 1, b: 1 });
    assert.deepEqual(seen, [Uint8Array.of(1, 2)]);
  });

  it('rejects everything that is open when it closes', async () => {
    adder.handle('wait', () => new Promise(() => undefined));
    const waiting = asker.request('wait', { name: 'x' });
    asker.close('The kernel is gone.');
    await assert.rejects(waiting, (error: RpcError) => error.code === 'RPC_CLOSED' && error.message === 'The kernel is gone.');
    await assert.rejects(asker.request('add', { a: 1, b: 1 }), code('RPC_CLOSED'));
  });
});
