import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Video } from '../../src/pipeline/video/index.js';
import { checkpointFolder } from '../parity/checkpointFolder.js';
import { start } from './frameloom.js';

/** Rows of an embedding that makes a text encoder large: a gigabyte of numbers. */
const ROWS = 8_000_000;

/** Makes the text encoder of a tiny Wan as large as those whose prompts are kept; its file is sparse, and only rows of the prompt's tokens are read. */
function enlarge(folder: string): void {
  const part = path.join(folder, 'text_encoder');
  const [config, weights] = [path.join(part, 'config.json'), path.join(part, 'model.safetensors')];
  const bytes = readFileSync(weights);
  const begin = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, begin)) as Record<string, { shape: number[]; data_offsets: [number, number] }>;
  const shared = header['shared.weight']!;
  const channels = shared.shape[1]!;
  assert.equal(begin + shared.data_offsets[1], bytes.length, 'the embedding is the last tensor');
  shared.shape[0] = ROWS;
  shared.data_offsets[1] = shared.data_offsets[0] + 4 * ROWS * channels;
  const text = Buffer.from(JSON.stringify(header).padEnd(Math.ceil(bytes.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(weights, 'w');
  for (const piece of [length, text, bytes.subarray(begin)]) writeSync(file, piece);
  closeSync(file);
  truncateSync(weights, 8 + text.length + shared.data_offsets[1]);
  writeFileSync(config, JSON.stringify({ ...(JSON.parse(readFileSync(config, 'utf8')) as object), vocab_size: ROWS }));
}

describe('frameloom: prompts of large text encoders are kept, unless somebody says otherwise', function () {
  this.timeout(180_000);
  const wan = checkpointFolder('wan');
  const home = mkdtempSync(path.join(tmpdir(), 'frameloom-prompts-'));
  before(() => enlarge(wan.folder));
  after(() => {
    wan.remove();
    rmSync(home, { recursive: true, force: true });
  });

  const prompts = (): string[] => {
    const found = readdirSync(home, { recursive: true }).map(String);
    return found.filter((name) => name.endsWith('.embedding'));
  };
  async function made(name: string, ...flags: string[]): Promise<{ stderr: string; pixels: Uint8Array[] }> {
    const output = path.join(home, `${name}.apng`);
    const size = ['--num-frames', '1', '--width', '32', '--height', '32', '--steps', '1', '-g', '1', '--seed', '1', '--threads', '1'];
    const args = ['generate', 'a red balloon', '-m', wan.folder, '-o', output, ...size, ...flags];
    const { code, stderr } = await start(args, { XDG_CACHE_HOME: home }).finished;
    assert.equal(code, 0, stderr);
    const clip = await Video.open(output);
    const pixels: Uint8Array[] = [];
    for await (const { data } of clip.frames()) pixels.push(data);
    await clip.close();
    return { stderr, pixels };
  }

  it('--no-prompt-cache keeps nothing and reads nothing; models forget-prompts removes what is kept', async () => {
    const without = await made('without', '--no-prompt-cache');
    assert.doesNotMatch(without.stderr, /prompts/);
    assert.deepEqual(prompts(), []);
    const kept = await made('kept');
    assert.match(kept.stderr, /What the text encoder \(1 GB\) makes of the prompt is kept in .*prompts, .*--no-prompt-cache/);
    const [entry] = prompts();
    assert.ok(entry !== undefined && !readFileSync(path.join(home, entry), 'latin1').includes('balloon'), 'no text in it');
    const read = await made('read');
    assert.match(read.stderr, /The prompt is read from .*prompts, where an earlier run kept it: the text encoder \(1 GB\) is not needed/);
    assert.deepEqual([kept.pixels, read.pixels], [without.pixels, without.pixels]);
    assert.doesNotMatch((await made('again', '--no-prompt-cache')).stderr, /prompts/);
    const forgotten = await start(['models', 'forget-prompts'], { XDG_CACHE_HOME: home }).finished;
    assert.equal(forgotten.code, 0, forgotten.stderr);
    assert.deepEqual(prompts(), []);
  });
});
