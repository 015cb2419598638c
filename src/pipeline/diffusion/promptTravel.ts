import type { OptionCheck } from '../core/index.js';
import { type Keyframes, keyframesProblem } from './keyframes/index.js';

/** Texts by the frame from which they hold, `{ 0: 'by day', 48: 'by night' }`; frames between two are told what lies between them. */
export type PromptTravel = Keyframes<string>;

/** Checks of the option `promptTravel`, as far as they can be made without a clip. */
export const promptTravelCheck: OptionCheck = (value) =>
  keyframesProblem(value, "texts by frames, from frame 0 on: { 0: 'by day', 48: 'by night' }", (text) =>
    typeof text !== 'string' || text.trim() === '' ? 'has no text' : undefined,
  );
