import { diffedit, type DiffeditSettings } from './diffedit.js';
import { flowedit, type FloweditSettings } from './flowedit.js';
import { sdedit } from './sdedit.js';

/** The library's editing methods by name. This file is made by `npm run editing-methods` out of the others in its folder. */
export const editingMethods = { diffedit, flowedit, sdedit } as const;

/** The name of an editing method. */
export type EditingMethodName = 'diffedit' | 'flowedit' | 'sdedit';

/** The settings of all methods together. */
export type SettingsOfMethods = DiffeditSettings & FloweditSettings;
