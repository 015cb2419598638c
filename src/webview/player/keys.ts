/** What a key does to the player. */
export type PlayerAction =
  | {
      readonly do:
        | 'toggle'
        | 'pause'
        | 'forward'
        | 'backward'
        | 'setIn'
        | 'setOut'
        | 'clearRange'
        | 'loop'
        | 'mute'
        | 'compare'
        | 'swap'
        | 'zoomIn'
        | 'zoomOut'
        | 'zoomFit'
        | 'slower'
        | 'faster'
        | 'first'
        | 'last';
    }
  | { readonly do: 'step'; readonly frames: number };

/** The part of a `KeyboardEvent` that matters. */
export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

const plain: Readonly<Record<string, PlayerAction>> = {
  ' ': { do: 'toggle' },
  k: { do: 'pause' },
  l: { do: 'forward' },
  j: { do: 'backward' },
  i: { do: 'setIn' },
  o: { do: 'setOut' },
  x: { do: 'clearRange' },
  r: { do: 'loop' },
  m: { do: 'mute' },
  c: { do: 'compare' },
  s: { do: 'swap' },
  '+': { do: 'zoomIn' },
  '=': { do: 'zoomIn' },
  '-': { do: 'zoomOut' },
  '0': { do: 'zoomFit' },
  '[': { do: 'slower' },
  ']': { do: 'faster' },
  home: { do: 'first' },
  end: { do: 'last' },
  arrowleft: { do: 'step', frames: -1 },
  arrowright: { do: 'step', frames: 1 },
  ',': { do: 'step', frames: -1 },
  '.': { do: 'step', frames: 1 },
};

/**
 * The action of a key, as video editors have it: J K L, I and O, arrows for frames, Home and End.
 *
 * @returns undefined for keys that belong to VS Code or to nobody.
 */
export function actionOf(press: KeyPress): PlayerAction | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey) return undefined;
  const key = press.key.toLowerCase();
  const action = Object.hasOwn(plain, key) ? plain[key] : undefined;
  if (action?.do === 'step' && press.shiftKey) return { do: 'step', frames: action.frames * 10 };
  return action;
}

/** The keys and what they do, for the help text. */
export const keyHelp: readonly (readonly [keys: string, meaning: string])[] = [
  ['Space', 'play or pause'],
  ['← →', 'one frame; with Shift ten'],
  ['J K L', 'backward, pause, forward (again: faster)'],
  ['Home End', 'first and last frame'],
  ['I O X', 'in point, out point, clear both'],
  ['R', 'loop'],
  ['[ ]', 'slower, faster'],
  ['+ − 0', 'larger, smaller, fit'],
  ['M', 'sound'],
  ['C S', 'compare: next view, swap'],
];
