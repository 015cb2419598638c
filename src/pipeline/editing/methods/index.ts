import { ddpmInversion } from './ddpmInversion.js';
import { dds, type DdsSettings } from './dds.js';
import { diffedit, type DiffeditSettings } from './diffedit.js';
import { flowedit, type FloweditSettings } from './flowedit.js';
import { infedit } from './infedit.js';
import { ledits, type LeditsSettings } from './ledits.js';
import { plugAndPlay, type PlugAndPlaySettings } from './plugAndPlay.js';
import { promptToPrompt, type PromptToPromptMethodSettings } from './promptToPrompt.js';
import { sdedit } from './sdedit.js';

/** The library's editing methods by name. This file is made by `npm run editing-methods` out of the others in its folder. */
export const editingMethods = {
  'ddpm-inversion': ddpmInversion,
  dds,
  diffedit,
  flowedit,
  infedit,
  ledits,
  'plug-and-play': plugAndPlay,
  'prompt-to-prompt': promptToPrompt,
  sdedit,
} as const;

/** The name of an editing method. */
export type EditingMethodName =
  'ddpm-inversion' | 'dds' | 'diffedit' | 'flowedit' | 'infedit' | 'ledits' | 'plug-and-play' | 'prompt-to-prompt' | 'sdedit';

/** The settings of all methods together. */
export type SettingsOfMethods = DdsSettings &
  DiffeditSettings &
  FloweditSettings &
  LeditsSettings &
  PlugAndPlaySettings &
  PromptToPromptMethodSettings;
