import { ArgumentError, type OptionCheck, type OptionChecks } from '../core/index.js';
import { hasSchedule, type ModelFamily, type ScheduledOption, scheduledOptions } from '../diffusion/index.js';
import type { LatentDiffusionNetworks, NetworkWork, RunSize } from '../networks/index.js';
import { type Scheduler } from '../schedulers/index.js';
import type { EditingMethod } from './editingMethod.js';
import { editingErrors } from './errors.js';
import { addsNoise } from './noiseMaps.js';
import { editingMethods, type SettingsOfMethods } from './methods/index.js';
import type { MethodOption } from './methodOption.js';

/** The methods in the order of their names. */
export const allMethods: readonly EditingMethod[] = Object.values(editingMethods);

/** The method of a name. @throws {ArgumentError} listing the names there are. */
export function findMethod(name: string): EditingMethod {
  const found = allMethods.find((method) => method.name === name);
  if (!found) throw new ArgumentError('method', name, allMethods.map((method) => `"${method.name}"`).join(' or '));
  return found;
}

/** What `method` may be: a name, or a method of the caller's own under another name. */
export const methodCheck: OptionCheck = (value) => {
  const names = allMethods.map(({ name }) => name);
  if (names.includes(value as string) || allMethods.includes(value as EditingMethod)) return undefined;
  const wanted = `${names.map((name) => `"${name}"`).join(' or ')}, or a method that defineMethod made`;
  if (typeof value !== 'object' || typeof (value as EditingMethod | null)?.prepare !== 'function') return wanted;
  return names.includes((value as EditingMethod).name) ? 'a method whose name the library has not taken' : undefined;
};

/** A method's own options, by name. */
export function optionsOf(method: EditingMethod): [name: string, option: MethodOption<unknown>][] {
  return Object.entries(method.options as Readonly<Record<string, MethodOption<unknown>>>);
}

/** The checks of a method's own options. */
export function settingChecks(method: EditingMethod): Record<string, OptionCheck> {
  return Object.fromEntries(optionsOf(method).map(([name, { check }]) => [name, check]));
}

/** Those of the given options that belong to other methods of the library. */
export function foreignOptions(method: EditingMethod, given: object): string[] {
  const own = optionsOf(method).map(([name]) => name);
  return Object.entries(given)
    .filter(([name, value]) => value !== undefined && Object.hasOwn(methodChecks, name) && !own.includes(name))
    .map(([name]) => name);
}

/** The checks of the options of all methods. */
export const methodChecks = Object.assign({}, ...allMethods.map(settingChecks)) as OptionChecks<SettingsOfMethods>;

/** A method's settings: the first of the given ones that says something, else its own default. */
export function settingsOf(method: EditingMethod, ...given: readonly object[]): Record<string, unknown> {
  return Object.fromEntries(
    optionsOf(method).map(([name, option]) => [
      name,
      given.map((values) => (values as Record<string, unknown>)[name]).find((value) => value !== undefined) ?? option.default,
    ]),
  );
}

/** How a method has the UNet at work, with the given settings, or its own where they say nothing. @throws what {@link EditingMethod.work} throws. */
export function workOfMethod(
  method: EditingMethod,
  model: LatentDiffusionNetworks,
  given: object,
  size: Pick<RunSize, 'width' | 'height'>,
): NetworkWork {
  return method.work?.(model, settingsOf(method, given), size) ?? {};
}

/** Whether a scheduler can be run backwards accurately. */
export function canInvert(scheduler: Scheduler): boolean {
  return scheduler.inverse() !== undefined;
}

/** @throws {ArgumentError} where the method runs the source backwards, which is not to be done with models of this family. */
export function requireRunsBackwards(method: EditingMethod, family: ModelFamily, { name }: LatentDiffusionNetworks): void {
  if ((method.invertsSource || method.replaysNoise) && !family.runsBackwards)
    throw new ArgumentError(
      'method',
      method.name,
      `"sdedit" with ${name}: ${
        family.startsFromNoise
          ? `${method.title} asks by text alone, but ${family.title} is shown the source`
          : `${method.title} runs the source backwards, which is not to be done with ${family.title}`
      }`,
    );
}

/** @throws {ArgumentError} where numbers are to differ from frame to frame that the method takes one of for all. */
export function requireByFrame(method: EditingMethod, options: object): void {
  for (const option of Object.keys(scheduledOptions) as ScheduledOption[]) {
    if (!hasSchedule(options, option) || method.takesByFrame?.includes(option)) continue;
    const able = allMethods.filter(({ takesByFrame }) => takesByFrame?.includes(option)).map(({ name }) => `"${name}"`);
    throw new ArgumentError(
      option,
      'a schedule',
      `one number with the method "${method.name}", which takes the same for all frames; ${able.join(', ')} take one for each`,
    );
  }
}

/** @throws {FrameloomError} `FL_SCHEDULER_METHOD` where the method needs a scheduler of another kind. */
export function requireScheduler(method: EditingMethod, scheduler: Scheduler): void {
  if (method.invertsSource && !canInvert(scheduler)) throw editingErrors.notInvertible(method.name, scheduler.className);
  if (method.replaysNoise && !addsNoise(scheduler)) throw editingErrors.addsNoNoise(method.name, scheduler.className);
}
