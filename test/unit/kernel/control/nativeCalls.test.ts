import assert from 'node:assert/strict';
import path from 'node:path';
import type { MainThreadState } from '../../../../src/kernel/control/mainThreadState.js';
import { countNativeCalls } from '../../../../src/kernel/control/nativeCalls.js';
import { GraphBuilder } from '../../../../src/pipeline/onnx/index.js';
import { InferenceSession, OrtTensor } from '../../../../src/pipeline/networks/onnxRuntime.js';

describe('calls of ONNX Runtime that keep the kernel’s thread', () => {
  /** y = x · x, a matrix. */
  async function square(): Promise<InferenceSession> {
    const graph = new GraphBuilder('square');
    const x = graph.input('x', ['rows', 'rows']);
    graph.output(graph.node('MatMul', [x, x], x.dims), 'y');
    return InferenceSession.create(graph.finish().bytes);
  }
  const run = (session: InferenceSession, rows: number) =>
    session.run({ x: new OrtTensor('float32', new Float32Array(rows * rows), [rows, rows]) });

  it('are told of before they begin where they may be long, and counted while they run', async () => {
    const { create, prototype } = InferenceSession as unknown as { create: unknown; prototype: { run: unknown } };
    const plain = { create, run: prototype.run };
    const events: string[] = [];
    const state = { addNativeCall: (by: number) => void events.push(by > 0 ? 'begins' : 'ends') } as unknown as MainThreadState;
    try {
      countNativeCalls(path.join(__dirname, 'library.js'), state, () => Promise.resolve(void events.push('told')));
      const session = await square();
      assert.deepEqual(events.splice(0), ['told', 'begins', 'ends']);
      await run(session, 2);
      assert.deepEqual(events.splice(0), ['told', 'begins', 'ends'], 'nobody knows yet how long its calls are');
      await run(session, 2);
      assert.deepEqual(events.splice(0), ['begins', 'ends'], 'the last one was over in no time');
      await session.release();
    } finally {
      Object.assign(InferenceSession, { create: plain.create });
      prototype.run = plain.run;
    }
  });
});
