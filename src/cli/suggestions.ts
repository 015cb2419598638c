import type { Command } from 'commander';
import { nearestNames } from '../pipeline/core/index.js';

/** What commander says about a wrong command line, with the nearest command or option that there is. */
export function withSuggestion(text: string, command: Command): string {
  const [, kind, typed] = /unknown (option|command) '([^']+)'/.exec(text) ?? [];
  if (typed !== undefined)
    return `${text}${line(typed, kind === 'option' ? optionsOf(command) : command.commands.map((other) => other.name()))}`;
  // A command that works by itself takes the name of one of its own commands, misspelt, for an argument too many.
  const [first] = command.args;
  if (/too many arguments/.test(text) && command.commands.length > 0 && first !== undefined)
    return `${text}${line(
      first,
      command.commands.map((other) => other.name()),
    )}`;
  return text;
}

function optionsOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long }) => (long ? [long] : []));
}

function line(typed: string, names: readonly string[]): string {
  const near = nearestNames(typed, names);
  return near.length > 0 ? `(Did you mean ${near.join(' or ')}?)\n` : '';
}
