import { createRequire } from 'node:module';
import type { MainThreadState } from './mainThreadState.js';

type AnyMethod = (this: unknown, ...given: unknown[]) => unknown;

/**
 * Counts the calls of ONNX Runtime that keep the main thread, whoever makes them, so that the control thread knows a
 * long denoising step from an endless loop.
 *
 * @param library the library's file: its ONNX Runtime is the one that counts.
 */
export function countNativeCalls(library: string, state: MainThreadState): void {
  const { InferenceSession } = createRequire(library)('onnxruntime-node') as { InferenceSession: { prototype: object } };
  wrap(InferenceSession.prototype, 'run', state);
  wrap(InferenceSession, 'create', state);
}

function wrap(owner: object, name: string, state: MainThreadState): void {
  const methods = owner as Record<string, AnyMethod | undefined>;
  const original = methods[name];
  if (!original) return;
  methods[name] = async function (...given) {
    state.addNativeCall(1);
    try {
      return await original.apply(this, given);
    } finally {
      state.addNativeCall(-1);
    }
  };
}
