import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  Video,
  describeProvenance,
  digitalSourceTypes,
  encodePng,
  findFfmpeg,
  parseProvenance,
  provenanceJson,
  readProvenance,
} from '../../../../src/pipeline/video/index.js';
import type { Provenance } from '../../../../src/pipeline/video/index.js';
import { addGifComment, readGifComments } from '../../../../src/pipeline/video/gifComment.js';
import { addPngText, readPngText } from '../../../../src/pipeline/video/png.js';
import { appendXmp, recordInXmp, xmpPacket } from '../../../../src/pipeline/video/xmpPacket.js';
import { ClipFolder, ffprobe, numberedFrame, range } from './clips.js';

const awkward = 'a "quoted" \'cat\'; #1 = 100 % \\ back\\slash\n\ttab, newline\r\nžluťoučký 日本語 🎈 <b>&amp;</b> ]]> \u0000\u0007 end ';

function record(prompt: string): Provenance {
  return describeProvenance({
    version: '0.1.0',
    kind: 'edited',
    model: 'motion-stickers',
    prompt,
    negativePrompt: 'blurry; "bad"',
    seed: 42,
    settings: { strength: 0.7, numInferenceSteps: 25, scheduler: { name: 'DDIM', eta: 0 }, list: [1, null, 'x'] },
    source: { name: 'rocket.mp4', sha256: 'ab'.repeat(32), start: 0.5, end: 2, fps: 8 },
  });
}

describe('provenance', () => {
  const clips = new ClipFolder();
  let frames: Video;
  before(async () => {
    frames = await Video.fromFrames(
      range(3).map((number) => numberedFrame(number)),
      { fps: 8 },
    );
  });
  after(() => clips.remove());

  for (const name of ['x.mp4', 'x.mov', 'x.m4v', 'x.mkv', 'x.webm', 'x.gif', 'x.apng', 'x%d.png']) {
    it(`comes back out of ${name} as it went in, whatever the prompt`, async () => {
      for (const prompt of [awkward, `${awkward} ${'long prompt 日本 '.repeat(800)}`]) {
        const wanted = record(prompt);
        const edited = await frames.withFrames(frames.frames(), { provenance: wanted });
        const { path } = await edited.save(clips.file(name));
        assert.ok(isDeepStrictEqual(await readProvenance(path), wanted), `record of ${prompt.length} characters`);
        const read = await Video.open(path);
        assert.equal(read.frameCount, 3);
        if (!name.includes('%')) assert.ok(isDeepStrictEqual(read.provenance, wanted));
      }
    });
  }

  it('comes out of the tags alone, as ffprobe reads them, whether they went in as arguments or as a file', async () => {
    for (const extension of ['mp4', 'webm']) {
      const prompts = [`${awkward} ${'long '.repeat(3000)}`];
      // Versions before 4.3 cut what comes from a file.
      if (!(await findFfmpeg()).version.startsWith('N-')) prompts.push('longer '.repeat(20_000));
      for (const prompt of prompts) {
        const wanted = record(prompt);
        const { path } = await (await frames.withFrames(frames.frames(), { provenance: wanted })).save(clips.file(`tags.${extension}`));
        const { format } = await ffprobe(path);
        const tags = format.tags as Record<string, string>;
        assert.ok(
          isDeepStrictEqual(parseProvenance(tags.description ?? tags.FRAMELOOM ?? ''), wanted),
          `${extension}, ${prompt.length} characters`,
        );
      }
    }
  });

  it('says in the comment, for people, that AI made it', async () => {
    const edited = await frames.withFrames(frames.frames(), { provenance: record('a red balloon') });
    for (const extension of ['mp4', 'mov', 'mkv']) {
      const { path } = await edited.save(clips.file(`comment.${extension}`));
      const tags = (await ffprobe(path)).format.tags as Record<string, string>;
      assert.match(
        tags.comment ?? tags.COMMENT ?? '',
        /^Edited by AI with Frameloom 0\.1\.0, model motion-stickers, seed 42\. Prompt: a red balloon$/,
      );
    }
  });

  it("names IPTC's digital source type in an XMP packet of its own box in MP4", async () => {
    const { path } = await (await frames.withFrames(frames.frames(), { provenance: record('x') })).save(clips.file('xmp.mp4'));
    const bytes = readFileSync(path);
    const box = bytes.indexOf(Buffer.from('75756964be7acfcb97a942e89c71999491e3afac', 'hex'));
    assert.equal(box - 4 + bytes.readUInt32BE(box - 4), bytes.length);
    assert.match(
      bytes.toString('utf8', box + 20),
      /<Iptc4xmpExt:DigitalSourceType>http:\/\/cv\.iptc\.org\/newscodes\/digitalsourcetype\/compositeWithTrainedAlgorithmicMedia</,
    );
    assert.equal(describeProvenance({ ...record('x'), kind: 'generated' }).digitalSourceType, digitalSourceTypes.generated);
  });

  it('describes the clip that was edited by its hash and the part that was read', async () => {
    const { path } = await frames.save(clips.file('described.mp4'));
    const part = await (await Video.open(path, { fps: 16 })).trim({ start: 0.125 });
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    assert.deepEqual(await part.describeSource(), { name: 'described.mp4', sha256, start: 0.125, end: 0.375, fps: 16 });
    assert.equal(await frames.describeSource(), undefined);
  });

  it('is absent from files that Frameloom did not make', async () => {
    for (const extension of ['mp4', 'gif', 'apng', 'webm']) {
      const { path } = await frames.save(clips.file(`plain.${extension}`));
      assert.equal(await readProvenance(path), undefined);
    }
  });

  it('is believed only when every field has its type', () => {
    const text = provenanceJson(record('x'));
    assert.ok(parseProvenance(text));
    for (const broken of [
      '',
      '{',
      'null',
      '[]',
      '"frameloom"',
      text.replace('"seed":42', '"seed":"42"'),
      text.replace('"tool":"frameloom"', '"tool":"other frameloom","x":"frameloom"'),
      text.replace('"settings":{', '"settings":[{').replace('},"source"', '}],"source"'),
      text.replace('"kind":"edited"', '"kind":"stolen"'),
      text.replace('"sha256":', '"sha":'),
    ]) {
      assert.equal(parseProvenance(broken), undefined, broken.slice(0, 80));
    }
  });

  it('text of any kind survives GIF comments, PNG text and XMP', async () => {
    const gif = clips.file('base.gif');
    await frames.save(gif);
    const mp4 = clips.file('base.mp4');
    await frames.save(mp4);
    const originals = { gif: readFileSync(gif), mp4: readFileSync(mp4), png: await encodePng(numberedFrame(1)) };
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 700 }), async (prompt) => {
        const text = provenanceJson(record(prompt));
        writeFileSync(gif, originals.gif);
        await addGifComment(gif, text);
        assert.deepEqual(await readGifComments(gif), [text]);
        const png = clips.file('base.png');
        writeFileSync(png, originals.png);
        await addPngText(png, 'frameloom', text);
        assert.equal(await readPngText(png, 'frameloom'), text);
        writeFileSync(mp4, originals.mp4);
        await appendXmp(mp4, record(prompt));
        assert.equal(parseProvenance((await recordInXmp(mp4)) ?? '')?.prompt, prompt);
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(xmpPacket(record(prompt)), /[\0-\x08\x0b\x0c\x0e-\x1f]/);
      }),
      { numRuns: 30 },
    );
  });

  it('readers end at once on bytes that only look like their format', async () => {
    const path = clips.file('noise');
    const heads = [Buffer.from('GIF89a'), Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('\0\0\0\x10ftypisom\0\0\0\0')];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 4000 }), async (head, noise) => {
        writeFileSync(path, Buffer.concat([head, noise]));
        assert.deepEqual(await readGifComments(path).then((comments) => comments.filter((comment) => parseProvenance(comment))), []);
        assert.equal(await readPngText(path, 'frameloom'), undefined);
        assert.equal(await recordInXmp(path), undefined);
      }),
      { numRuns: 100 },
    );
  });
});
