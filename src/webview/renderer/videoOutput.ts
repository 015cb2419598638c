import type { ClipPayload, ProvenanceSummary, VideoPayload } from '../../shared/outputs/index.js';
import { element } from '../dom.js';
import { icon } from '../icons.js';
import { Player } from '../player/player.js';
import { playerClip } from './clipLoader.js';
import { copyButton } from './copyButton.js';
import type { HostWire } from './hostWire.js';
import type { OutputView } from './outputView.js';
import { whileVisible } from './visibility.js';

/** Tallest picture in an output: the next cell should stay in sight. */
const maxHeight = 384;

/** A clip in a player, beside its source when it has one, with how it was made below. */
export class VideoOutput implements OutputView<VideoPayload> {
  readonly root = element('div', { class: 'video-output' });
  private player: Player | undefined;
  private stopWatching: () => void = () => undefined;
  private shown = '';

  constructor(
    payload: VideoPayload,
    private readonly wire: HostWire,
  ) {
    this.update(payload);
  }

  update(payload: VideoPayload): void {
    const text = JSON.stringify(payload);
    if (text === this.shown) return;
    this.shown = text;
    const memory = this.player?.memory;
    this.dispose();
    const notes: [string, string] = ['', ''];
    const sayAbout =
      (which: 0 | 1) =>
      (sentence: string): void => {
        notes[which] = sentence;
        this.player?.say([...new Set(notes)].filter(Boolean).join(' '));
      };
    const { source } = payload;
    const clip = playerClip(payload, payload.title ?? (source ? 'Result' : 'Video'), this.wire, sayAbout(0));
    const compare = source && playerClip(source, source.title ?? 'Source', this.wire, sayAbout(1));
    const player = (this.player = new Player(clip, compare, { maxHeight, ...(memory ? { memory } : {}) }));
    this.root.replaceChildren(player.root, this.footer(payload));
    this.stopWatching = whileVisible(
      player.root,
      () => void player.wake(),
      () => player.sleep(),
    );
  }

  dispose(): void {
    this.stopWatching();
    this.player?.dispose();
    this.player = undefined;
  }

  private footer(payload: VideoPayload): HTMLElement {
    const { path, provenance } = payload;
    const open = element('button', {
      class: 'text-button',
      attributes: { type: 'button' },
      children: [icon('open'), 'Open in video preview'],
    });
    open.addEventListener('click', () => path !== undefined && this.wire.send({ type: 'openVideo', path }));
    return element('footer', {
      children: [
        element('div', {
          class: 'facts',
          children: [
            element('span', { text: factsOf(payload) }),
            element('span', { class: 'spring' }),
            path !== undefined && this.wire.connected ? open : undefined,
          ],
        }),
        provenance ? madeWith(provenance) : undefined,
      ],
    });
  }
}

/** `128 × 128 · 8 fps · 16 frames · 2 s`. */
export function factsOf(clip: ClipPayload): string {
  const rounded = (value: number): string => String(Math.round(value * 100) / 100);
  return [
    `${clip.width} × ${clip.height}`,
    `${rounded(clip.fps)} fps`,
    `${clip.frames} ${clip.frames === 1 ? 'frame' : 'frames'}`,
    `${rounded(clip.duration)} s`,
  ].join(' · ');
}

/** How a clip was made: the prompt in sight, the rest behind a click. */
function madeWith(record: ProvenanceSummary): HTMLElement {
  const rows: [string, string][] = [
    ...(record.negativePrompt ? [['Negative prompt', record.negativePrompt] as [string, string]] : []),
    ['Model', record.model],
    ['Seed', String(record.seed)],
    ...(record.device ? [['Device', record.device] as [string, string]] : []),
    ...Object.entries(record.settings).map(([key, value]): [string, string] => [key, String(value)]),
    ...(record.created ? [['Made', record.created] as [string, string]] : []),
  ];
  const list = element('dl', {
    class: 'settings',
    children: rows.flatMap(([key, value]) => [element('dt', { text: key }), element('dd', { text: value })]),
  });
  const copy = copyButton('Copy settings', JSON.stringify(record, null, 2));
  return element('details', {
    class: 'made-with',
    children: [
      element('summary', {
        children: [
          icon('chevron'),
          element('span', { class: 'deed', text: record.kind === 'edited' ? 'Edited with' : 'Made from' }),
          element('q', { text: record.prompt, title: record.prompt }),
        ],
      }),
      list,
      copy,
    ],
  });
}
