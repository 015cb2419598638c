import { Scheduler } from '../schedulers/index.js';
import type { CellOptions } from './options.js';

/** The call that makes a clip, as text: what stands before its options and after them. */
export interface CallCode {
  readonly before: string;
  readonly after: string;
}

/** The call that makes a cell's clip, with `model` and `clip` as one would call them. */
export function codeOf(edits: boolean, prompt: string, options: CellOptions): string {
  const { before, after } = callCode(edits, prompt);
  return `${before}${Object.entries(options)
    .map(([name, value]) => settingCode(name, value))
    .join('')}${after}`;
}

/** What stands around the options of the call. */
export function callCode(edits: boolean, prompt: string): CallCode {
  const call = edits ? `model.editVideo(clip, ${JSON.stringify(prompt)}, ` : `model.generateVideo(${JSON.stringify(prompt)}, `;
  return { before: `await ${call}{\n`, after: '});' };
}

/** One option of the call, a line; nothing for one that is left out. */
export function settingCode(name: string, value: unknown): string {
  return value === undefined ? '' : `  ${name}: ${value instanceof Scheduler ? schedulerCode(value) : JSON.stringify(value)},\n`;
}

function schedulerCode({ className, config, runOptions }: Scheduler): string {
  return JSON.stringify({ name: className, ...config, ...runOptions });
}
