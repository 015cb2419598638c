import { createRequire } from 'node:module';
import type * as TypeScript from '@tslab/typescript-for-tslab';

/**
 * The very compiler that the kernel runs cells with (tslab brings its own), so that what is underlined in red is what
 * the kernel would refuse.
 */
export const ts = createRequire(require.resolve('tslab/package.json'))('@tslab/typescript-for-tslab') as typeof TypeScript;

export type { TypeScript };
