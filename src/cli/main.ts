import { Command, CommanderError } from 'commander';
import { ArgumentError, FrameloomError } from '../index.js';
import { registerDoctor } from './doctor.js';
import { registerEdit } from './edit.js';
import { exitCodeFor, exitCodeHelp, exitCodes } from './exitCodes.js';
import { registerGenerate } from './generate.js';
import { registerHistory } from './history.js';
import { registerInspect } from './inspect.js';
import { registerJoin } from './join.js';
import { registerModels } from './models.js';
import { registerPrune } from './prune.js';
import { registerRun } from './run.js';
import { withSuggestion } from './suggestions.js';
import { remark } from './terminal.js';
import packageJson from '../../package.json';

const program = new Command('frameloom')
  .description('Text-guided video editing and generation with latent diffusion, on this machine.')
  .version(packageJson.version)
  .addHelpText('after', exitCodeHelp);

for (const register of [
  registerEdit,
  registerJoin,
  registerGenerate,
  registerModels,
  registerInspect,
  registerHistory,
  registerDoctor,
  registerPrune,
  registerRun,
])
  register(program);
for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
  command.exitOverride().showHelpAfterError('(--help lists the options)').showSuggestionAfterError(false);
  command.configureOutput({ outputError: (text) => remark(withSuggestion(text, command).trimEnd()) });
}

// A reader that has had enough (`frameloom models | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.unexpected));

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return;
  }
  process.exitCode = exitCodeFor(error);
  remark(error instanceof FrameloomError ? sentence(error) : String((error as Error).stack ?? error));
});

/** The error as people read it, with the option that was typed where the library calls it by another name. */
function sentence(error: FrameloomError): string {
  const option = error instanceof ArgumentError ? optionTyped(error.argument) : undefined;
  return `frameloom: ${error.message} (${option ? `${option}, ` : ''}${error.code})`;
}

/** Options whose name is not the library's own with dashes. */
const otherNames: Readonly<Record<string, string>> = {
  numInferenceSteps: '--steps',
  ffmpegPath: '--ffmpeg',
  by: '--feather',
  from: '--track-region',
};

function optionTyped(argument: string): string | undefined {
  const option = otherNames[argument] ?? `--${argument.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return process.argv.some((given) => given === option || given.startsWith(`${option}=`)) ? option : undefined;
}
