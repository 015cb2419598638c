import type { OptionCheck } from '../core/index.js';

/** Texts by the frame from which they hold, `{ 0: 'by day', 48: 'by night' }`; frames between two are told what lies between them. */
export type PromptTravel = Readonly<Record<number, string>>;

/** Frames of a schedule that a clip may have at the most. */
const MOST_FRAMES = 1_000_000;

/** Checks of the option `promptTravel`, as far as they can be made without a clip. */
export const promptTravelCheck: OptionCheck = (value) => {
  const wanted = "texts by frames, from frame 0 on: { 0: 'by day', 48: 'by night' }";
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wanted;
  const entries = Object.entries(value as Record<string, unknown>);
  const bad = entries.find(([frame]) => !/^\d+$/.test(frame) || Number(frame) > MOST_FRAMES);
  if (bad) return `${wanted}; ${JSON.stringify(bad[0])} is no frame`;
  const silent = entries.find(([, text]) => typeof text !== 'string' || text.trim() === '');
  if (silent) return `${wanted}; frame ${silent[0]} has no text`;
  return entries.some(([frame]) => Number(frame) === 0)
    ? undefined
    : `${wanted}; what holds before frame ${entries[0]?.[0] ?? 1} is missing`;
};
