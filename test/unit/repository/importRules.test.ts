import assert from 'node:assert/strict';
import path from 'node:path';
import { ESLint, type Linter } from 'eslint';
import tseslint from 'typescript-eslint';

const root = path.join(__dirname, '../../..');

/** Rules that need types take seconds a file, and know none of the files made up here. */
const withoutTypes = { ...tseslint.configs.disableTypeChecked, files: ['src/**/*.ts'] } as Linter.Config;

/** What the project's own configuration says about one line of a file of src/. */
async function complaints(file: string, line: string): Promise<string[]> {
  const [result] = await new ESLint({ cwd: root, overrideConfig: withoutTypes }).lintText(`${line}\n`, {
    filePath: path.join(root, 'src', file),
  });
  return result!.messages.filter(({ ruleId }) => ruleId === 'frameloom/import-table').map(({ message }) => message);
}

describe('imports', function () {
  const refused: [why: string, file: string, line: string, message: RegExp][] = [
    [
      'a floor above',
      'pipeline/core/tensor.ts',
      "export { Video } from '../video/index.js';",
      /core may import only the floors below it: none/,
    ],
    [
      'a floor above, for types alone',
      'pipeline/diffusion/denoise.ts',
      "export type { Run } from '../capture/index.js';",
      /diffusion may import only the floors below/,
    ],
    [
      'a floor above, inside a type',
      'pipeline/networks/unet.ts',
      "export type Steps = import('../diffusion/index.js').StepState;",
      /networks may import only the floors below/,
    ],
    [
      'a floor above, while running',
      'pipeline/video/video.ts',
      "export const later = () => import('../networks/index.js');",
      /video may import only the floors below/,
    ],
    [
      'a folder on the same floor',
      'pipeline/capture/run.ts',
      "export type { EditVideoOptions } from '../editing/index.js';",
      /capture may import only the floors below/,
    ],
    [
      'what shows outputs',
      'pipeline/capture/run.ts',
      "export { show } from '../../display/index.js';",
      /src\/pipeline may import only pipeline/,
    ],
    [
      'a folder around its index',
      'pipeline/diffusion/denoise.ts',
      "export { Tensor } from '../core/tensor.js';",
      /pipeline\/core is entered by index\.ts alone/,
    ],
    [
      'a folder around its index, from outside the library',
      'extension/videoPreview/framePlan.ts',
      "export { evenSize } from '../../pipeline/video/geometry.js';",
      /pipeline\/video is entered by index\.ts alone/,
    ],
    ['the index of its own folder', 'pipeline/core/frame.ts', "export { Tensor } from './index.js';", /not the index/],
    [
      'from a file that stands on no floor',
      'pipeline/somewhere/new.ts',
      "export { Tensor } from '../core/index.js';",
      /stands on no floor/,
    ],
    ['a second copy of the library', 'cli/edit.ts', "export { Video } from '../pipeline/index.js';", /src\/cli may import only/],
  ];
  for (const [why, file, line, message] of refused) {
    it(`are refused: ${why}`, async () => {
      const said = await complaints(file, line);
      assert.equal(said.length, 1, `${said.length} complaints about ${line}`);
      assert.match(said[0]!, message);
    });
  }

  it('go down by the index of a folder', async () => {
    assert.deepEqual(await complaints('pipeline/pipelines/editVideo.ts', "export { Run } from '../capture/index.js';"), []);
    assert.deepEqual(await complaints('display/show.ts', "export { Run } from '../pipeline/capture/index.js';"), []);
  });
});
