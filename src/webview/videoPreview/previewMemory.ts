import type { PlayerMemory } from '../player/playerMemory.js';

/** What a preview remembers while its tab is hidden, and when VS Code starts again. */
export interface PreviewMemory {
  readonly player?: Partial<PlayerMemory>;
  readonly panelOpen: boolean;
  /** Pixels. */
  readonly panelWidth: number;
}

/** Where the memory is kept: VS Code's `getState` and `setState`. */
export interface MemoryStore {
  load(): unknown;
  save(memory: PreviewMemory): void;
}

/** Reads what was saved, which may be of an older version of ours, field by field. */
export function readMemory(value: unknown): PreviewMemory {
  const saved = isRecord(value) ? value : {};
  const player = isRecord(saved.player) ? saved.player : {};
  const number = (key: string): number | undefined =>
    typeof player[key] === 'number' && Number.isFinite(player[key]) ? player[key] : undefined;
  const rate = number('rate');
  return {
    player: {
      ...defined('frame', number('frame')),
      ...defined('first', number('first')),
      ...defined('last', number('last')),
      ...(rate !== undefined && rate >= 0.1 && rate <= 8 ? { rate } : {}),
      ...(typeof player.loop === 'boolean' ? { loop: player.loop } : {}),
      ...(player.view === 'single' || player.view === 'side' || player.view === 'wipe' ? { view: player.view } : {}),
      ...(player.zoom === 'fit' ? { zoom: 'fit' as const } : defined('zoom', number('zoom'))),
    },
    panelOpen: saved.panelOpen !== false,
    panelWidth: typeof saved.panelWidth === 'number' ? Math.min(600, Math.max(200, saved.panelWidth)) : 280,
  };
}

function defined<K extends string>(key: K, value: number | undefined): { [each in K]?: number } {
  return value === undefined || value < 0 ? {} : ({ [key]: value } as { [each in K]?: number });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
