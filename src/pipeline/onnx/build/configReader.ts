import { buildErrors } from './errors.js';

/** A config.json as it was read: anything may stand in it. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** Larger numbers of channels, heads and layers belong to no network. */
const LARGEST = 65_536;

/** The settings of a network, checked as they are taken; null counts as left out, as in diffusers. */
export class ConfigReader {
  constructor(
    private readonly json: ConfigJson,
    /** Whose they are, for messages: `unet/config.json`. */
    readonly source: string,
  ) {}

  /** A setting, or undefined where it is left out. */
  given(name: string): unknown {
    return Object.hasOwn(this.json, name) ? (this.json[name] ?? undefined) : undefined;
  }

  /** A whole number from 1 on. @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`. */
  count(name: string, otherwise?: number): number {
    const value = this.given(name) ?? otherwise;
    if (!isCount(value)) throw this.wrong(name, value, `a whole number from 1 to ${LARGEST}`);
    return value;
  }

  /** A positive number. @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`. */
  positive(name: string, otherwise: number): number {
    const value = this.given(name) ?? otherwise;
    if (typeof value !== 'number' || !(value > 0 && value < 1e6)) throw this.wrong(name, value, 'a number above 0');
    return value;
  }

  /** True or false. @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`. */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.given(name) ?? otherwise;
    if (typeof value !== 'boolean') throw this.wrong(name, value, 'true or false');
    return value;
  }

  /** A list of 1 to 8 whole numbers: channels, level by level. @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`. */
  counts(name: string): number[] {
    const value = this.given(name);
    if (!Array.isArray(value) || value.length < 1 || value.length > 8 || !value.every(isCount))
      throw this.wrong(name, value, 'a list of 1 to 8 whole numbers');
    return value;
  }

  /** One whole number for every level, or a list with one for each. @throws {FrameloomError} `FL_CHECKPOINT_CONFIG`. */
  perLevel(names: readonly string[], levels: number, otherwise: number): number[] {
    const name = names.find((candidate) => this.given(candidate) !== undefined) ?? names[0]!;
    const value = this.given(name) ?? otherwise;
    const list: unknown[] = Array.isArray(value) ? value : Array<unknown>(levels).fill(value);
    if (list.length !== levels || !list.every(isCount)) throw this.wrong(name, value, `a whole number, or a list of ${levels}`);
    return list;
  }

  /**
   * A word for every level, each of which must be known.
   *
   * @param known what each word stands for.
   * @throws {FrameloomError} `FL_CHECKPOINT_CONFIG` for a list of another length; `FL_MODEL_UNSUPPORTED` for other words.
   */
  words<Meaning>(name: string, levels: number, known: Readonly<Record<string, Meaning>>): Meaning[] {
    const value = this.given(name);
    if (!Array.isArray(value) || value.length !== levels) throw this.wrong(name, value, `a list of ${levels} kinds of blocks`);
    const other: unknown = value.find((word) => typeof word !== 'string' || !Object.hasOwn(known, word));
    if (other !== undefined) throw this.unsupported(name, other, 'a kind of block other than Stable Diffusion’s');
    return value.map((word: string) => known[word]!);
  }

  /**
   * Refuses what would be drawn wrongly.
   *
   * @param fine the values that can be run; left out is always fine.
   * @param reason what other values mean, as a phrase between commas.
   * @throws {FrameloomError} `FL_MODEL_UNSUPPORTED`.
   */
  onlyWith(name: string, fine: readonly unknown[], reason: string): void {
    const value = this.given(name);
    if (value !== undefined && !fine.includes(value)) throw this.unsupported(name, value, reason);
  }

  /** For a setting that has the wrong form. */
  wrong(name: string, value: unknown, wanted: string) {
    return buildErrors.setting(this.source, name, value, wanted);
  }

  /** For a setting that is well-formed, and nothing that can be run. */
  unsupported(name: string, value: unknown, reason: string) {
    return buildErrors.unsupported(this.source, name, value, reason);
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LARGEST;
}
