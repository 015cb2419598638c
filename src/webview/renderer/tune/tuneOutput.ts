import type { TunePayload } from '../../../shared/outputs/index.js';
import { element } from '../../dom.js';
import { icon } from '../../icons.js';
import type { HostWire } from '../hostWire.js';
import type { OutputView } from '../outputView.js';
import { PreviewOutput } from '../previewOutput.js';
import { VideoOutput } from '../videoOutput.js';
import { TuneForm } from './tuneForm.js';

/** What stands there where nobody would make anything. */
const noKernel = 'The form works in VS Code with the Frameloom kernel; what you see is the last clip that it made.';

/** A form and the clip that it made; while another one is made, its frames as they come out of the noise. */
export class TuneOutput implements OutputView<TunePayload> {
  readonly root: HTMLElement;
  private readonly form = new TuneForm(() => void this.make());
  private readonly makeButton = button('play', 'Make', 'Make the clip with these settings (Enter)', 'primary');
  private readonly codeButton = button('notebook', 'As code', 'Write the call that made this clip into a new cell');
  private readonly note = element('span', { class: 'tune-note', attributes: { role: 'status' } });
  private readonly room = element('div', { class: 'tune-room' });
  private readonly clip: VideoOutput;
  private preview: PreviewOutput | undefined;
  private payload: TunePayload;

  constructor(
    payload: TunePayload,
    private readonly wire: HostWire,
  ) {
    this.payload = payload;
    this.clip = new VideoOutput(payload.clip, wire);
    this.room.append(this.clip.root);
    this.makeButton.addEventListener('click', () => void this.make());
    this.codeButton.addEventListener('click', () => this.wire.send({ type: 'tuneAsCode', tuneId: this.payload.tuneId }));
    this.root = element('div', {
      class: 'tune-output',
      children: [this.form.root, element('div', { class: 'tune-bar', children: [this.makeButton, this.codeButton, this.note] }), this.room],
    });
    this.update(payload);
    if (!wire.connected) this.say(noKernel);
    this.enable(wire.connected);
  }

  update(payload: TunePayload): void {
    this.payload = payload;
    this.form.show(payload);
    this.clip.update(payload.clip);
  }

  dispose(): void {
    this.endPreview();
    this.clip.dispose();
  }

  private async make(): Promise<void> {
    const values = this.preview || this.makeButton.disabled ? undefined : this.form.read();
    if (!values) return;
    const { tuneId } = this.payload;
    this.say('');
    this.enable(false);
    this.preview = new PreviewOutput(
      { type: 'preview', runId: tuneId, state: 'running', stage: 'starting', step: 0, steps: values.steps },
      this.wire,
    );
    this.room.prepend(this.preview.root);
    this.clip.root.hidden = true;
    const problem = await this.wire.tune(tuneId, values);
    this.endPreview();
    this.enable(true);
    this.say(problem ?? '');
  }

  private endPreview(): void {
    this.preview?.dispose();
    this.preview?.root.remove();
    this.preview = undefined;
    this.clip.root.hidden = false;
  }

  private enable(enabled: boolean): void {
    this.form.enabled = enabled;
    this.makeButton.disabled = this.codeButton.disabled = !enabled;
  }

  private say(text: string): void {
    this.note.textContent = text;
  }
}

function button(name: 'play' | 'notebook', text: string, title: string, kind = ''): HTMLButtonElement {
  return element('button', {
    class: `text-button ${kind}`.trim(),
    title,
    attributes: { type: 'button' },
    children: [icon(name), element('span', { text })],
  });
}
