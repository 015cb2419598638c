import assert from 'node:assert/strict';
import { LazySession, ResidentSessions, type SessionGroup } from '../../../../src/pipeline/networks/residentSessions.js';
import type { InferenceSession } from '../../../../src/pipeline/networks/onnxRuntime.js';

describe('sessions that come and go', () => {
  const session = (resident: ResidentSessions, group: SessionGroup, made: string[] = []) =>
    new LazySession(
      () => {
        made.push(group);
        return Promise.resolve({ release: () => Promise.resolve(made.push(`-${group}`)) } as unknown as InferenceSession);
      },
      resident,
      group,
    );
  const nothing = () => Promise.resolve();

  it('are made at their first use and kept, where there is room', async () => {
    const made: string[] = [];
    const resident = new ResidentSessions(false);
    const [text, unet] = [session(resident, 'text', made), session(resident, 'denoise', made)];
    assert.deepEqual([text.isResident, made], [false, []]);
    for (const each of [text, unet, text]) await each.use(nothing);
    assert.deepEqual(made, ['text', 'denoise']);
  });

  it('take turns where there is not: those of one group at a time', async () => {
    const made: string[] = [];
    const resident = new ResidentSessions(true);
    const [text, unet, control] = [session(resident, 'text', made), session(resident, 'denoise', made), session(resident, 'denoise', made)];
    for (const each of [text, unet, control, unet]) await each.use(nothing);
    assert.deepEqual(made, ['text', '-text', 'denoise', 'denoise']);
    assert.deepEqual(
      [text, unet, control].map(({ isResident }) => isResident),
      [false, true, true],
    );
    await text.use(nothing);
    assert.deepEqual(made.slice(4), ['-denoise', '-denoise', 'text']);
  });

  it('one that is at work is not given back under it', async () => {
    const resident = new ResidentSessions(true);
    const [text, unet] = [session(resident, 'text'), session(resident, 'denoise')];
    await text.use(async () => {
      await unet.use(nothing);
      assert.ok(text.isResident);
    });
    await unet.use(nothing);
    assert.ok(!text.isResident);
  });

  it('one that could not be made is tried anew; a released one is not', async () => {
    let fails = true;
    const resident = new ResidentSessions(false);
    const made = new LazySession(
      () => (fails ? Promise.reject(new Error('no room')) : Promise.resolve({ release: nothing } as unknown as InferenceSession)),
      resident,
      'text',
    );
    await assert.rejects(made.use(nothing), /no room/);
    fails = false;
    await made.use(nothing);
    await made.release();
    await assert.rejects(made.use(nothing), /released/);
  });
});
