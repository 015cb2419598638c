import { element } from '../dom.js';
import type { ClipSurface } from './clipSurface.js';
import { fit } from './fitting.js';
import type { Fitting, Size, Zoom } from './fitting.js';
import type { View } from './playerMemory.js';
import { WipeHandle } from './wipeHandle.js';

/** A clip on the stage. */
export interface StagePane {
  readonly title: string;
  readonly size: Size;
}

/** The room that the stage may take; without `height` it is as high as the pictures. */
export interface StageRoom {
  readonly maxHeight?: number;
}

interface Pane {
  readonly figure: HTMLElement;
  readonly picture: HTMLElement;
  readonly about: StagePane;
}

/** Where the pictures are: lays one or two of them out, sizes them and draws nothing over them. */
export class Stage {
  readonly root: HTMLElement;
  /** Called after each layout with the scale at which the picture is drawn. */
  onFit: (fitting: Fitting) => void = () => undefined;
  /** Called when the user clicks a picture. */
  onClick: () => void = () => undefined;
  private readonly row = element('div', { class: 'stage-row' });
  private readonly observer = new ResizeObserver(() => this.layout());
  private readonly handle = new WipeHandle();
  private panes: Pane[] = [];
  private view: View = 'single';
  private swapped = false;
  private zoom: Zoom = 'fit';

  constructor(private readonly room: StageRoom) {
    this.root = element('div', { class: 'stage', children: [this.row] });
    this.row.addEventListener('click', (event) => {
      if ((event.target as HTMLElement).closest('.picture') && !(event.target as HTMLElement).closest('.wipe-handle')) this.onClick();
    });
    this.observer.observe(this.root);
  }

  /** Replaces the clips: the first leads, the second is what it is compared with. */
  setPanes(panes: readonly StagePane[]): void {
    this.panes = panes.map((about) => {
      const picture = element('div', { class: 'picture' });
      const caption = element('figcaption', { text: about.title, title: about.title });
      return { figure: element('figure', { class: 'pane', children: [picture, caption] }), picture, about };
    });
    this.row.replaceChildren(...this.panes.map(({ figure }) => figure));
    this.layout();
  }

  /** Puts a loaded clip on its pane. */
  setSurface(index: number, surface: ClipSurface): void {
    surface.element.classList.add('surface');
    this.panes[index]?.picture.replaceChildren(surface.element);
    this.layout();
  }

  setView(view: View, swapped: boolean): void {
    this.view = this.panes.length > 1 ? view : 'single';
    this.swapped = swapped && this.panes.length > 1;
    this.layout();
  }

  setZoom(zoom: Zoom): void {
    this.zoom = zoom;
    this.layout();
  }

  dispose(): void {
    this.observer.disconnect();
  }

  private layout(): void {
    const [leader, other] = this.panes;
    if (!leader || this.root.clientWidth === 0) return;
    const beside = this.view === 'side' && other !== undefined;
    this.root.dataset.view = this.view;
    this.root.toggleAttribute('data-captions', this.panes.length > 1);
    const fitting = fit(leader.about.size, this.available(beside), this.zoom, devicePixelRatio);
    const [front, back] = this.swapped && other ? [other, leader] : [leader, other];
    for (const pane of this.panes) {
      pane.picture.style.width = `${fitting.width}px`;
      pane.picture.style.height = `${fitting.height}px`;
      pane.figure.style.maxWidth = `${fitting.width}px`;
      pane.picture.style.clipPath = '';
      pane.picture.classList.toggle('crisp', fit(pane.about.size, fitting, 'fit').crisp || fitting.crisp);
      pane.figure.hidden = this.view === 'single' && pane !== front;
      pane.figure.style.order = pane === front ? '1' : '0';
    }
    this.handle.remove();
    if (this.view === 'wipe' && front && back) this.handle.attach(this.row, back.picture, front.picture);
    this.onFit(fitting);
  }

  private available(beside: boolean): Size {
    const style = getComputedStyle(this.root);
    const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const captions = this.panes.length > 1 ? 24 : 0;
    const width = this.root.clientWidth - padding;
    const height = this.room.maxHeight ?? this.root.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    return { width: Math.max(16, beside ? (width - 12) / 2 : width), height: Math.max(16, height - captions) };
  }
}
