import { InvalidArgumentError } from 'commander';

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
