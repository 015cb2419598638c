import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Gives the tests of the enclosing `describe` a temporary folder that nobody else writes to, so that what is left there is theirs. */
export function useOwnTemporaryFolder(): void {
  // Windows has another name for it.
  const variable = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';
  let [folder, before]: (string | undefined)[] = [];
  beforeEach(() => {
    before = process.env[variable];
    folder = mkdtempSync(path.join(tmpdir(), 'frameloom-own-'));
    process.env[variable] = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env[variable];
    else process.env[variable] = before;
    rmSync(folder!, { recursive: true, force: true });
  });
}
