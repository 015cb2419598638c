import { type Command, Option } from 'commander';
import { type EditingMethod, editingMethods, type EditVideoOptions, type MethodOption } from '../library.js';
import { number } from './flagValues.js';

const methods: readonly EditingMethod[] = Object.values(editingMethods);

/** `--method`, and a flag for every option that a method has of its own. */
export function addMethodFlags(command: Command): void {
  const what = methods.map(({ name, about }) => `${name} ${about}`).join(', ');
  command.addOption(new Option('--method <name>', `${what} (default: what suits the change)`).choices(methods.map(({ name }) => name)));
  for (const [name, option] of optionsByName()) command.addOption(flagOf(name, option));
}

/** The methods' options out of the flags; undefined flags are left for the library's defaults. */
export function methodOptions(flags: Readonly<Record<string, unknown>>): Partial<EditVideoOptions> {
  // A flag such as --no-tiles is true unless it is given: left out, it says nothing.
  const said = [...optionsByName()]
    .filter(([name, { takes, default: preset }]) => !(takes === 'nothing' && flags[name] === preset))
    .map(([name]) => [name, flags[name]]);
  return Object.fromEntries([['method', flags.method], ...said]) as Partial<EditVideoOptions>;
}

/** Options that several methods share are one flag. */
function optionsByName(): Map<string, MethodOption<unknown> & { methods: string }> {
  const found = new Map<string, MethodOption<unknown> & { methods: string }>();
  for (const { name: method, options } of methods) {
    for (const [name, option] of Object.entries(options as Readonly<Record<string, MethodOption<unknown>>>)) {
      const before = found.get(name);
      found.set(name, { ...option, methods: before ? `${before.methods}, ${method}` : method });
    }
  }
  return found;
}

function flagOf(name: string, { about, takes, default: preset, methods: of }: MethodOption<unknown> & { methods: string }): Option {
  const dashed = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const text = `${of}: ${about}`;
  if (takes === 'nothing')
    return new Option(preset === true ? `--no-${dashed}` : `--${dashed}`, preset === true ? `${of}: do not ${about}` : text);
  if (takes === 'number') return new Option(`--${dashed} <n>`, text).argParser(number);
  if (takes === 'text') return new Option(`--${dashed} <text>`, text);
  return new Option(`--${dashed} <word>`, text).choices(takes);
}
