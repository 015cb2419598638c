import { element } from '../../dom.js';
import type { RunPayload, RunView as ViewName } from '../../../shared/outputs/index.js';
import type { OutputView } from '../outputView.js';
import { whileVisible } from '../visibility.js';
import { AtlasShelf } from './atlasShelf.js';
import { AttentionView } from './attentionView.js';
import { FramesView } from './framesView.js';
import { LatentsView } from './latentsView.js';
import { Playhead } from './playhead.js';
import { factsText, frameName, shownFrameCount, stepText } from './runFacts.js';
import type { RunScene, RunView } from './runView.js';
import { ScheduleView } from './scheduleView.js';
import { Scrubber } from './scrubber.js';
import { StagesView } from './stagesView.js';
import { StepsView } from './stepsView.js';
import { Tabs } from './tabs.js';

const titles: Readonly<Record<ViewName, string>> = {
  stages: 'Stages',
  steps: 'Steps',
  latents: 'Latents',
  attention: 'Attention',
  frames: 'Between frames',
  schedule: 'Schedule',
};
const makers: Readonly<Record<ViewName, (scene: RunScene) => RunView>> = {
  stages: (scene) => new StagesView(scene),
  steps: (scene) => new StepsView(scene),
  latents: (scene) => new LatentsView(scene),
  attention: (scene) => new AttentionView(scene),
  frames: (scene) => new FramesView(scene),
  schedule: (scene) => new ScheduleView(scene),
};

/** A captured run: views as tabs, with one playhead for all of them. */
export class RunOutput implements OutputView<RunPayload> {
  readonly root = element('div', { class: 'run-output' });
  private readonly shelf = new AtlasShelf();
  private playhead = new Playhead(1, 1, 1);
  private made = new Map<ViewName, RunView>();
  private open: ViewName | undefined;
  private scrubbers: readonly Scrubber[] = [];
  private stopWatching: () => void = () => undefined;
  private shown = '';
  private pending = 0;

  constructor(payload: RunPayload) {
    this.update(payload);
  }

  update(payload: RunPayload): void {
    const text = JSON.stringify(payload);
    if (text === this.shown) return;
    const { open, playhead: before } = this;
    const again = this.shown !== '';
    this.shown = text;
    this.clear();
    const names = payload.views.filter((name) => hasContents(payload, name));
    const playhead = (this.playhead = new Playhead(payload.steps.length, shownFrameCount(payload), payload.fps));
    if (again) playhead.moveTo(before);
    const scene: RunScene = { payload, playhead, picture: (atlas) => this.shelf.picture(atlas), redraw: () => this.redraw() };
    const note = element('p', { class: 'run-note', attributes: { role: 'status' } });
    note.hidden = names.length > 0;
    note.textContent =
      names.length > 0
        ? ''
        : 'This run was captured without anything to look at. Capture latents, x0 or attention, and run the cell again.';
    const step = new Scrubber('step', playhead, (index) => stepText(payload, index));
    const frame = new Scrubber(
      'frame',
      playhead,
      (index) =>
        `${frameName(payload, index)} of ${payload.shownFrames ? (payload.result?.frames ?? frameName(payload, playhead.frames - 1)) : playhead.frames}`,
    );
    this.scrubbers = [step, frame];
    const bar = element('div', { class: 'run-scrubbers', children: [step.root, frame.root] });
    const panel = element('div', { class: 'run-panel' });
    const tabs = new Tabs(
      names.map((name) => titles[name]),
      panel,
      (index) => {
        const name = names[index];
        if (name === undefined) return;
        this.open = name;
        const view = this.made.get(name) ?? makers[name](scene);
        this.made.set(name, view);
        panel.replaceChildren(view.root);
        bar.hidden = name === 'stages';
        this.redraw();
      },
    );
    this.root.replaceChildren(headOf(payload, playhead.frames), tabs.root, bar, note, panel);
    playhead.onChange = () => this.redraw();
    this.shelf.onArrival = () => this.redraw();
    this.shelf.onFailure = (sentence) => {
      note.hidden = false;
      note.textContent = sentence;
    };
    this.root.onkeydown = (event) => this.press(event);
    if (names.length === 0) bar.hidden = true;
    else tabs.choose(Math.max(0, open === undefined ? 0 : names.indexOf(open)));
    this.stopWatching = whileVisible(
      this.root,
      () => this.redraw(),
      () => {
        playhead.pause();
        this.shelf.empty();
      },
    );
  }

  dispose(): void {
    this.clear();
    this.root.replaceChildren();
  }

  private clear(): void {
    this.stopWatching();
    cancelAnimationFrame(this.pending);
    this.pending = 0;
    this.playhead.onChange = () => undefined;
    this.playhead.pause();
    for (const view of this.made.values()) view.dispose();
    this.made = new Map();
    this.shelf.empty();
  }

  /** Draws at the next picture of the screen, once, however much has changed until then. */
  private redraw(): void {
    this.pending ||= requestAnimationFrame(() => {
      this.pending = 0;
      const view = this.open && this.made.get(this.open);
      if (!view) return;
      view.draw();
      const [step, frame] = this.scrubbers;
      step?.show(view.follows.step);
      frame?.show(view.follows.frame);
      Object.assign(this.root.dataset, {
        step: this.playhead.step,
        frame: this.playhead.frame,
        playing: this.playhead.playing ?? '',
        ready: this.shelf.settled,
      });
    });
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.composedPath()[0];
    const used = target instanceof HTMLButtonElement || (target instanceof HTMLInputElement && target.type === 'checkbox');
    if (event.key === ' ' && !used) {
      event.preventDefault();
      this.playhead.toggle();
    }
    // Keys that mean something to a focused control here are no commands of the notebook.
    if (/^( |Enter|Arrow\w+|Home|End|Page\w+)$/.test(event.key)) event.stopPropagation();
  }
}

function hasContents({ x0, xt, latents, attention, frameAttention, schedule, stages }: RunPayload, name: ViewName): boolean {
  const has: Record<ViewName, boolean> = {
    stages: (stages?.length ?? 0) > 0,
    steps: (x0 ?? xt) !== undefined,
    latents: (latents?.length ?? 0) > 0 || (x0 ?? xt) !== undefined,
    attention: (attention?.words.length ?? 0) > 0,
    frames: frameAttention !== undefined,
    schedule: (schedule?.timesteps.length ?? 0) > 0,
  };
  return has[name];
}

function headOf(payload: RunPayload, frames: number): HTMLElement {
  const prompt = payload.negativePrompt ? `Negative prompt: ${payload.negativePrompt}` : '';
  return element('div', {
    class: 'run-head',
    children: [
      payload.title ? element('span', { class: 'run-title', text: payload.title }) : undefined,
      element('q', { class: 'run-prompt', text: payload.prompt, title: prompt }),
      element('span', { class: 'run-numbers', text: factsText(payload, frames) }),
    ],
  });
}
