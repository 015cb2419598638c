import { Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { lineChannel } from '../../shared/kernelChannels.js';
import { CONTROL_FD, controlContract } from '../../shared/kernelProtocol.js';
import type { ControlContract, Heartbeat } from '../../shared/kernelProtocol.js';
import { offersNothing, RpcPeer } from '../../shared/rpc.js';
import type { OffersNothing } from '../../shared/rpc.js';
import { killChildren } from './killChildren.js';
import { MainThreadState, TURN_MS } from './mainThreadState.js';
import { terminateScript } from './terminateScript.js';

const HEARTBEAT_MS = 500;
const LOOK_MS = 25;
const LAST_GRACE_MS = 2000;
const DEFAULT_GRACE_MS = 400;
/** How long the kernel's own and the cells' handlers of the process's exit may take. */
const EXIT_MS = 5000;
/** How long the main thread gets to take up an interrupt after each step that may free it. */
const REACTION_MS = 500;
/** For how long an interrupt that was taken up is followed: the cell may come to a loop only now. */
const FOLLOW_MS = 1500;
/** Between two callbacks of a storm there is nothing to end, and it may begin anew with the next one. */
const ATTEMPTS = 40;
/** How often in turn JavaScript may not be seen running before that is believed: on a busy machine its thread may just not have had the processor. */
const SILENT_ATTEMPTS = 2;

/** What the main thread hands its control thread. */
export interface ControlThreadData {
  readonly role: 'control';
  readonly memory: SharedArrayBuffer;
}

/** What the main thread tells its control thread. */
export type MainThreadMessage =
  /** It waits for a child process (`execSync` and its like); these are those it does not wait for. */
  | { readonly kind: 'waits-for-child'; readonly others: readonly number[] }
  /** Handlers of its exit run. */
  | { readonly kind: 'exits' };

/** The body of the control thread: it answers while the main thread cannot. */
export function runControlThread(data: ControlThreadData, main: MessagePort): void {
  const state = new MainThreadState(data.memory);
  const socket = new Socket({ fd: CONTROL_FD, readable: true, writable: true });
  socket.on('error', () => undefined); // the host is gone; `close` follows
  socket.on('close', endWithHost);
  const peer = new RpcPeer<ControlContract, OffersNothing>(lineChannel(socket), controlContract, offersNothing);
  const silence = watchTurns(state);
  let others: ReadonlySet<number> = new Set();
  main.on('message', (message: MainThreadMessage) => {
    if (message.kind === 'exits') setTimeout(endProcess, EXIT_MS);
    else others = new Set(message.others);
  });
  peer.handle('interrupt', ({ graceMs = DEFAULT_GRACE_MS }) => interrupt(state, main, graceMs, () => others));
  setInterval(() => peer.emit('heartbeat', heartbeat(state, silence())), HEARTBEAT_MS);
}

/** The host is gone. The main thread hears of it by `disconnect` and ends; one that is in a loop never hears. */
function endWithHost(): void {
  setTimeout(endProcess, LAST_GRACE_MS);
}

function endProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

type Outcome = ControlContract['requests']['interrupt']['result'];

async function interrupt(
  state: MainThreadState,
  main: MessagePort,
  graceMs: number,
  otherChildren: () => ReadonlySet<number>,
): Promise<Outcome> {
  if (!state.running) return { outcome: 'nothing-running' };
  const taken = state.interruptsTaken;
  main.postMessage('interrupt');
  const reacted = (): boolean => state.interruptsTaken !== taken || !state.running;
  let inScriptMs = 0;
  while (!reacted()) {
    await pause(LOOK_MS);
    // A native call cannot be left; when it returns, the main thread takes the request up by itself.
    inScriptMs = state.nativeCalls > 0 ? 0 : inScriptMs + LOOK_MS;
    if (inScriptMs >= graceMs) return { outcome: (await stopScript(state, reacted, otherChildren)) ? 'terminated' : 'stuck' };
  }
  return { outcome: (await isLeft(state, graceMs)) || (await stopScript(state, () => !state.running, otherChildren)) ? 'asked' : 'stuck' };
}

/** Whether an interrupted cell ends or at least lets the main thread turn, as far as one sees in a while; false when it does not. */
async function isLeft(state: MainThreadState, graceMs: number): Promise<boolean> {
  let { turns } = state;
  let silentMs = 0;
  for (let waited = 0; waited < FOLLOW_MS && state.running && state.nativeCalls === 0; waited += LOOK_MS) {
    await pause(LOOK_MS);
    silentMs = state.turns === turns ? silentMs + LOOK_MS : 0;
    ({ turns } = state);
    if (silentMs >= graceMs + TURN_MS) return false;
  }
  return true;
}

/** The main thread does not turn: ends loops of cells, then whatever JavaScript runs, or the child process that it waits for. */
async function stopScript(state: MainThreadState, reacted: () => boolean, otherChildren: () => ReadonlySet<number>): Promise<boolean> {
  state.stopLoops = true;
  if (await within(REACTION_MS, reacted)) return true;
  let silent = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await terminateScript();
    if (reacted()) return true;
    const freed = found !== 'native' || (state.childrenWaitedFor > 0 && killChildren(otherChildren()));
    silent = freed ? 0 : silent + 1;
    if (silent === SILENT_ATTEMPTS) return false;
    if (!freed) continue;
    if (await within(found === 'nothing-runs' ? 2 * LOOK_MS : REACTION_MS, reacted)) return true;
  }
  return false;
}

async function within(ms: number, reacted: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < ms && !reacted(); waited += LOOK_MS) await pause(LOOK_MS);
  return reacted();
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
