import { InvalidArgumentError } from 'commander';
import type { NumberSchedule } from '../index.js';

/** An option's value as a number. @throws InvalidArgumentError, which commander reports with the option's name. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** The values of an option that may be repeated. */
export function texts(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Values by frames, `0: by day; 48: by night`. @param between two of them. @throws InvalidArgumentError, which commander reports with the option's name. */
export function keyframes(text: string, between: RegExp, example: string): Record<number, string> {
  const entries = text.split(between).map((part) => /^\s*(\d+)\s*:\s*(.*\S)\s*$/.exec(part));
  const frames = entries.map((entry) => entry?.[1]);
  if (entries.includes(null)) throw new InvalidArgumentError(`It must be frames and what holds from them on, such as "${example}".`);
  if (new Set(frames.map(Number)).size < frames.length) throw new InvalidArgumentError('It names a frame twice.');
  return Object.fromEntries(entries.map((entry) => [Number(entry![1]), entry![2]!]));
}

/** A number, a formula of the frame (`0.5 + 0.2*sin(t)`), or either by frames (`0: 0.3, 48: 0.8`); what cannot be read, the option's check says. */
export function schedule(text: string): NumberSchedule {
  if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return text.includes(':') ? keyframes(text, /[,;](?=\s*\d+\s*:)/, '0: 0.3, 48: 0.8') : text;
}

/** A name and its number or schedule, `car:1.5` or `car:0: 1, 24: 2`, beside those that were given before. */
export function namedSchedule(text: string, before: Readonly<Record<string, NumberSchedule>> = {}): Record<string, NumberSchedule> {
  const [, name, numbers] = /^\s*([^:]+?)\s*:\s*(.+)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be a name and a number, such as car:1.5.');
  return { ...before, [name]: schedule(numbers!) };
}

/** Of several values a list; one stands for all. */
export function oneOrEach<Value>(values: readonly Value[] | undefined): Value | readonly Value[] | undefined {
  return values?.length === 1 ? values[0] : values;
}
