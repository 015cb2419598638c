import { type Command, InvalidArgumentError } from 'commander';
import { FrameloomError, outputAt, type Shard } from '../library.js';
import type { Output } from './outputs.js';

/** Adds the flag of an edit that several machines share. */
export function addShardFlag(command: Command): void {
  command.option(
    '--shard <k/n>',
    'edit only the k-th of n shares of a long clip, for frameloom join to put together; needs --seed, and a result that ends in .apng',
    shard,
  );
}

/** @throws {FrameloomError} `FL_USAGE` for results that a part cannot be written to, or has none of. */
export function checkPartOutputs(part: Shard | undefined, [output, ...others]: readonly Output[]): void {
  if (!part) return;
  if (outputAt(output!.file!).format.kind !== 'apng')
    throw new FrameloomError(
      'FL_USAGE',
      `With --shard the result is a part, which must keep every pixel: give --output a name that ends in .apng, such as part-${part.index}.apng. frameloom join makes ${output!.file} of all parts.`,
    );
  const beside = others.find(({ file }) => file !== undefined);
  if (beside)
    throw new FrameloomError(
      'FL_USAGE',
      `A part is nothing to look at yet: leave ${beside.option} out with --shard; frameloom join makes the video.`,
    );
}

/** `3/16` */
function shard(text: string): Shard {
  const [, index, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number) as [number, number, number];
  if (!(index >= 1 && index <= count)) throw new InvalidArgumentError('It must be a number and how many there are, 1/16 to 16/16.');
  return { index, count };
}
