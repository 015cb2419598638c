import { Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { lineChannel } from '../../shared/kernelChannels.js';
import { CONTROL_FD } from '../../shared/kernelProtocol.js';
import type { ControlContract, ControlHostContract, Heartbeat } from '../../shared/kernelProtocol.js';
import { controlHostShapes, controlShapes } from '../../shared/kernelShapes.js';
import { RpcPeer } from '../../shared/rpc.js';
import { MainThreadState } from './mainThreadState.js';

const HEARTBEAT_MS = 500;
const LOOK_MS = 25;
const LAST_GRACE_MS = 2000;
const DEFAULT_GRACE_MS = 400;

/** What the main thread hands its control thread. */
export interface ControlThreadData {
  readonly role: 'control';
  readonly memory: SharedArrayBuffer;
}

/** The body of the control thread: it answers while the main thread cannot. */
export function runControlThread(data: ControlThreadData, main: MessagePort): void {
  const state = new MainThreadState(data.memory);
  const socket = new Socket({ fd: CONTROL_FD, readable: true, writable: true });
  socket.on('error', () => undefined); // the host is gone; `close` follows
  socket.on('close', endWithHost);
  const peer = new RpcPeer<ControlContract, ControlHostContract>(lineChannel(socket), controlShapes, controlHostShapes);
  const silence = watchTurns(state);
  peer.handle('interrupt', ({ graceMs = DEFAULT_GRACE_MS }) => interrupt(state, main, graceMs));
  setInterval(() => peer.emit('heartbeat', heartbeat(state, silence())), HEARTBEAT_MS);
}

/** The host is gone. The main thread hears of it by `disconnect` and ends; one that is in a loop never hears. */
function endWithHost(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_GRACE_MS);
}

type Outcome = ControlContract['requests']['interrupt']['result'];

async function interrupt(state: MainThreadState, main: MessagePort, graceMs: number): Promise<Outcome> {
  if (!state.running) return { outcome: 'nothing-running' };
  const taken = state.interruptsTaken;
  main.postMessage('interrupt');
  const reacted = (): boolean => state.interruptsTaken !== taken || !state.running;
  let inScriptMs = 0;
  while (!reacted()) {
    await pause(LOOK_MS);
    // A native call cannot be left; when it returns, the main thread takes the request up by itself.
    inScriptMs = state.nativeCalls > 0 ? 0 : inScriptMs + LOOK_MS;
    if (inScriptMs >= graceMs) return stopScript(state, reacted);
  }
  return { outcome: 'asked' };
}

/** The main thread is in a tight loop: ends the loops of cells, then whatever else runs, as far as the system can. */
async function stopScript(state: MainThreadState, reacted: () => boolean): Promise<Outcome> {
  state.stopLoops = true;
  for (let waited = 0; waited < 500; waited += LOOK_MS) {
    await pause(LOOK_MS);
    if (reacted()) return { outcome: 'terminated' };
  }
  // A loop in a package, or a regular expression: SIGINT ends the synchronous part of a cell. Windows has no SIGINT
  // that a process could send itself without dying of it.
  if (process.platform !== 'win32') process.kill(process.pid, 'SIGINT');
  return { outcome: 'terminated' };
}

function heartbeat(state: MainThreadState, silentMs: number): Heartbeat {
  const blockedBy = silentMs < 2 * HEARTBEAT_MS ? 'nothing' : state.nativeCalls > 0 ? 'native' : 'script';
  return { silentMs, blockedBy, rss: process.memoryUsage.rss() };
}

/** Tells for how many ms the main thread has not turned its event loop; 0 while no cell runs. */
function watchTurns(state: MainThreadState): () => number {
  let turns = state.turns;
  let since = Date.now();
  return () => {
    if (state.turns !== turns || !state.running) {
      turns = state.turns;
      since = Date.now();
    }
    return Date.now() - since;
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
