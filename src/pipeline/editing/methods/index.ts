import { channels, type ChannelsSettings } from './channels.js';
import { ddpmInversion } from './ddpmInversion.js';
import { dds, type DdsSettings } from './dds.js';
import { diffedit, type DiffeditSettings } from './diffedit.js';
import { flowedit, type FloweditSettings } from './flowedit.js';
import { infedit } from './infedit.js';
import { ledits, type LeditsSettings } from './ledits.js';
import { pix2video, type Pix2videoSettings } from './pix2video.js';
import { plugAndPlay, type PlugAndPlaySettings } from './plugAndPlay.js';
import { promptToPrompt, type PromptToPromptMethodSettings } from './promptToPrompt.js';
import { rave, type RaveSettings } from './rave.js';
import { repaint, type RepaintSettings } from './repaint.js';
import { sdedit } from './sdedit.js';

/** The library's editing methods by name. This file is made by `npm run editing-methods` out of the others in its folder. */
export const editingMethods = {
  channels,
  'ddpm-inversion': ddpmInversion,
  dds,
  diffedit,
  flowedit,
  infedit,
  ledits,
  pix2video,
  'plug-and-play': plugAndPlay,
  'prompt-to-prompt': promptToPrompt,
  rave,
  repaint,
  sdedit,
} as const;

/** The name of an editing method. */
export type EditingMethodName =
  | 'channels'
  | 'ddpm-inversion'
  | 'dds'
  | 'diffedit'
  | 'flowedit'
  | 'infedit'
  | 'ledits'
  | 'pix2video'
  | 'plug-and-play'
  | 'prompt-to-prompt'
  | 'rave'
  | 'repaint'
  | 'sdedit';

/** The settings of all methods together. */
export type SettingsOfMethods = ChannelsSettings &
  DdsSettings &
  DiffeditSettings &
  FloweditSettings &
  LeditsSettings &
  Pix2videoSettings &
  PlugAndPlaySettings &
  PromptToPromptMethodSettings &
  RaveSettings &
  RepaintSettings;
