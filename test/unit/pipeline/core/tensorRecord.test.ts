import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeTensorRecord, Generator, readTensorRecord, Tensor } from '../../../../src/pipeline/core/index.js';
import { findTensorRecord, recordBytes } from '../../../../src/pipeline/core/tensorRecord.js';

const work = { seconds: 1.5, operations: 3e12 };
const record = {
  key: 'of a call',
  work,
  tensors: {
    sample: new Generator(3).randn([1, 2, 3]),
    empty: Tensor.zeros([0, 4]),
    scalar: new Tensor(Float32Array.of(-0, NaN, Infinity).subarray(1, 2), []),
  },
};

describe('Tensors in a file', () => {
  let folder: string;
  let handle: FileHandle | undefined;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'frameloom-record-'))));
  afterEach(async () => {
    await handle?.close();
    handle = undefined;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function fileOf(bytes: Uint8Array): Promise<FileHandle> {
    await handle?.close();
    const file = path.join(folder, 'records');
    writeFileSync(file, bytes);
    return (handle = await open(file, 'r'));
  }

  it('come back to the bit, with names, shapes, key and the work that they were', async () => {
    const bytes = encodeTensorRecord(record);
    const read = await readTensorRecord(await fileOf(bytes), 0, bytes.length);
    assert.deepEqual(read, record);
    assert.equal(recordBytes(record.tensors), 4 * 7);
  });

  it('lie one behind the other, and each is found without those before it being read', async () => {
    const second = { key: 'two', work: { seconds: 0, operations: 0 }, tensors: {} };
    const [one, two] = [encodeTensorRecord(record), encodeTensorRecord(second)];
    const file = await fileOf(Buffer.concat([Buffer.from('line\n'), one, two]));
    const size = 5 + one.length + two.length;
    const first = await findTensorRecord(file, 5, size);
    assert.deepEqual(first, { key: record.key, work, start: 5, end: 5 + one.length });
    const next = await findTensorRecord(file, first!.end, size);
    assert.deepEqual(next, { key: 'two', work: second.work, start: first!.end, end: size });
    assert.deepEqual(await readTensorRecord(file, next!.start, next!.end), second);
    assert.equal(await findTensorRecord(file, size, size), undefined, 'the end');
    assert.equal(await findTensorRecord(file, 4, size), undefined, 'no record begins here');
  });

  it('are not believed where any one byte is another, or any is missing', async () => {
    const whole = encodeTensorRecord(record);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x10;
      assert.equal(await readTensorRecord(await fileOf(damaged), 0, whole.length), undefined, `byte ${at}`);
    }
    for (const length of [0, 3, 7, 8, 40, whole.length - 1]) {
      const file = await fileOf(whole.subarray(0, length));
      assert.equal(await readTensorRecord(file, 0, length), undefined, `${length} bytes`);
      assert.equal(await readTensorRecord(file, 0, whole.length), undefined, `${length} bytes, told to be more`);
    }
  });

  it('take no memory for what a header says that the file has not', async () => {
    const header = (value: unknown) => {
      const text = Buffer.from(JSON.stringify(value));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      return Buffer.concat([Buffer.from('FLT2'), length, text]);
    };
    const told = (tensors: unknown, others: object = { work }) => header({ key: 'k', ...others, tensors });
    const refused = {
      'terabytes of numbers': told([['a', [2 ** 40]]]),
      'more than a number can say': told([['a', [2 ** 52, 2 ** 52]]]),
      'a negative length': told([['a', [-4]]]),
      'half a number': told([['a', [0.5]]]),
      'no list of lengths': told([['a', 'long']]),
      'no list of tensors': told({ a: [1] }),
      'no work': told([], {}),
      'another kind of work': told([], { work: { seconds: '1', operations: 0 } }),
      'no JSON': Buffer.concat([Buffer.from('FLT2'), Buffer.from([4, 0, 0, 0]), Buffer.from('nope')]),
      'a header as long as the file of another': Buffer.concat([Buffer.from('FLT2'), Buffer.from([255, 255, 255, 255])]),
    };
    for (const [what, bytes] of Object.entries(refused)) {
      const padded = Buffer.concat([bytes, Buffer.alloc(64)]);
      assert.equal(await findTensorRecord(await fileOf(padded), 0, padded.length), undefined, what);
    }
  });
});
