import type { Channel } from './rpc.js';

/* The two wires of kernelProtocol.ts as channels for an RpcPeer. */

/** A byte stream both ways: a `net.Socket`, or the `Duplex` that `fork` puts at `child.stdio[CONTROL_FD]`. */
export interface ByteStream {
  write(text: string): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
}

/** The control wire's channel: one JSON message a line. Lines longer than 1 MiB or not JSON are dropped. */
export function lineChannel(stream: ByteStream): Channel {
  return {
    send: (message) => void stream.write(`${JSON.stringify(message)}\n`),
    onMessage(listener) {
      const decoder = new TextDecoder();
      let rest = '';
      const onData = (chunk: Uint8Array): void => {
        rest += decoder.decode(chunk, { stream: true });
        const lines = rest.split('\n');
        rest = lines.pop()!.slice(0, 1 << 20);
        for (const line of lines) {
          const message = parsed(line);
          if (message !== undefined) listener(message);
        }
      };
      stream.on('data', onData);
      return () => void stream.off('data', onData);
    },
  };
}

/** The main wire's channel over a forked child process, or over `process` inside of it. */
export function processChannel(side: {
  send?(message: unknown, done?: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}): Channel {
  let unwritten = 0;
  let waiting: (() => void)[] = [];
  // A failed write is a dead other side; whoever watches the process learns of it from `exit` or `disconnect`.
  const done = (): void => {
    if (--unwritten > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  return {
    send(message) {
      unwritten++;
      try {
        if (side.send) side.send(message, done);
        else done();
      } catch (error) {
        done();
        throw error;
      }
    },
    written: () => (unwritten === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    onMessage(listener) {
      side.on('message', listener);
      return () => void side.off('message', listener);
    },
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
