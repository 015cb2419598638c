import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sampleClip, StartedKernel, until } from './startedKernel.js';

const open = `import { createHash } from 'node:crypto';
import { LatentDiffusionModel, Video } from 'frameloom';
const clip = await Video.open(${JSON.stringify(sampleClip)}, { maxFrames: 8 });
const model = await LatentDiffusionModel.fromPretrained('motion-stickers', { threads: 1 });
const digest = async (made: Video): Promise<string> => {
  const hash = createHash('sha256');
  for await (const { data } of made.frames()) hash.update(data);
  return hash.digest('hex');
};`;
const edit = (further = '') =>
  `const edited = await model.editVideo(clip, 'a big green car moving right on a blue background', { method: 'sdedit', numInferenceSteps: 12, strength: 1, ${further} });`;
const resumable = edit("resumable: 'green.unfinished'");

describe('Kernel: a cell whose run is resumable', function () {
  this.timeout(300_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'frameloom-resumable-'));
  const journal = path.join(folder, 'green.unfinished');
  let kernel: StartedKernel;
  const start = async () => {
    kernel = await StartedKernel.start([], folder);
    await kernel.run(open);
  };
  /** Runs the cell and does something once its journal has grown by some bytes. */
  const endedBy = async (end: () => Promise<unknown>): Promise<unknown> => {
    const size = () => statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
    const before = size();
    const running = kernel.client.execute(resumable).catch((error: unknown) => error);
    await until(() => size() > before + 60_000, 'calls of the networks to be kept', 60_000);
    await end();
    return running;
  };
  before(start);
  after(async () => {
    await kernel.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('interrupted, killed with its kernel and taken up by another one, gives what one that was left alone gives', async () => {
    kernel.outputs = [];
    const interrupted = (await endedBy(() => kernel.client.interrupt())) as { status: string; error?: { message: string } };
    assert.equal(interrupted.status, 'interrupted');
    assert.match(interrupted.error!.message, /was interrupted\. The session's variables are kept\./);
    assert.match(kernel.printed(), /What is done is kept in green\.unfinished, so that the same run goes on/);
    assert.match(kernel.printed(), /is kept in green\.unfinished \(\d+ calls of the networks, .* the same run goes on from there/);
    // The seed was drawn; the next run has to go on with it.
    await endedBy(() => kernel.kill());
    await start();
    kernel.outputs = [];
    await kernel.run(resumable);
    assert.match(kernel.printed(), /Taken up again: \d+ calls of the networks, .* are kept in green\.unfinished and not made again/);
    assert.ok(!existsSync(journal));
    const taken = await kernel.valueOf('await digest(edited)');
    await kernel.run(
      `const whole = await model.editVideo(clip, edited.provenance!.prompt, { ...{ method: 'sdedit', numInferenceSteps: 12, strength: 1 }, seed: edited.provenance!.seed });`,
    );
    assert.equal(await kernel.valueOf('await digest(whole)'), taken);
  });

  it('another prompt does not go on with it, and says what differs', async () => {
    await endedBy(() => kernel.client.interrupt());
    const other = await kernel.client.execute(resumable.replace('green car', 'red car'));
    assert.match(other.error!.message, /green\.unfinished is of a run that was interrupted, with another prompt: "a big green car/);
    assert.ok(existsSync(journal));
    // Two at once, of which one is refused: a file has one writer.
    await kernel.run(`const two = [1, 2].map(() => model.generateVideo('a star', { numFrames: 2, numInferenceSteps: 2, resumable: 'two.unfinished' }));
const ended = (await Promise.allSettled(two)).map((each) => (each.status === 'fulfilled' ? 'made' : each.reason.code));`);
    assert.equal(await kernel.valueOf('ended.sort().join()'), "'FL_RESUME_BUSY,made'");
    assert.ok(!existsSync(path.join(folder, 'two.unfinished')));
  });

  it('goes on from a captured step likewise', async () => {
    await kernel.run(`const captured = await model.editVideo(clip, 'a red car', { numInferenceSteps: 4, seed: 3, capture: true });
const plain = await captured.run!.at(1).resume();
const kept = await captured.run!.at(1).resume({ resumable: 'branch.unfinished' });`);
    assert.equal(await kernel.valueOf('(await digest(plain)) === (await digest(kept))'), 'true');
    assert.ok(!existsSync(path.join(folder, 'branch.unfinished')));
  });
});
