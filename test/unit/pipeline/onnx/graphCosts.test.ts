import assert from 'node:assert/strict';
import { graphCosts, readModel } from '../../../../src/pipeline/onnx/index.js';
import { GraphBuilder } from '../../../../src/pipeline/onnx/build/graphBuilder.js';

describe('what a call takes, by a walk over the graph', () => {
  const costsOf = (build: (graph: GraphBuilder) => void, shapes: Record<string, number[]>) => {
    const graph = new GraphBuilder('test');
    build(graph);
    return graphCosts(readModel(graph.finish()), new Map(Object.entries(shapes)));
  };

  it('counts two operations for each weight that a number meets', () => {
    const { operations } = costsOf(
      (graph) => {
        const x = graph.input('x', ['n', 6, 'h', 'w']);
        const kernel = graph.input('kernel', [5, 6, 3, 3]);
        const y = graph.node('Conv', [x, kernel], ['n', 5, 'h', 'w'], {
          attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] },
        });
        graph.output(y, 'y');
      },
      { x: [2, 6, 8, 9], kernel: [5, 6, 3, 3] },
    );
    assert.equal(operations, 2 * (2 * 5 * 8 * 9) * (6 * 9));
    const product = costsOf(
      (graph) => {
        const y = graph.node('FusedMatMul', [graph.input('x', ['n', 7, 6]), graph.input('w', [5, 6])], ['n', 7, 5], {
          domain: 'com.microsoft',
          attributes: { transB: 1 },
        });
        graph.output(y, 'y');
      },
      { x: [3, 7, 6], w: [5, 6] },
    );
    assert.equal(product.operations, 2 * 3 * 7 * 5 * 6);
  });

  it('counts the scores of every query with every key, and the weighted sum', () => {
    const { operations } = costsOf(
      (graph) => {
        const [q, k, v] = ['q', 'k', 'v'].map((name) => graph.input(name, ['n', `${name}s`, 8]));
        graph.output(
          graph.node('MultiHeadAttention', [q, k, v], ['n', 'qs', 8], { domain: 'com.microsoft', attributes: { num_heads: 2 } }),
          'y',
        );
      },
      { q: [1, 10, 8], k: [1, 4, 8], v: [1, 4, 8] },
    );
    assert.equal(operations, 2 * 2 * 10 * 4 * 8);
  });

  it('a value is held from where it is made to where it is last needed; views and writing over cost nothing', () => {
    const { peakBytes } = costsOf(
      (graph) => {
        const x = graph.input('x', ['n']);
        // Held to the end by the last node.
        const kept = graph.node('Sin', [x], ['n']);
        const one = graph.node('Cos', [kept], ['n']);
        // Writes over `one`.
        const two = graph.node('Sigmoid', [one], ['n']);
        const view = graph.node('Unsqueeze', [two, graph.integers([0])], [1, 'n']);
        // `two` ends here, and this takes its place.
        const three = graph.node('Cos', [view], [1, 'n']);
        graph.output(graph.node('Add', [three, kept], [1, 'n']), 'y');
      },
      { x: [1000] },
    );
    // While `three` is computed: kept, two, three.
    assert.equal(peakBytes, 3 * 4 * 1000);
  });

  it('what follows from constants alone is computed at load, and counted apart', () => {
    const { foldedBytes, peakBytes } = costsOf(
      (graph) => {
        const table = graph.node('Cos', [graph.numbers(new Float32Array(500))], [500]);
        graph.output(graph.node('Sub', [graph.input('x', [500]), table], [500]), 'y');
      },
      { x: [500] },
    );
    assert.deepEqual([foldedBytes, peakBytes], [2000, 2000]);
  });
});
