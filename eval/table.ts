import type { EditScores } from './edits.js';
import type { Change } from './heldOut.js';
import { type Judged, judged } from './judge.js';
import type { LooksScores } from './looks.js';
import type { MaskScores } from './masks.js';

/** All that the evaluation measures; what was not asked for is undefined. */
export interface Evaluation {
  /** Clips generated. */
  n: number;
  /** Shares of right answers of the judge. */
  real: Record<Judged, number>;
  generated: Record<Judged, number> | undefined;
  chance: Record<Judged, number>;
  /** Shares of the clips without an effect in which none is read. */
  noEffect: { real: number; generated: number | undefined };
  edit: EditScores | undefined;
  /** The masks that edits find by themselves, by what is changed. */
  masks: Partial<Record<Change, MaskScores>> | undefined;
  /** dB, mean of the frames of the drawn clips. */
  vaePSNR: number;
  /** Mean difference between neighbouring frames, 0…1. */
  flicker: { real: number; generated: number | undefined };
  /** Beside drawn clips: those that were generated from the same sentences, and the drawn ones after the VAE. */
  looks: { generated: LooksScores | undefined; passed: LooksScores };
  /** Share of frames that are told right, drawn or generated: .5 is guessing. */
  toldApart: number | undefined;
  modelMB: number;
  secondsPerClip: number | undefined;
}

/** Prints an evaluation for people to read. */
export function printTable(
  name: string,
  { n, real, generated, chance, noEffect, edit, masks, vaePSNR, flicker, looks, toldApart, modelMB, secondsPerClip }: Evaluation,
): void {
  const percent = (share: number | undefined) =>
    (share === undefined || Number.isNaN(share) ? '–' : `${Math.round(100 * share)} %`).padStart(11);
  const rows = judged.map(
    (attribute) => attribute.padEnd(12) + percent(generated?.[attribute]) + percent(real[attribute]) + percent(chance[attribute]),
  );
  const lines = [
    `${name}, ${modelMB.toFixed(1)} MB: ${n} clips generated from held-out prompts${secondsPerClip === undefined ? '' : `, ${secondsPerClip.toFixed(2)} s each`}`,
    `${''.padEnd(12)}  generated  real clip   guessing`,
    ...rows,
    'no effect'.padEnd(12) + percent(noEffect.generated) + percent(noEffect.real),
    `VAE ${vaePSNR.toFixed(1)} dB; frames differ by ${flicker.generated?.toFixed(4) ?? '–'}, in real clips by ${flicker.real.toFixed(4)}`,
  ];
  const look = (name: string, { sharpness, flatness, flicker, n }: LooksScores) =>
    `${name} (${n}): sharpness ${sharpness.toFixed(2)} of drawn, flatness ${flatness.toFixed(1)} levels, flicker ${flicker.toFixed(2)} of drawn`;
  if (looks.generated) lines.push(look('generated', looks.generated));
  if (toldApart !== undefined) lines.push(`told apart from drawn frames: ${percent(toldApart).trim()} right (guessing 50 %)`);
  lines.push(look('drawn, after the VAE', looks.passed));
  if (edit) {
    lines.push(
      `${edit.n} edits, ${edit.secondsPerEdit.toFixed(1)} s each: success ${percent(edit.success).trim()} (subject ${percent(edit.subject).trim()}, colour ${percent(edit.colour).trim()}, background ${percent(edit.background).trim()})`,
      `background kept to ${edit.backgroundPSNR.toFixed(1)} dB, motion kept in ${percent(edit.motionKept).trim()}, all else in ${percent(edit.othersKept).trim()}; change understood in ${percent(edit.understood).trim()}`,
      `sharpness of edits: ${Object.entries(edit.sharpness)
        .map(([changes, share]) => `${changes} ${share.toFixed(2)}`)
        .join(
          ', ',
        )}; flatness ${edit.flatness.toFixed(1)} levels; painted ${percent(edit.painted.mean).trim()}, least ${percent(edit.painted.least).trim()}`,
      ...Object.entries(edit.methods).map(
        ([changes, methods]) =>
          `${changes}: ${Object.entries(methods)
            .map(([method, times]) => `${method} (${times})`)
            .join(', ')}`,
      ),
    );
  }
  for (const [changes, { n, before, automatic, subject }] of Object.entries(masks ?? {}))
    lines.push(
      `automatic mask for another ${changes} (${n}): IoU ${automatic.mean.toFixed(2)}, least ${automatic.least.toFixed(2)}; DiffEdit's own map ${before.toFixed(2)}; subject as seen ${subject.mean.toFixed(2)}, least ${subject.least.toFixed(2)}`,
    );
  console.log(lines.join('\n'));
}
