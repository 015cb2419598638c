import { element } from '../../dom.js';
import { icon } from '../../icons.js';
import type { StagePayload } from '../../../shared/outputs/index.js';
import { shortNumber } from '../../../shared/figures/ticks.js';
import { bytesOf, pictureSize } from './pictureSize.js';
import type { RunScene, RunView } from './runView.js';

/** The method on one card: source, latents, text, diffusion, result. */
export class StagesView implements RunView {
  readonly root: HTMLElement;
  readonly follows = { step: false, frame: false };

  constructor({ payload }: RunScene) {
    const stages = payload.stages ?? [];
    this.root = element('div', {
      class: 'run-stages',
      children: [element('ol', { class: 'run-stage-row', children: stages.map((stage, index) => cardOf(stage, index)) })],
    });
  }

  draw(): void {
    // Nothing here depends on the moment.
  }

  dispose(): void {
    this.root.replaceChildren();
  }
}

function cardOf({ name, caption, picture, tokens }: StagePayload, index: number): HTMLElement {
  const size = picture && pictureSize(bytesOf(picture));
  const image =
    picture &&
    element('img', {
      class: 'run-stage-picture',
      attributes: { alt: `${name}: ${caption}`, ...(size ? { width: String(size.width), height: String(size.height) } : {}) },
    });
  if (image) image.src = picture;
  const card = element('li', {
    class: 'run-stage',
    children: [
      index > 0 ? element('span', { class: 'run-arrow', attributes: { 'aria-hidden': 'true' }, children: [icon('chevron')] }) : undefined,
      element('h3', { children: [element('span', { class: 'run-stage-number', text: String(index + 1) }), name] }),
      element('div', { class: 'run-stage-frame', children: [image] }),
      tokens && tokens.length > 0 ? tokensOf(tokens, picture !== undefined) : undefined,
      element('p', { text: caption }),
    ],
  });
  // Pictures of one row are of one height, so a card is as wide as its picture.
  card.style.setProperty('--aspect', String(size ? Math.min(4, Math.max(0.6, size.width / size.height)) : 1.4));
  return card;
}

/** The words, each with a bar as long as its share of the attention. Where a picture shows them, they are there for the ear alone. */
function tokensOf(tokens: NonNullable<StagePayload['tokens']>, pictured: boolean): HTMLElement {
  const most = tokens.reduce((most, { mass }) => Math.max(most, mass ?? 0), 0);
  return element('ul', {
    class: pictured ? 'run-tokens run-unseen' : 'run-tokens',
    children: tokens.map(({ text, mass: captured }) => {
      const mass = captured ?? undefined; // JSON writes NaN as null
      const bar = element('i', { attributes: { 'aria-hidden': 'true' } });
      bar.style.width = `${most > 0 ? ((mass ?? 0) / most) * 100 : 0}%`;
      return element('li', {
        class: mass === undefined ? 'quiet' : '',
        title: mass === undefined ? `${text}: its attention was not captured` : `${text}: ${shortNumber(mass * 100)} % of all attention`,
        children: [
          element('span', { text: pictured && mass !== undefined ? `${text}, ${shortNumber(mass * 100)} %` : text }),
          mass === undefined ? undefined : element('b', { children: [bar] }),
        ],
      });
    }),
  });
}
