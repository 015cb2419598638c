import type { TunePayload, TuneValues } from '../../../shared/outputs/index.js';
import { element } from '../../dom.js';
import { icon } from '../../icons.js';

/** The fields of a form, each with its name. */
export class TuneForm {
  readonly root: HTMLElement;
  private readonly scheduler = select();
  private readonly schedule = select();
  private readonly method = select();
  private readonly steps = numberField(1, 1000, 1);
  private readonly guidanceScale = numberField(0, 100, 0.5);
  private readonly strength = numberField(0.01, 1, 0.05);
  private readonly seed = numberField(0, Number.MAX_SAFE_INTEGER, 1);
  private readonly ofEdits: readonly HTMLElement[];
  private readonly dice = element('button', {
    class: 'icon-button',
    title: 'Another seed',
    attributes: { type: 'button', 'aria-label': 'Another seed' },
    children: [icon('swap')],
  });

  /** @param onEnter called for Enter in a field. */
  constructor(onEnter: () => void) {
    this.ofEdits = [labelled('Strength', this.strength), labelled('Method', this.method)];
    this.dice.addEventListener('click', () => (this.seed.value = String(Math.floor(Math.random() * 2 ** 32))));
    this.root = element('div', {
      class: 'tune-fields',
      attributes: { role: 'group', 'aria-label': 'Settings' },
      children: [
        labelled('Sampler', this.scheduler),
        labelled('Schedule', this.schedule),
        labelled('Steps', this.steps),
        labelled('Guidance', this.guidanceScale),
        ...this.ofEdits,
        labelled('Seed', this.seed, this.dice),
      ],
    });
    this.root.addEventListener('keydown', (event) => {
      // The notebook has keys of its own.
      event.stopPropagation();
      if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) onEnter();
    });
  }

  /** Offers what there is to choose from, and shows what the clip was made with. */
  show({ edits, ownScheduler, schedulers, schedules, methods, values }: TunePayload): void {
    offer(this.scheduler, `own (${ownScheduler})`, schedulers, values.scheduler);
    offer(this.schedule, 'its own', schedules, values.schedule);
    offer(this.method, 'chosen by the change', methods, values.method ?? '');
    this.steps.value = String(values.steps);
    this.guidanceScale.value = String(values.guidanceScale);
    this.strength.value = values.strength === undefined ? '' : String(values.strength);
    this.seed.value = String(values.seed);
    for (const field of this.ofEdits) field.hidden = !edits;
  }

  /** What stands in the form; undefined, with the field marked, where a number is none. */
  read(): TuneValues | undefined {
    const wrong = [this.steps, this.guidanceScale, this.seed, this.strength].find(
      (field) => !field.closest('[hidden]') && !field.reportValidity(),
    );
    if (wrong) {
      wrong.focus();
      return undefined;
    }
    const edits = !this.ofEdits[0]!.hidden;
    return {
      scheduler: this.scheduler.value,
      schedule: this.schedule.value,
      steps: Number(this.steps.value),
      guidanceScale: Number(this.guidanceScale.value),
      seed: Number(this.seed.value),
      ...(edits && this.strength.value !== '' ? { strength: Number(this.strength.value) } : {}),
      ...(edits ? { method: this.method.value } : {}),
    };
  }

  /** Whether anything can be changed. */
  set enabled(enabled: boolean) {
    for (const field of this.root.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLButtonElement>('input, select, button'))
      field.disabled = !enabled;
  }
}

function select(): HTMLSelectElement {
  return element('select');
}

/** @param step what the arrows add; any other number can be typed, but for whole ones. */
function numberField(min: number, max: number, step: number): HTMLInputElement {
  const whole = Number.isInteger(step);
  const field = element('input', {
    attributes: { type: 'number', min: String(min), max: String(max), step: whole ? '1' : 'any' },
  });
  field.required = whole;
  if (!whole)
    field.addEventListener('keydown', (event) => {
      const by = { ArrowUp: step, ArrowDown: -step }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      field.value = String(Number(Math.min(max, Math.max(min, Number(field.value) + by)).toFixed(3)));
    });
  return field;
}

function labelled(text: string, field: HTMLElement, beside?: HTMLElement): HTMLElement {
  // Else what there is to choose from would be part of the name.
  field.setAttribute('aria-label', text);
  return element('label', {
    class: 'tune-field',
    children: [element('span', { text }), element('span', { class: 'tune-input', children: [field, beside] })],
  });
}

function offer(field: HTMLSelectElement, own: string, names: readonly string[], chosen: string): void {
  // A name that the list lacks, such as one with knobs, stays what it is.
  const all = chosen === '' || names.includes(chosen) ? names : [chosen, ...names];
  field.replaceChildren(
    element('option', { text: own, attributes: { value: '' } }),
    ...all.map((name) => element('option', { text: name, attributes: { value: name } })),
  );
  field.value = chosen;
}
