import assert from 'node:assert/strict';
import { processChannel } from '../../../src/shared/kernelChannels.js';

describe('the main wire of a kernel', () => {
  it('knows when all that was said is on its way', async () => {
    const writes: (() => void)[] = [];
    const channel = processChannel({
      send: (_message, done) => {
        writes.push(() => done?.(null));
        return true;
      },
      on: () => undefined,
      off: () => undefined,
    });
    await channel.written!();
    channel.send('a picture');
    channel.send('a word');
    let written = false;
    const all = channel.written!().then(() => (written = true));
    writes[0]!();
    await Promise.resolve();
    assert.equal(written, false);
    writes[1]!();
    await all;
    assert.equal(written, true);
  });

  it('a message that cannot be sent is not waited for', async () => {
    const channel = processChannel({
      send: () => {
        throw new Error('gone');
      },
      on: () => undefined,
      off: () => undefined,
    });
    assert.throws(() => channel.send('a word'), /gone/);
    await channel.written!();
  });
});
