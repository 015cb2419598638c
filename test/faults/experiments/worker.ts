import { compareMany } from './compareMany.js';

/** Compares into the folder that it is given, and says where it stands, to be killed. */
void compareMany({
  folder: process.argv[2]!,
  onProgress: ({ done, run }) => {
    if (run) process.stdout.write(`began ${done}\n`);
  },
});
