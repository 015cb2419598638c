import { element } from '../../dom.js';
import { setIcon } from '../../icons.js';
import { iconButton } from '../../player/controlBar.js';
import type { Axis, Playhead } from './playhead.js';

/** A slider along the steps or the frames, with a button that plays along it. */
export class Scrubber {
  readonly root: HTMLElement;
  private readonly slider: HTMLInputElement;
  private readonly button: HTMLButtonElement;
  private readonly text = element('output', { class: 'run-scrub-text' });

  /**
   * @param describe what to say of an entry, for the eye and the ear.
   * @param playName what the button does.
   */
  constructor(
    private readonly axis: Axis,
    private readonly playhead: Playhead,
    private readonly describe: (index: number) => string,
    private readonly playName = axis === 'step' ? 'Play this frame through the steps' : 'Play this step through the frames',
  ) {
    const label = axis === 'step' ? 'Step' : 'Frame';
    this.slider = element('input', {
      class: 'run-slider',
      attributes: { type: 'range', min: '0', max: String(playhead.count(axis) - 1), step: '1', 'aria-label': label },
    });
    this.slider.addEventListener('input', () => {
      playhead.pause();
      playhead.moveTo({ [axis]: Number(this.slider.value) });
    });
    this.button = iconButton('play', '', () => playhead.toggle(axis));
    this.root = element('div', {
      class: 'run-scrubber',
      attributes: { role: 'group', 'aria-label': label },
      children: [
        this.button,
        element('span', { class: 'run-scrub-name', text: label, attributes: { 'aria-hidden': 'true' } }),
        this.slider,
        this.text,
      ],
    });
  }

  /** Shows where the playhead is. @param live whether the slider does anything in the view that is shown. */
  show(live: boolean): void {
    const { axis, playhead } = this;
    const at = playhead[axis];
    const playing = playhead.playing === axis;
    const single = playhead.count(axis) < 2;
    if (this.slider.value !== String(at)) this.slider.value = String(at);
    this.slider.style.setProperty('--at', `${(at / Math.max(1, playhead.count(axis) - 1)) * 100}%`);
    const said = this.describe(at);
    if (this.text.textContent !== said) {
      this.text.textContent = said;
      this.slider.setAttribute('aria-valuetext', said);
    }
    this.slider.disabled = this.button.disabled = !live || single;
    this.root.classList.toggle('off', !live);
    const name = playing ? 'Pause' : this.playName;
    if (this.button.getAttribute('aria-label') === name) return;
    const drawing = this.button.querySelector('svg');
    if (drawing) setIcon(drawing, playing ? 'pause' : 'play');
    this.button.title = `${name} (Space)`;
    this.button.setAttribute('aria-label', name);
  }
}
