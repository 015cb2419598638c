import { element } from '../dom.js';
import type { ClipSurface, PlayerClip } from './clipSurface.js';
import { ControlBar } from './controlBar.js';
import { stepZoom } from './fitting.js';
import type { Zoom } from './fitting.js';
import { actionOf } from './keys.js';
import type { PlayerAction } from './keys.js';
import { openClips } from './openClips.js';
import type { PlayerMemory, View } from './playerMemory.js';
import { Stage } from './stage.js';
import type { StageRoom } from './stage.js';
import { Timeline } from './timeline.js';
import { Transport } from './transport.js';
import { transportCommand } from './transportCommand.js';
import { startState } from './transportState.js';
import type { TransportState } from './transportState.js';

/** How a player starts. */
export interface PlayerOptions extends StageRoom {
  readonly memory?: Partial<PlayerMemory>;
}

/**
 * Plays a clip, alone or compared with another: pictures, controls below them, a timeline below
 * those. It begins cold, with empty panes; {@link wake} loads the files and {@link sleep} lets them go.
 */
export class Player {
  readonly root: HTMLElement;
  /** Called after every change of what {@link memory} holds. */
  onChange: () => void = () => undefined;
  private readonly stage: Stage;
  private readonly controls: ControlBar;
  private readonly timeline: Timeline;
  private readonly note = element('div', { class: 'player-note', attributes: { role: 'status' } });
  private readonly clips: readonly PlayerClip[];
  private surfaces: ClipSurface[] = [];
  private transport: Transport | undefined;
  private waking: Promise<void> | undefined;
  /** Fires when the player falls asleep, so that a file that arrives late is not shown. */
  private awake = new AbortController();
  private view: View;
  private zoom: Zoom;
  private scale = 1;
  private swapped = false;
  private state: TransportState;

  constructor(clip: PlayerClip, compare: PlayerClip | undefined, options: PlayerOptions) {
    this.clips = compare ? [clip, compare] : [clip];
    const { memory = {} } = options;
    this.state = startState(clip.clock.frames, memory);
    this.view = memory.view ?? 'side';
    this.zoom = memory.zoom ?? 'fit';
    this.stage = new Stage(options);
    this.timeline = new Timeline(clip);
    this.controls = new ControlBar(clip, {
      act: (action) => this.act(action),
      setRate: (rate) => this.withTransport((transport) => transport.setRate(rate)),
      setZoom: (zoom) => this.setZoom(zoom),
      setView: (view) => this.setView(view),
    });
    this.note.hidden = true;
    this.root = element('section', {
      class: 'player',
      attributes: {
        tabindex: '0',
        'aria-label': `Video player: ${clip.title}`,
        'aria-keyshortcuts': 'Space ArrowLeft ArrowRight J K L I O',
      },
      children: [this.stage.root, this.note, this.controls.root, this.timeline.root],
    });
    this.listen();
    this.showPanes();
    this.show(this.state);
  }

  /** What to hand to the next player in this place. */
  get memory(): PlayerMemory {
    const { frame, range, rate, loop } = this.state;
    return { frame, first: range.first, last: range.last, rate, loop, view: this.view, zoom: this.zoom };
  }

  /** Loads the files, once. Failing is shown in the player. */
  wake(): Promise<void> {
    const { signal } = this.awake;
    this.waking ??= this.load(signal).catch((error: unknown) => {
      if (signal.aborted) return;
      this.waking = undefined;
      this.say(error instanceof Error ? error.message : String(error));
    });
    return this.waking;
  }

  /** Lets go of the files; the panes are empty again. */
  sleep(): void {
    if (!this.waking) return;
    this.release();
    this.showPanes();
    this.show({ ...this.state, direction: 0, muted: true });
  }

  /** Shows a sentence under the picture; nothing when empty. */
  say(text: string): void {
    this.note.textContent = text;
    this.note.hidden = text === '';
  }

  /** Does what a key means to the player, and keeps the key from everybody else then. */
  press(event: KeyboardEvent): void {
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    // Otherwise VS Code would also take it, as a command of the notebook.
    event.stopPropagation();
    this.act(action);
  }

  setZoom(zoom: Zoom): void {
    this.zoom = zoom;
    this.stage.setZoom(zoom);
    this.showView();
  }

  setView(view: View): void {
    this.view = view;
    this.showView();
  }

  dispose(): void {
    this.release();
    this.timeline.dispose();
    this.stage.dispose();
    this.root.remove();
  }

  private async load(signal: AbortSignal): Promise<void> {
    this.root.classList.add('loading');
    this.say('');
    const opened = await openClips(this.clips, signal).finally(() => {
      if (!signal.aborted) this.root.classList.remove('loading');
    });
    if (!opened) return;
    const { leader, follower, complaint } = opened;
    this.surfaces = follower ? [leader, follower] : [leader];
    this.surfaces.forEach((surface, index) => this.stage.setSurface(index, surface));
    if (complaint) this.say(complaint);
    const transport = (this.transport = new Transport(leader, this.state.loop));
    transport.setRange(this.state.range);
    if (this.state.rate !== 1) transport.setRate(this.state.rate);
    transport.onChange = (state) => this.show(state);
    transport.followWith(follower);
    await transport.seek(this.state.frame);
    this.timeline.wake();
    this.root.dataset.ready = 'true';
  }

  private release(): void {
    this.awake.abort();
    this.awake = new AbortController();
    this.waking = undefined;
    this.root.classList.remove('loading');
    this.transport?.dispose();
    this.transport = undefined;
    for (const surface of this.surfaces) surface.dispose();
    this.surfaces = [];
    delete this.root.dataset.ready;
  }

  private withTransport(deed: (transport: Transport) => unknown): void {
    if (this.transport) deed(this.transport);
    else void this.wake().then(() => this.transport && deed(this.transport));
  }

  private listen(): void {
    this.stage.onClick = () => this.act({ do: 'toggle' });
    this.stage.onFit = ({ scale }) => (this.scale = scale);
    this.timeline.onSeek = (frame) => this.withTransport((transport) => transport.seek(frame));
    this.timeline.onRange = (edge, frame) =>
      this.withTransport((transport) => (edge === 'in' ? transport.setIn(frame) : transport.setOut(frame)));
    this.root.addEventListener('keydown', (event) => {
      // Space and arrows belong to a focused list or button first.
      const target = event.composedPath()[0];
      if (target instanceof HTMLSelectElement || (target instanceof HTMLButtonElement && event.key === ' ')) return;
      this.press(event);
    });
  }

  private act(action: PlayerAction): void {
    switch (action.do) {
      case 'compare':
        return this.setView(({ side: 'wipe', wipe: 'single', single: 'side' } as const)[this.view]);
      case 'swap':
        this.swapped = !this.swapped;
        return this.showView();
      case 'zoomIn':
        return this.setZoom(stepZoom(this.scale, 1));
      case 'zoomOut':
        return this.setZoom(stepZoom(this.scale, -1));
      case 'zoomFit':
        return this.setZoom('fit');
      default:
        return this.withTransport((transport) => transportCommand(transport, action));
    }
  }

  private showPanes(): void {
    this.stage.setPanes(this.clips.map(({ title, width, height }) => ({ title, size: { width, height } })));
    this.setView(this.view);
  }

  private showView(): void {
    this.stage.setZoom(this.zoom);
    this.stage.setView(this.view, this.swapped);
    this.controls.showView(this.view, this.zoom, this.clips.length > 1);
    this.onChange();
  }

  private show(state: TransportState): void {
    this.state = state;
    this.controls.show(state);
    this.timeline.show(state.frame, state.range);
    this.root.dataset.frame = String(state.frame);
    this.root.dataset.direction = String(state.direction);
    this.onChange();
  }
}
