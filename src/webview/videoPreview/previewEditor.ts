import type { RpcPeer } from '../../shared/rpc.js';
import type { ClipSlot, ClipView, PreviewHost, PreviewPage } from '../../shared/videoPreviewProtocol.js';
import { element } from '../dom.js';
import { Player } from '../player/player.js';
import { Inspector } from './inspector.js';
import { readMemory } from './previewMemory.js';
import type { MemoryStore, PreviewMemory } from './previewMemory.js';
import { SidePanel } from './sidePanel.js';
import { viewClip } from './viewClip.js';
import { Waiting } from './waiting.js';

/**
 * The page of the video preview, laid out as the editor that it will become: the picture with its
 * timeline in the middle, panels at the side.
 */
export class PreviewEditor {
  readonly root: HTMLElement;
  private readonly centre = element('main', { class: 'centre' });
  private readonly waiting: Waiting;
  private readonly inspector: Inspector;
  private readonly panel: SidePanel;
  private readonly clips: Partial<Record<ClipSlot, ClipView>> = {};
  private player: Player | undefined;
  /** Which clips the player was made for. */
  private playing = '';
  private memory: PreviewMemory;
  private saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly host: RpcPeer<PreviewPage, PreviewHost>,
    private readonly store: MemoryStore,
  ) {
    this.memory = readMemory(store.load());
    this.waiting = new Waiting({
      cancel: (slot) => this.ask('cancel', { slot }),
      retry: (slot) => this.ask('retry', { slot }),
    });
    this.inspector = new Inspector({
      copySettings: (slot) => this.ask('copySettings', { slot }),
      chooseCompare: () => this.ask('chooseCompare', undefined),
      endCompare: () => this.ask('endCompare', undefined),
      editInNotebook: () => this.ask('editInNotebook', this.range()),
    });
    this.panel = new SidePanel(this.inspector.root, this.memory, (panelOpen, panelWidth) => this.remember({ panelOpen, panelWidth }));
    this.root = element('div', { class: 'editor', children: [this.centre, this.panel.root] });
    this.centre.append(this.panel.opener, this.waiting.root);
  }

  /** Begins to listen, and tells the host that it may speak. */
  start(): void {
    this.host.on('clip', (view) => this.take(view));
    this.host.on('compareEnded', () => {
      delete this.clips.compare;
      this.show();
    });
    // VS Code gives the focus to the page, not to anything in it.
    document.addEventListener('keydown', (event) => this.keyAnywhere(event));
    this.ask('ready', undefined);
  }

  private take(view: ClipView): void {
    const before = this.clips[view.slot];
    if (before && before.revision > view.revision) return;
    this.clips[view.slot] = view;
    this.show();
  }

  private show(): void {
    const { main, compare } = this.clips;
    if (!main) return;
    this.waiting.show(main, compare);
    this.inspector.show(main, compare);
    const playable = [main, compare].filter((view) => view?.playback.kind === 'ready');
    const key = playable.map((view) => `${view?.slot} ${view?.revision}`).join();
    // While a changed file is read again the old picture stays, so that the page does not blink.
    if (key === this.playing || main.playback.kind === 'reading' || main.playback.kind === 'preparing') return;
    this.playing = key;
    this.replacePlayer(main, compare);
  }

  private replacePlayer(main: ClipView, compare: ClipView | undefined): void {
    const clipOf = (view: ClipView | undefined): ReturnType<typeof viewClip> =>
      view && viewClip(view, () => this.ask('cannotPlay', { slot: view.slot, revision: view.revision }));
    const hadFocus = this.player?.root.contains(this.focused()) ?? true;
    this.player?.dispose();
    this.player = undefined;
    const clip = clipOf(main);
    if (!clip) return;
    const player = (this.player = new Player(clip, clipOf(compare), { memory: this.memory.player ?? {} }));
    player.onChange = () => {
      this.remember({ player: player.memory });
      this.inspector.showRange(clip.clock, player.memory);
    };
    player.onChange();
    this.centre.append(player.root);
    // A clip that is ready late must not take the focus from what the user turned to meanwhile.
    if (hadFocus && document.hasFocus()) player.root.focus({ preventScroll: true });
    void player.wake();
  }

  /** The player's keys work wherever the focus is, as long as nothing else there wants them. */
  private keyAnywhere(event: KeyboardEvent): void {
    const target = event.composedPath()[0];
    if (!this.player || event.defaultPrevented || !(target instanceof HTMLElement) || this.player.root.contains(target)) return;
    if (target.closest('button, select, summary, .sash') && [' ', 'Enter', 'ArrowLeft', 'ArrowRight'].includes(event.key)) return;
    this.player.press(event);
  }

  private range(): { first: number; last: number } {
    const { first = 0, last = 0 } = this.player?.memory ?? {};
    return { first, last };
  }

  private remember(part: Partial<PreviewMemory>): void {
    this.memory = { ...this.memory, ...part };
    clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => {
      this.store.save(this.memory);
      if (this.player) this.host.emit('range', this.range());
    }, 200);
  }

  private ask<M extends keyof PreviewHost['requests']>(method: M, params: PreviewHost['requests'][M]['params']): void {
    this.host.request(method, params).catch((error: unknown) => this.player?.say(error instanceof Error ? error.message : String(error)));
  }

  private focused(): Element | null {
    return (this.root.getRootNode() as ShadowRoot).activeElement;
  }
}
