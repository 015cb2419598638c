import { FrameloomError } from '../core/index.js';

/** Errors of edits that are made in parts. */
export const shardErrors = {
  /** A clip too long to count, which cannot be shared out. */
  length: () =>
    new FrameloomError(
      'FL_SHARD_LENGTH',
      'How many frames this clip has is not known, so it cannot be edited in parts. Write it anew with ffmpeg, or name the part of it that is meant (start, end).',
    ),
  /** More shards than there are windows. */
  count: (count: number, windows: number, frames: number) =>
    new FrameloomError(
      'FL_SHARD_COUNT',
      `A clip of ${frames} frames is edited in ${windows} ${windows === 1 ? 'window' : 'windows'} here, which ${count} shards cannot share. Take at most ${windows} shards, or a smaller windowFrames.`,
    ),
  /** Something to be joined that is no part. */
  notAPart: (name: string, why: string) =>
    new FrameloomError(
      'FL_SHARD_PART',
      `${name} is no part that can be joined: ${why}. Make it with editVideo's shard (frameloom edit --shard 3/16).`,
    ),
  /** Parts of which some are not there. */
  missing: (missing: readonly number[], count: number) =>
    new FrameloomError(
      'FL_SHARD_MISSING',
      `Of ${count} parts ${missing.length === 1 ? 'one is' : `${missing.length} are`} missing: ${missing.join(', ')}. Make ${missing.length === 1 ? 'it' : 'them'} with --shard ${missing[0]}/${count}${missing.length === 1 ? '' : ' and so on'}, and join all of them.`,
    ),
  /** Two of one number. */
  twice: (index: number, names: readonly [string, string]) =>
    new FrameloomError('FL_SHARD_TWICE', `${names[0]} and ${names[1]} are both part ${index}. Give each part once.`),
  /** Parts of different runs. */
  mixed: (names: readonly [string, string], what: string) =>
    new FrameloomError(
      'FL_SHARD_MIXED',
      `${names[0]} and ${names[1]} are not parts of one edit: they differ in ${what}. Make all parts with the same settings, and join those.`,
    ),
  /** Another source than the one that was edited. */
  source: (name: string, what: string) =>
    new FrameloomError(
      'FL_SHARD_SOURCE',
      `This is not the clip that the parts were made from, which their record calls ${JSON.stringify(name)}: ${what}. Give that clip.`,
    ),
  /** A mask that no record holds. */
  mask: () =>
    new FrameloomError(
      'FL_SHARD_MASK',
      'These parts were made with a mask that holds clips, which no record does: give the same mask again, as an option of that name.',
    ),
};
