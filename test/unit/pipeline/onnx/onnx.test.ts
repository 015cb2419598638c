import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { Graph } from '../../../../src/pipeline/networks/graph.js';
import { ModelFolder } from '../../../../src/pipeline/networks/modelFolder.js';
import { UNet } from '../../../../src/pipeline/networks/unet.js';
import { modulePath } from '../../../../src/pipeline/onnx/attentionNames.js';
import { ByteSource } from '../../../../src/pipeline/onnx/byteSource.js';
import { GraphRewriter } from '../../../../src/pipeline/onnx/graphRewriter.js';
import { ElementType } from '../../../../src/pipeline/onnx/onnxModel.js';
import { readModel } from '../../../../src/pipeline/onnx/readModel.js';
import { WireReader } from '../../../../src/pipeline/onnx/wireReader.js';
import { WireWriter } from '../../../../src/pipeline/onnx/wireWriter.js';
import { writeModel } from '../../../../src/pipeline/onnx/writeModel.js';
import { Tensor } from '../../../../src/pipeline/core/tensor.js';
import { model, tensor, withFile } from './onnxFile.js';

const embedded = path.join(__dirname, '../../../../models/motion-stickers');
const parity = path.join(__dirname, '../../../parity');

/** x → Relu → a → Add one → y */
const chain = () =>
  model(
    [
      { op: 'Relu', inputs: ['x'], outputs: ['a'] },
      { op: 'Add', inputs: ['a', 'one'], outputs: ['y'] },
    ],
    { initializers: [tensor('one', [1])] },
  );

/** Loads what a rewriter made and runs it on a list. */
async function run(
  graph: GraphRewriter,
  values: number[],
  more: Record<string, { data: number[]; dims: number[] }> = {},
): Promise<Record<string, number[]>> {
  const session = await Graph.loadRewritten(graph.model.file, writeModel(graph), { threads: 1 });
  const outputs = await session.run({ x: { data: values, dims: [values.length] }, ...more });
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, [...data]]));
}

describe('protobuf on the wire', () => {
  it('what is written is read, whatever the numbers', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            field: fc.integer({ min: 1, max: 2 ** 29 - 1 }),
            integer: fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }),
            text: fc.string({ unit: 'grapheme' }),
            float: fc.float({ noNaN: true }),
          }),
          { maxLength: 8 },
        ),
        async (fields) => {
          const message = new WireWriter();
          for (const { field, integer, text, float } of fields) message.integer(field, integer).bytes(field, text).float(field, float);
          await withFile(message.finish(), (file) =>
            ByteSource.use(file, (source) => {
              const reader = new WireReader(source);
              const read = [...reader.fields({ start: 0, end: source.size })];
              for (const [i, { field, integer, text, float }] of fields.entries()) {
                assert.deepEqual(
                  read.slice(3 * i, 3 * i + 3).map(({ number }) => number),
                  [field, field, field],
                );
                assert.equal(reader.integer(read[3 * i]!), Number(integer));
                assert.equal(reader.string(read[3 * i + 1]!), text);
                assert.equal(reader.float(read[3 * i + 2]!), float);
              }
            }),
          );
        },
      ),
      { numRuns: 60 },
    ));
});

describe('rewriting a graph', () => {
  it('rewire, splice, add inputs, outputs and nodes: ONNX Runtime computes the new graph', () =>
    withFile(chain(), async (file) => {
      const graph = new GraphRewriter(readModel(file));
      // y = relu(x) · gain + one, with relu(x) and its square given out beside.
      graph.splice('a', (a) => graph.add('Mul', [a, graph.addInput('gain', ElementType.float, [1])]));
      graph.addOutput('a', 'positive', ElementType.float, ['length']);
      graph.addOutput(graph.add('Mul', ['a', 'a']), 'square', ElementType.float, ['length']);
      assert.deepEqual(await run(graph, [-1, 2, 3], { gain: { data: [10], dims: [1] } }), {
        y: [1, 21, 31],
        positive: [0, 2, 3],
        square: [0, 4, 9],
      });
    }));

  it('a rewired node keeps what is not its inputs, and a node without use can be taken out', () =>
    withFile(chain(), async (file) => {
      const graph = new GraphRewriter(readModel(file));
      const [relu, add] = graph.nodes as [GraphRewriter['nodes'][0], GraphRewriter['nodes'][0]];
      assert.throws(() => graph.remove(relu), { code: 'FL_ONNX_UNSUPPORTED', message: /a is still used/ });
      graph.rewire({ node: add, input: 0 }, 'x');
      graph.remove(relu);
      assert.deepEqual(await run(graph, [-1, 2]), { y: [0, 3] });
      assert.throws(() => graph.remove(add), { code: 'FL_ONNX_UNSUPPORTED' });
      assert.throws(() => graph.rewire({ node: add, input: 0 }, 'b'), { code: 'FL_ONNX_VALUE', message: /"b"/ });
      assert.throws(() => graph.addInput('x', ElementType.float, []), { code: 'FL_ONNX_UNSUPPORTED' });
    }));

  it('fields that nobody knows are kept: of the model, the graph, and of nodes, rewired or not', () =>
    withFile(
      model(
        [
          { op: 'Relu', inputs: ['x'], outputs: ['a'], extra: new WireWriter().bytes(900, 'in a node').finish() },
          { op: 'Abs', inputs: ['a'], outputs: ['y'], extra: new WireWriter().integer(901, -5).finish() },
        ],
        {
          graphExtra: new WireWriter().float(902, 1.5).finish(),
          modelExtra: new WireWriter().bytes(14, new WireWriter().bytes(1, 'key').bytes(2, 'metadata')).finish(),
        },
      ),
      (file) => {
        const graph = new GraphRewriter(readModel(file));
        graph.rewire({ node: graph.nodes[1]!, input: 0 }, 'x');
        const { bytes } = writeModel(graph);
        const kept = [
          new WireWriter().bytes(900, 'in a node'),
          new WireWriter().integer(901, -5),
          new WireWriter().float(902, 1.5),
          new WireWriter().bytes(2, 'metadata'),
        ];
        for (const part of kept) assert.ok(Buffer.from(bytes).includes(part.finish()));
      },
    ));

  it('nodes in any order are put in the order of computation', () =>
    withFile(
      model([
        { op: 'Add', inputs: ['a', 'a'], outputs: ['y'] },
        { op: 'Relu', inputs: ['x'], outputs: ['a'] },
      ]),
      async (file) => {
        assert.deepEqual(await run(new GraphRewriter(readModel(file)), [-2, 4]), { y: [0, 8] });
      },
    ));
});

describe('weights stay on disk', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-weights-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const wave = (...dims: number[]) =>
    new Tensor(
      Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * 1.7)),
      dims,
    );
  const listing = (at: string) =>
    readdirSync(at, { recursive: true, encoding: 'utf8' }).map((name) => [
      name,
      statSync(path.join(at, name)).mtimeMs,
      statSync(path.join(at, name)).size,
    ]);

  /** A tapped prediction equals the untapped one bit for bit, and nothing is written into the folder. */
  async function check(directory: string): Promise<void> {
    const before = listing(folder);
    const unet = await UNet.load(await ModelFolder.open(directory), { threads: 1 });
    const latents = wave(unet.fixedFrames ?? 3, unet.inChannels, 8, 8);
    const conditioning = { embeddings: wave(1, 9, unet.crossAttentionDim!), guidanceScale: 1 };
    const { prediction, attention } = await unet.predictTapped(latents, 300, conditioning, await unet.tap({ kinds: ['self', 'cross'] }));
    assert.deepEqual(prediction.data, (await unet.predict(latents, 300, conditioning)).data);
    for (const [id, maps] of attention) {
      const keys = maps.dims.at(-1)!;
      assert.ok(Math.abs(maps.range().mean - 1 / keys) < 1e-6, id);
    }
    await unet.release();
    assert.deepEqual(listing(folder), before);
  }

  it('of one file: the rewritten graph holds a small part of it, and points at the rest', async () => {
    const file = path.join(embedded, 'unet/model.onnx');
    const read = readModel(file);
    const { bytes, weightsFolder } = writeModel(new GraphRewriter(read));
    assert.ok(bytes.length < read.version.size / 4, `${bytes.length} of ${read.version.size} bytes`);
    assert.equal(weightsFolder, path.dirname(file));
    writeFileSync(path.join(folder, 'rewritten.onnx'), bytes);
    const again = readModel(path.join(folder, 'rewritten.onnx'));
    assert.deepEqual(
      again.nodes.map(({ name }) => name),
      read.nodes.map(({ name }) => name),
    );
    assert.ok(again.initializers.some(({ external }) => external));
    assert.deepEqual(
      again.initializers.map(({ name, dims }) => [name, dims]),
      read.initializers.map(({ name, dims }) => [name, dims]),
    );
  });

  it('of one file, behind a link as download caches make them', async () => {
    mkdirSync(path.join(folder, 'blobs'));
    mkdirSync(path.join(folder, 'snapshot', 'unet'), { recursive: true });
    cpSync(path.join(embedded, 'unet/model.onnx'), path.join(folder, 'blobs/0a1b2c'));
    symlinkSync('../../blobs/0a1b2c', path.join(folder, 'snapshot/unet/model.onnx'));
    await check(path.join(folder, 'snapshot'));
  });

  it('in a second file', async () => {
    cpSync(path.join(parity, 'tiny-sd-legacy'), folder, { recursive: true });
    await check(folder);
  });
});

describe('names of attentions', () => {
  const named = (name: string, scopes?: string) => {
    const entry = new WireWriter().bytes(1, 'pkg.torch.onnx.name_scopes').bytes(2, scopes ?? '');
    const extra = new WireWriter()
      .bytes(3, name)
      .raw(scopes === undefined ? Buffer.alloc(0) : new WireWriter().bytes(9, entry).finish())
      .finish();
    return withFile(model([{ op: 'Relu', inputs: ['x'], outputs: ['y'], extra }]), (file) => modulePath(readModel(file).nodes[0]!));
  };

  it('come from the names that PyTorch’s older exporter gives nodes', async () => {
    assert.equal(
      await named('/unet/down_blocks.0/attentions.1/transformer_blocks.0/attn2/Softmax'),
      'down_blocks.0.attentions.1.transformer_blocks.0.attn2',
    );
    assert.equal(await named('/mid_block/motion/attn_temp/Softmax'), 'mid_block.motion.attn_temp');
  });

  it('come from the metadata that its newer exporter writes', async () => {
    assert.equal(
      await named(
        'node_Softmax_207',
        "['', 'model', 'model.up_blocks.1', 'model.up_blocks.1.attentions.0.attn1', 'scaled_dot_product_attention']",
      ),
      'up_blocks.1.attentions.0.attn1',
    );
  });

  it('are left to their order where a file has none', async () => {
    assert.equal(await named('Softmax_17'), undefined);
  });
});

describe('attentions of the model that comes with Frameloom', () => {
  it('are found, told apart and measured', async () => {
    const unet = await UNet.load(await ModelFolder.open(embedded), { threads: 1 });
    const sites = await unet.attentionSites();
    for (const { id, kind, block, heads, factor } of sites) {
      const wanted = { attn1: 'self', attn2: 'cross', attn_temp: 'temporal', attn_joint: 'joint' }[id.split('.').at(-1)!];
      assert.equal(kind, wanted, id);
      assert.match(block, /^(mid_block|(down|up)_blocks\.\d)$/);
      assert.ok(heads! >= 1 && [1, 2, 4].includes(factor!), id);
    }
    assert.ok(['self', 'cross', 'temporal'].every((kind) => sites.some((site) => site.kind === kind)));
    assert.deepEqual(
      sites.map(({ order }) => order),
      sites.map((_, i) => i),
    );
    await unet.release();
  });
});
