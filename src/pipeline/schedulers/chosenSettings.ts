/** Key under which a config remembers the settings that nobody chose. Symbols are left out of JSON and copied by `{ ...config }`. */
const defaultValues = Symbol('defaultValues');

/** Settings that stand at a class's default, with that default. */
class DefaultValues {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  has(key: string, value: unknown): boolean {
    return Object.hasOwn(this.#values, key) && this.#values[key] === value;
  }
}

/**
 * Marks which settings of a complete config were left to the class, so that another class that is made from it takes its
 * own defaults for them. diffusers keeps such a list as `_use_default_values`.
 *
 * @param chosen the settings that were spelt out.
 */
export function markDefaults<C extends object>(config: C, chosen: Readonly<Record<string, unknown>>): C {
  const left = Object.fromEntries(Object.entries(config).filter(([key]) => !Object.hasOwn(chosen, key)));
  return { ...config, [defaultValues]: new DefaultValues(left) };
}

/** The settings of a config that were chosen: all, save those that {@link markDefaults} marked and that still hold the default. */
export function chosenSettings<C extends object>(config: C): C {
  const marks = (config as Record<symbol, unknown>)[defaultValues];
  if (!(marks instanceof DefaultValues)) return config;
  return Object.fromEntries(Object.entries(config).filter(([key, value]) => !marks.has(key, value))) as C;
}
