import type { Command } from 'commander';
import { nearestNames } from '../pipeline/core/index.js';

/** What commander says about a wrong command line, with the nearest command or option that there is. */
export function withSuggestion(text: string, command: Command): string {
  const [, kind, typed] = /unknown (option|command) '([^']+)'/.exec(text) ?? [];
  if (typed !== undefined) {
    const near = line(typed, kind === 'option' ? optionsOf(command) : command.commands.map((other) => other.name()));
    return `${text}${near || othersWith(typed, command)}`;
  }
  const [, wrong, choices] = /argument '([^']+)' is invalid\. Allowed choices are (.+)\./.exec(text) ?? [];
  if (wrong !== undefined) return `${text}${line(wrong, choices!.split(', '))}`;
  // A command that works by itself takes the name of one of its own commands, misspelt, for an argument too many.
  const [first] = command.args;
  if (/too many arguments/.test(text) && command.commands.length > 0 && first !== undefined)
    return `${text}${line(
      first,
      command.commands.map((other) => other.name()),
    )}`;
  if (/too many arguments/.test(text)) return `${text}(A prompt, or a name with spaces, is one argument in quotes: "a big blue car".)\n`;
  return text;
}

/** The commands beside this one that have an option. */
function othersWith(option: string, command: Command): string {
  const others = (command.parent?.commands ?? []).filter((other) => optionsOf(other).includes(option)).map((other) => other.name());
  return others.length > 0 ? `(It is an option of ${others.join(' and of ')}.)\n` : '';
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
