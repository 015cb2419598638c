import fluentFfmpeg from 'fluent-ffmpeg';

/*
 * The only file that knows fluent-ffmpeg. That project is archived, so it is used for what is
 * settled in it: turning inputs, filters and outputs into ffmpeg's argument list in the right order.
 * Starting, watching and ending the process is ours (ffmpegProcess.ts).
 */

/** One input of a command: its options come before `-i`. */
export interface CommandInput {
  /** `file:…` or `pipe:0`. */
  readonly source: string;
  readonly options?: readonly string[];
}

/** What one ffmpeg run reads, does and writes. */
export interface CommandPlan {
  readonly inputs: readonly CommandInput[];
  /** The simple video filter chain, in order; empty entries are left out. */
  readonly videoFilters?: readonly string[];
  readonly outputOptions?: readonly string[];
  /** `file:…` or `pipe:1`. */
  readonly output: string;
  /** Keep the file's own clock: no time is counted from where the input happens to begin. */
  readonly ownClock?: boolean;
}

/** The builder's own argument list: undeclared in its types, and the part its tests pin down. */
interface ArgumentBuilder {
  _getArguments(): string[];
}

/**
 * The complete argument list for ffmpeg. No shell ever sees it, so nothing needs quoting.
 *
 * Always: never read the terminal, report errors only, overwrite the (temporary) output.
 */
export function ffmpegArguments(plan: CommandPlan): string[] {
  const command = fluentFfmpeg();
  for (const input of plan.inputs) {
    command.input(input.source);
    pass(input.options, (first, second, ...rest) => command.inputOptions(first, second, ...rest));
  }
  const filters = (plan.videoFilters ?? []).filter((filter) => filter !== '');
  if (filters.length > 0) command.videoFilters(filters);
  pass(plan.outputOptions, (first, second, ...rest) => command.outputOptions(first, second, ...rest));
  command.output(plan.output);
  const built = (command as unknown as ArgumentBuilder)._getArguments();
  return [
    '-hide_banner',
    '-nostdin',
    '-v',
    'repeat+error',
    ...(plan.ownClock ? ['-copyts'] : []),
    '-y',
    ...built.filter((argument) => argument !== '-y'),
  ];
}

/** The builder splits a lone string at spaces but leaves two or more as they are, so pass pairs. */
function pass(options: readonly string[] | undefined, add: (first: string, second: string, ...rest: string[]) => unknown): void {
  if (!options || options.length === 0) return;
  const [first, second, ...rest] = options;
  if (first === undefined || second === undefined) throw new RangeError('ffmpeg options come in pairs or more');
  add(first, second, ...rest);
}
