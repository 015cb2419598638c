import { Scheduler } from '../schedulers/index.js';
import type { CellOptions } from './options.js';

/** The call that makes a cell's clip, with `model` and `clip` as one would call them. */
export function codeOf(edits: boolean, prompt: string, options: CellOptions): string {
  const entries = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${name}: ${value instanceof Scheduler ? schedulerCode(value) : JSON.stringify(value)},\n`);
  const call = edits ? `model.editVideo(clip, ${JSON.stringify(prompt)}, ` : `model.generateVideo(${JSON.stringify(prompt)}, `;
  return `await ${call}{\n${entries.join('')}});`;
}

function schedulerCode({ className, config, runOptions }: Scheduler): string {
  return JSON.stringify({ name: className, ...config, ...runOptions });
}
