import { Command, CommanderError } from 'commander';
import { FrameloomError } from '../pipeline/index.js';
import { registerDoctor } from './doctor.js';
import { registerEdit } from './edit.js';
import { exitCodeFor, exitCodeHelp, exitCodes } from './exitCodes.js';
import { registerGenerate } from './generate.js';
import { registerInspect } from './inspect.js';
import { registerModels } from './models.js';
import { registerRun } from './run.js';
import packageJson from '../../package.json';

const program = new Command('frameloom')
  .description('Text-guided video editing and generation with latent diffusion, on this machine.')
  .version(packageJson.version)
  .showHelpAfterError('(--help lists the options)')
  .addHelpText('after', exitCodeHelp)
  .exitOverride();

for (const register of [registerEdit, registerGenerate, registerModels, registerInspect, registerDoctor, registerRun]) register(program);
for (const command of program.commands) command.exitOverride().showHelpAfterError('(--help lists the options)');

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return;
  }
  process.exitCode = exitCodeFor(error);
  process.stderr.write(`${error instanceof FrameloomError ? `frameloom: ${error.message} (${error.code})` : String((error as Error).stack ?? error)}\n`);
});
