import { element } from '../dom.js';
import { icon, setIcon } from '../icons.js';
import type { IconName } from '../icons.js';
import type { PlayerClip } from './clipSurface.js';
import { zoomSteps } from './fitting.js';
import type { Zoom } from './fitting.js';
import { clockText } from './frameClock.js';
import type { PlayerAction } from './keys.js';
import { isPartial } from './playRange.js';
import type { View } from './playerMemory.js';
import { rates } from './transportState.js';
import type { TransportState } from './transportState.js';

/** What the buttons ask for beyond {@link PlayerAction}. */
export interface ControlRequests {
  act(action: PlayerAction): void;
  setRate(rate: number): void;
  setZoom(zoom: Zoom): void;
  setView(view: View): void;
}

/** A button with a drawing; its name is read aloud and shown as a tooltip with its key. */
export function iconButton(name: IconName, label: string, onClick: () => void, key?: string): HTMLButtonElement {
  const button = element('button', {
    class: 'icon-button',
    title: key ? `${label} (${key})` : label,
    attributes: { type: 'button', 'aria-label': label },
    children: [icon(name)],
  });
  button.addEventListener('click', onClick);
  return button;
}

/** The row of buttons under the picture. */
export class ControlBar {
  readonly root: HTMLElement;
  private readonly play: HTMLButtonElement;
  private readonly loop: HTMLButtonElement;
  private readonly clear: HTMLButtonElement;
  private readonly sound: HTMLButtonElement;
  private readonly swap: HTMLButtonElement;
  private readonly counter = element('span', { class: 'counter' });
  private readonly clock = element('span', { class: 'clock roomy' });
  private readonly rate: HTMLSelectElement;
  private readonly zoom: HTMLSelectElement;
  private readonly views: Record<View, HTMLButtonElement>;
  private readonly compare: HTMLElement;

  constructor(
    private readonly clip: PlayerClip,
    requests: ControlRequests,
  ) {
    const doing = (action: PlayerAction['do'] & string, name: IconName, label: string, key: string): HTMLButtonElement =>
      iconButton(name, label, () => requests.act({ do: action } as PlayerAction), key);
    const stepping = (frames: number, name: IconName, label: string, key: string): HTMLButtonElement =>
      iconButton(name, label, () => requests.act({ do: 'step', frames }), key);
    this.play = doing('toggle', 'play', 'Play', 'Space');
    this.play.classList.add('primary');
    this.loop = doing('loop', 'loop', 'Loop', 'R');
    this.clear = doing('clearRange', 'clear', 'Clear in and out points', 'X');
    this.sound = doing('mute', 'silent', 'Sound', 'M');
    this.swap = doing('swap', 'swap', 'Swap the two clips', 'S');
    this.rate = choice(
      'Speed',
      rates.map((rate) => [String(rate), `${rate}×`]),
      (value) => requests.setRate(Number(value)),
    );
    this.zoom = choice('Zoom', [['fit', 'Fit'], ...zoomSteps.map((step): [string, string] => [String(step), `${step * 100}%`])], (value) =>
      requests.setZoom(value === 'fit' ? 'fit' : Number(value)),
    );
    this.views = {
      single: iconButton('single', 'One clip', () => requests.setView('single'), 'C'),
      side: iconButton('side', 'Side by side', () => requests.setView('side'), 'C'),
      wipe: iconButton('wipe', 'Wipe', () => requests.setView('wipe'), 'C'),
    };
    this.compare = group('Compare', [this.views.side, this.views.wipe, this.views.single, this.swap]);
    this.sound.hidden = !clip.hasAudio;
    this.root = element('div', {
      class: 'controls',
      attributes: { role: 'toolbar', 'aria-label': 'Player' },
      children: [
        group('Playback', [
          roomy(doing('first', 'first', 'First frame', 'Home')),
          stepping(-1, 'stepBack', 'Previous frame', '←'),
          this.play,
          stepping(1, 'stepForward', 'Next frame', '→'),
          roomy(doing('last', 'last', 'Last frame', 'End')),
        ]),
        element('span', { class: 'readout', attributes: { 'aria-live': 'off' }, children: [this.counter, this.clock] }),
        element('span', { class: 'spring' }),
        this.compare,
        group('Range', [
          doing('setIn', 'markIn', 'Set in point', 'I'),
          doing('setOut', 'markOut', 'Set out point', 'O'),
          this.clear,
          this.loop,
        ]),
        group('View', [this.rate, this.zoom, this.sound]),
      ],
    });
  }

  /** Shows where play is. */
  show(state: TransportState): void {
    const playing = state.direction !== 0;
    const drawing = this.play.querySelector('svg');
    if (drawing) setIcon(drawing, playing ? 'pause' : 'play');
    rename(this.play, playing ? 'Pause' : 'Play', 'Space');
    press(this.loop, state.loop);
    this.clear.disabled = !isPartial(state.range, this.clip.clock.frames);
    press(this.sound, !state.muted);
    const speaker = this.sound.querySelector('svg');
    if (speaker) setIcon(speaker, state.muted ? 'silent' : 'sound');
    rename(this.sound, state.muted ? 'Turn sound on' : 'Turn sound off', 'M');
    this.counter.textContent = `${state.frame + 1} / ${this.clip.clock.frames}`;
    this.clock.textContent = clockText(this.clip.clock.timeOf(state.frame));
    offer(this.rate, String(state.rate), `${state.rate}×`);
  }

  /** Shows how the pictures are laid out. */
  showView(view: View, zoom: Zoom, canCompare: boolean): void {
    this.compare.hidden = !canCompare;
    for (const [name, button] of Object.entries(this.views)) press(button, name === view);
    offer(this.zoom, String(zoom), typeof zoom === 'number' ? `${Math.round(zoom * 100)}%` : 'Fit');
  }
}

/** Leaves a button out where the player is narrow: there are keys and a timeline for it too. */
function roomy(button: HTMLButtonElement): HTMLButtonElement {
  button.classList.add('roomy');
  return button;
}

function group(label: string, children: readonly HTMLElement[]): HTMLElement {
  return element('span', { class: 'group', attributes: { role: 'group', 'aria-label': label }, children });
}

function choice(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  onChoose: (value: string) => void,
): HTMLSelectElement {
  const select = element('select', { title: label, attributes: { 'aria-label': label } });
  for (const [value, text] of options) select.append(new Option(text, value));
  select.addEventListener('change', () => onChoose(select.value));
  return select;
}

/** Selects a value, adding it when it is none of the fixed ones. */
function offer(select: HTMLSelectElement, value: string, text: string): void {
  if (![...select.options].some((option) => option.value === value)) select.append(new Option(text, value));
  select.value = value;
}

function press(button: HTMLButtonElement, pressed: boolean): void {
  button.setAttribute('aria-pressed', String(pressed));
}

function rename(button: HTMLButtonElement, label: string, key: string): void {
  button.title = `${label} (${key})`;
  button.setAttribute('aria-label', label);
}
