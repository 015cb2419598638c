import assert from 'node:assert/strict';
import { appendFileSync, closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { FrameloomError } from '../../src/pipeline/core/errors.js';
import { findAttention } from '../../src/pipeline/onnx/attentionSites.js';
import { GraphRewriter } from '../../src/pipeline/onnx/graphRewriter.js';
import { readModel } from '../../src/pipeline/onnx/readModel.js';
import { WireWriter } from '../../src/pipeline/onnx/wireWriter.js';
import { writeModel } from '../../src/pipeline/onnx/writeModel.js';
import { Generator } from '../../src/pipeline/core/generator.js';
import { type HandMadeNode, model, withFile } from '../unit/pipeline/onnx/onnxFile.js';

const inputs = { sample: 'sample', text: 'encoder_hidden_states' };
const good = readFileSync(path.join(__dirname, '..', 'parity', 'tiny-attentions', 'unet', 'model.onnx'));

/** All that is done with a model's file before ONNX Runtime sees it. */
function readAndFollow(file: string) {
  const graph = new GraphRewriter(readModel(file));
  const found = findAttention(graph, {
    sample: graph.model.inputs.some(({ name }) => name === 'sample') ? 'sample' : 'x',
    text: inputs.text,
  });
  return { found, ...writeModel(graph) };
}

/** Most bytes that the process may grow by while a hostile file is refused. */
const MOST_GROWTH = 300e6;

function refuses(title: string, bytes: () => Uint8Array, code: string, message = /./): void {
  it(title, () =>
    withFile(bytes(), (file) => {
      const before = process.memoryUsage.rss();
      assert.throws(
        () => readAndFollow(file),
        (error: unknown) => {
          assert.ok(error instanceof FrameloomError, String(error));
          assert.equal(error.code, code, error.message);
          assert.match(error.message, message);
          assert.ok(error.message.includes(file));
          return true;
        },
      );
      assert.ok(process.memoryUsage.rss() - before < MOST_GROWTH, 'memory');
    }),
  );
}

const list = (count: number, make: (i: number) => HandMadeNode) => Array.from({ length: count }, (_, i) => make(i));

describe('an ONNX file that is broken or hostile gets an error with a code', () => {
  refuses('empty', () => Buffer.alloc(0), 'FL_ONNX_MALFORMED', /without a graph/);
  refuses('a text file', () => Buffer.from('version https://git-lfs.github.com/spec/v1\n'), 'FL_ONNX_MALFORMED', /at byte \d+/);
  refuses('a number that does not end', () => Buffer.alloc(100, 0xff), 'FL_ONNX_MALFORMED', /53 bits|does not end/);
  refuses('a number that is cut off', () => Buffer.from([0x3a, 0x80]), 'FL_ONNX_MALFORMED', /cut off/);
  refuses(
    'a graph of 2^50 bytes',
    () => Buffer.from([0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02]),
    'FL_ONNX_MALFORMED',
    /1125899906842624 bytes stands where 0 are left/,
  );
  refuses('field number 0', () => Buffer.from([0x02, 0x00]), 'FL_ONNX_MALFORMED', /number 0/);
  refuses('a group, nested', () => Buffer.alloc(1000, 0x3b), 'FL_ONNX_MALFORMED', /wire type 3/);
  refuses('a graph that is a number', () => new WireWriter().integer(7, 5).finish(), 'FL_ONNX_MALFORMED', /field 7 has the wire type 0/);
  refuses(
    'an operator of 100 kB',
    () => model([{ op: 'A'.repeat(100_000), inputs: ['x'], outputs: ['y'] }]),
    'FL_ONNX_MALFORMED',
    /100000 bytes long/,
  );
  refuses(
    'a tensor of negative length',
    () => model([{ op: 'Relu', inputs: ['x'], outputs: ['y'] }], { initializers: [new WireWriter().integer(1, -4).bytes(8, 'w')] }),
    'FL_ONNX_MALFORMED',
    /\[-4\]/,
  );
  refuses(
    'an input of a thousand axes',
    () => {
      const shape = new WireWriter();
      for (let i = 0; i < 1000; i++) shape.bytes(1, new WireWriter().integer(1, 1));
      const value = new WireWriter().bytes(1, 'z').bytes(2, new WireWriter().bytes(1, new WireWriter().bytes(2, shape)));
      return model([{ op: 'Relu', inputs: ['x'], outputs: ['y'] }], { graphExtra: new WireWriter().bytes(11, value).finish() });
    },
    'FL_ONNX_MALFORMED',
    /more than 64 axes/,
  );
  refuses(
    'two nodes that make one value',
    () =>
      model([
        { op: 'Relu', inputs: ['x'], outputs: ['y'] },
        { op: 'Abs', inputs: ['x'], outputs: ['y'] },
      ]),
    'FL_ONNX_MALFORMED',
    /make the value y/,
  );
  refuses('a node that needs itself', () => model([{ op: 'Add', inputs: ['x', 'y'], outputs: ['y'] }]), 'FL_ONNX_CYCLE', /node of y/);
  refuses(
    'a long way round to itself',
    () =>
      model([
        ...list(50_000, (i) => ({ op: 'Relu', inputs: [`v${i}`], outputs: [`v${i + 1}`] })),
        { op: 'Add', inputs: ['v50000', 'x'], outputs: ['v0'] },
      ]),
    'FL_ONNX_CYCLE',
  );
  refuses(
    'more nodes than any network has',
    () => new WireWriter().bytes(7, Buffer.alloc(400_000, Buffer.from([0x0a, 0x00]))).finish(),
    'FL_ONNX_TOO_LARGE',
    /100000 nodes/,
  );

  it('no file, and a folder', () => {
    assert.throws(() => readModel('/nowhere/model.onnx'), { code: 'FL_ONNX_READ', message: /\/nowhere\/model\.onnx/ });
    assert.throws(() => readModel(__dirname), { code: 'FL_ONNX_READ' });
  });

  it('a file that was replaced since it was read', () =>
    withFile(good, (file) => {
      const graph = new GraphRewriter(readModel(file));
      appendFileSync(file, Buffer.from([0x08, 0x08]));
      assert.throws(() => writeModel(graph), { code: 'FL_ONNX_CHANGED', message: /changed/ });
    }));
});

describe('an ONNX file that is strange but readable costs little', () => {
  /** Is read and followed without growing beyond bounds; that it ends at all is the point. */
  const bears = (title: string, bytes: () => Uint8Array) =>
    it(title, () =>
      withFile(bytes(), (file) => {
        const before = process.memoryUsage.rss();
        assert.deepEqual(readAndFollow(file).found, []);
        assert.ok(process.memoryUsage.rss() - before < MOST_GROWTH, 'memory');
      }),
    );

  bears('a chain of 50,000 nodes', () =>
    model([
      ...list(50_000, (i) => ({ op: 'Relu', inputs: [i === 0 ? 'x' : `v${i}`], outputs: [`v${i + 1}`] })),
      { op: 'Relu', inputs: ['v50000'], outputs: ['y'] },
    ]),
  );
  bears('a list that doubles a hundred times', () =>
    model([
      { op: 'Shape', inputs: ['x'], outputs: ['v0'] },
      ...list(100, (i) => ({ op: 'Concat', inputs: [`v${i}`, `v${i}`], outputs: [`v${i + 1}`] })),
      { op: 'Reshape', inputs: ['x', 'v100'], outputs: ['y'] },
    ]),
  );
  bears('axes without end', () =>
    model(
      [
        ...list(3000, (i) => ({ op: 'Unsqueeze', inputs: [i === 0 ? 'one' : `v${i}`, 'one'], outputs: [`v${i + 1}`] })),
        { op: 'Reshape', inputs: ['x', 'v3000'], outputs: ['y'] },
      ],
      {
        initializers: [new WireWriter().integer(1, 1).integer(2, 7).bytes(8, 'one').bytes(9, Buffer.alloc(8))],
      },
    ),
  );
  bears('products that all hang together', () =>
    model(
      list(3000, (i) => ({
        op: 'MatMul',
        inputs: [i === 0 ? 'x' : `v${i}`, i < 2 ? 'x' : `v${i - 1}`],
        outputs: [i === 2999 ? 'y' : `v${i + 1}`],
      })),
    ),
  );
  bears('subgraphs in subgraphs, ten thousand deep', () => {
    let graph = new WireWriter();
    for (let depth = 0; depth < 10_000; depth++) {
      graph = new WireWriter().bytes(
        1,
        new WireWriter().bytes(4, 'If').bytes(5, new WireWriter().bytes(1, 'then_branch').bytes(6, graph.finish())),
      );
    }
    return model([
      {
        op: 'Relu',
        inputs: ['x'],
        outputs: ['y'],
        extra: new WireWriter().bytes(5, new WireWriter().bytes(1, 'then_branch').bytes(6, graph.finish())).finish(),
      },
    ]);
  });

  it('three gigabytes of weights are passed over', () =>
    withFile(Buffer.alloc(0), (file) => {
      // A sparse file: the length of the weight is written, its zeros are not.
      const size = 3_000_000_000;
      const head = new WireWriter()
        .integer(1, size / 4)
        .integer(2, 1)
        .bytes(8, 'w')
        .finish();
      const whole = model([{ op: 'Relu', inputs: ['x'], outputs: ['y'] }]);
      const length = (field: number, bytes: number) => {
        // A field of so many bytes, without them.
        const tag = new WireWriter().integer(field, bytes).finish();
        tag[0]! |= 2;
        return tag;
      };
      const raw = length(9, size);
      const weights = length(5, head.length + raw.length + size);
      const graph = length(7, weights.length + head.length + raw.length + size);
      const start = Buffer.concat([whole, graph, weights, head, raw]);
      const descriptor = openSync(file, 'w');
      writeSync(descriptor, start);
      ftruncateSync(descriptor, start.length + size);
      closeSync(descriptor);
      const before = process.memoryUsage.rss();
      const read = readModel(file);
      assert.deepEqual(
        read.initializers.map(({ name, dims, raw }) => [name, dims, raw!.end - raw!.start]),
        [['w', [size / 4], size]],
      );
      const { bytes } = writeModel(new GraphRewriter(read));
      assert.ok(bytes.length < 1000);
      assert.ok(process.memoryUsage.rss() - before < 50e6, 'memory');
    }));

  it('bytes changed or cut at random: an answer or an error of ours, never another', () =>
    withFile(good, async () => {
      const random = new Generator(5);
      const draw = (most: number) => Math.min(most - 1, Math.floor((Math.abs(random.randn([1]).data[0]!) * most) / 3));
      let errors = 0;
      for (let round = 0; round < 250; round++) {
        const bytes = Buffer.from(round % 3 === 0 ? good.subarray(0, draw(good.length)) : good);
        for (let i = 0; bytes.length > 0 && i <= round % 4; i++) bytes[draw(bytes.length)] = draw(256);
        await withFile(bytes, (file) => {
          try {
            readAndFollow(file);
          } catch (error) {
            assert.ok(error instanceof FrameloomError, `${String((error as Error).stack)}`);
            errors++;
          }
        });
      }
      assert.ok(errors > 100, `only ${errors} of 250 were refused`);
    }));
});
