import { createRequire } from 'node:module';
import type { MainThreadState } from './mainThreadState.js';

type AnyMethod = (this: unknown, ...given: unknown[]) => unknown;

/** Calls that took longer than this before, ms, keep the thread so long that what was said meanwhile would be old. */
const LONG = 100;

/**
 * Counts the calls of ONNX Runtime that keep the main thread, whoever makes them, so that the control thread knows a
 * long denoising step from an endless loop.
 *
 * @param library the library's file: its ONNX Runtime is the one that counts.
 * @param beforeLong awaited before calls that may take long: those of a session whose last call did, or that has had none.
 */
export function countNativeCalls(library: string, state: MainThreadState, beforeLong: () => Promise<void>): void {
  const { InferenceSession } = createRequire(library)('onnxruntime-node') as { InferenceSession: { prototype: object } };
  wrap(InferenceSession.prototype, 'run', state, beforeLong);
  wrap(InferenceSession, 'create', state, beforeLong);
}

function wrap(owner: object, name: string, state: MainThreadState, beforeLong: () => Promise<void>): void {
  const methods = owner as Record<string, AnyMethod | undefined>;
  const original = methods[name];
  if (!original) return;
  const lastTook = new WeakMap<object, number>();
  methods[name] = async function (...given) {
    const session = this as object;
    if ((lastTook.get(session) ?? LONG) >= LONG) await beforeLong();
    state.addNativeCall(1);
    const began = performance.now();
    try {
      return await original.apply(this, given);
    } finally {
      lastTook.set(session, performance.now() - began);
      state.addNativeCall(-1);
    }
  };
}
