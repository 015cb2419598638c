import { type EditVideoOptions, type Frame, type LatentDiffusionModel, Video } from '../src/index.js';
import { drawnLook } from './drawnLook.js';
import type { Change, HeldOutClip, WantedEdit } from './heldOut.js';
import type { Judge } from './judge.js';
import { flatness, flickerOutside, grown, sharpness, structure } from './looks.js';
import { mean, median } from './mean.js';
import { paintedShare } from './painted.js';
import { psnrOutside } from './pictures.js';

/**
 * Pixels around the sticker that count as inside when the kept background is measured: its soft outline for another
 * colour; for another subject one cell of the latents, since a cat on a car's place has ears.
 */
const MARGIN: Readonly<Record<'colour' | 'subject', number>> = { colour: 2, subject: 8 };

/** What became of one edit. */
export interface Outcome {
  changes: Change;
  /** Whether the judge reads the attribute that was asked for. */
  reached: boolean;
  /**
   * Whether subject, colour and background that should have stayed are read as before, of those read rightly before; of a look of colours, of those that are read rightly
   * in the source with the drawn look, too: no hue can be read in black and white.
   */
  stayed: number;
  /** dB outside the sticker; undefined where more than the sticker was to change. */
  background: number | undefined;
  /** Whether the source's motion is still read; undefined where it was not read in the source. */
  motionKept: boolean | undefined;
  /** Whether `editVideo` took the change for what it is: this attribute and no other. */
  understood: boolean;
  /** Of a colour edit: share of the subject's own-coloured pixels that took the colour asked for. */
  painted: number | undefined;
  /** Gradient energy ÷ the source's: inside the sticker and its margin if that alone was to change, else of the whole frame. */
  sharpness: number;
  /** How far the source's shapes are still there, whatever became of its colours and contrasts; see `structure` in `looks.ts`. */
  structure: number;
  /** Deviation where the source is flat, 8-bit levels; undefined where the background is pasted from the source. */
  flatness: number | undefined;
  /** Flicker outside the sticker (and, where another subject is made, its margin), in 8-bit levels, of the edit and of its source; see `flickerOutside` in `looks.ts`. Undefined for snow and rain, which fall. */
  still: { made: number; drawn: number } | undefined;
  /** Method and strength that the edit took. */
  method: string;
  seconds: number;
}

/** The numbers of all edits. */
export interface EditScores {
  /** Edits made. */
  n: number;
  /** Mean of `subject`, `colour` and `background`. */
  success: number;
  /** Share of the subject changes that the judge reads as asked; likewise the next ones. */
  subject: number;
  colour: number;
  background: number;
  /** Asked for with `--changes` only, and not part of `success`. */
  effect: number;
  /** Mean dB outside the sticker, of subject and colour changes. */
  backgroundPSNR: number;
  /** Colour edits: mean and least share of the subject's own-coloured pixels that took the colour asked for. */
  painted: { mean: number; least: number };
  /** Median sharpness of the edits of each kind; see `sharpness` in `looks.ts`. */
  sharpness: Partial<Record<Change, number>>;
  /** Median flatness, 8-bit levels, of the edits that redraw the background. */
  flatness: number;
  /** Flicker outside the sticker of the edits of each kind: mean in 8-bit levels, and ÷ the sources' (sums of all edits); see `flickerOutside` in `looks.ts`. */
  still: Partial<Record<Change, { levels: number; ofSource: number }>>;
  /** Of the clips whose motion the judge reads rightly, the share whose motion it still reads after the edit. */
  motionKept: number;
  /** Of the other attributes read rightly in the source, the share read the same after the edit. */
  othersKept: number;
  /** Share of the edits whose change was taken for what it is: with a source prompt from that, else from the source itself. */
  understood: number;
  /** Median seconds of one edit. */
  secondsPerEdit: number;
  /** The methods that were chosen, by what was changed, and how often. */
  methods: Partial<Record<Change, Record<string, number>>>;
}

/** How the edits are to be made. */
export interface EditSettings {
  /** What is to be changed. */
  changes: readonly Change[];
  /** Edits of each kind. */
  count: number;
  /** Whether `editVideo` is told what the source shows. */
  sourcePrompt: boolean;
  /** Options that go to `editVideo` besides; none, to measure the default. */
  options: EditVideoOptions;
}

/** Edits the held-out clips, `count` of each kind, and judges the results. */
export async function judgeEdits(
  model: LatentDiffusionModel,
  judge: Judge,
  clips: readonly HeldOutClip[],
  settings: EditSettings,
  report: (line: string) => void,
): Promise<EditScores> {
  const outcomes: Outcome[] = [];
  for (const changes of settings.changes) {
    const wanted = clips.flatMap((clip) => clip.edits.filter((edit) => edit.changes === changes).map((edit) => ({ clip, edit })));
    for (const [seed, { clip, edit }] of wanted.slice(0, settings.count).entries()) {
      const outcome = await judgeEdit(model, judge, clip, edit, {
        ...settings.options,
        ...(settings.sourcePrompt ? { sourcePrompt: clip.caption } : {}),
        seed,
      });
      outcomes.push(outcome);
      report(
        `${outcome.reached ? 'yes' : ' no'}  ${clip.caption} → ${edit.caption} (${outcome.method}${outcome.background ? `, ${outcome.background.toFixed(1)} dB` : ''}${outcome.painted === undefined ? '' : `, ${(100 * outcome.painted).toFixed(0)} % painted`}${outcome.motionKept === false ? ', another motion' : ''}${outcome.understood ? '' : ', misunderstood'})`,
      );
    }
  }
  return score(outcomes);
}

/** Edits a held-out clip, and judges what came of it. */
export async function judgeEdit(
  model: LatentDiffusionModel,
  judge: Judge,
  clip: HeldOutClip,
  { changes, to, caption }: WantedEdit,
  options: EditVideoOptions,
): Promise<Outcome> {
  const before = await judge.read(clip.frames);
  const source = await Video.fromFrames(clip.frames, { fps: 8 });
  const started = performance.now();
  const edited = await model.editVideo(source, caption, { onNotice: () => undefined, ...options });
  const frames: Frame[] = [];
  for await (const frame of edited.frames()) frames.push(frame);
  const seconds = (performance.now() - started) / 1000;
  const after = await judge.read(frames);
  const { method, strength, changes: taken } = edited.provenance!.settings as { method: string; strength?: number; changes?: string[] };
  const drawn = changes === 'effect' ? drawnLook(clip.frames, to) : undefined;
  const shown = drawn ? await judge.read(drawn) : before;
  const falls = [to, clip.effect].some((effect) => ['snow', 'rain'].includes(effect));
  const others = (['subject', 'colour', 'background'] as const).filter(
    (name) => name !== changes && before[name] === clip[name] && shown[name] === clip[name],
  );
  const alone = changes === 'colour' || changes === 'subject' ? MARGIN[changes] : undefined;
  const area = alone === undefined ? undefined : clip.masks.map((mask) => grown(mask, clip.frames[0]!.width, alone));
  // Another subject may reach over the old one's outline, and moves as that does.
  const places = changes === 'subject' ? area! : clip.masks;
  return {
    changes,
    seconds,
    sharpness: sharpness(frames, clip.frames, area),
    structure: structure(frames, clip.frames),
    flatness: area ? undefined : flatness(frames, clip.frames),
    still: falls ? undefined : { made: flickerOutside(frames, places), drawn: flickerOutside(clip.frames, places) },
    reached: after[changes] === to,
    understood: taken?.length === 1 && taken[0] === changes,
    stayed: mean(others.map((name) => Number(after[name] === clip[name]))),
    background: alone === undefined ? undefined : psnrOutside(clip.frames, frames, clip.masks, alone),
    painted:
      changes === 'colour'
        ? paintedShare({ before: clip.frames, after: frames, masks: clip.masks, asked: to, had: clip.colour })
        : undefined,
    motionKept: before.motion === clip.motion ? after.motion === clip.motion : undefined,
    method: strength === undefined ? method : `${method} ${strength}`,
  };
}

function score(outcomes: readonly Outcome[]): EditScores {
  const reached = (changes: Change) =>
    mean(outcomes.filter((outcome) => outcome.changes === changes).map(({ reached }) => Number(reached)));
  const known = <T>(values: readonly (T | undefined)[]) => values.filter((value) => value !== undefined);
  const painted = known(outcomes.map((outcome) => outcome.painted)).filter((share) => !Number.isNaN(share));
  const [subject, colour, background, effect] = [reached('subject'), reached('colour'), reached('background'), reached('effect')];
  const methods: EditScores['methods'] = {};
  for (const { changes, method } of outcomes) {
    const counted = (methods[changes] ??= {});
    counted[method] = (counted[method] ?? 0) + 1;
  }
  const sharp: EditScores['sharpness'] = {};
  for (const kind of new Set(outcomes.map(({ changes }) => changes)))
    sharp[kind] = median(
      outcomes.filter(({ changes, sharpness }) => changes === kind && Number.isFinite(sharpness)).map(({ sharpness }) => sharpness),
    );
  const still: EditScores['still'] = {};
  for (const kind of new Set(outcomes.map(({ changes }) => changes))) {
    const pairs = known(outcomes.filter(({ changes }) => changes === kind).map((outcome) => outcome.still));
    const [made, drawn] = [mean(pairs.map((pair) => pair.made)), mean(pairs.map((pair) => pair.drawn))];
    still[kind] = { levels: made, ofSource: made / drawn };
  }
  return {
    n: outcomes.length,
    success: mean([subject, colour, background].filter((share) => !Number.isNaN(share))),
    subject,
    colour,
    background,
    effect,
    backgroundPSNR: mean(known(outcomes.map((outcome) => outcome.background))),
    painted: { mean: mean(painted), least: painted.length > 0 ? Math.min(...painted) : NaN },
    sharpness: sharp,
    flatness: median(known(outcomes.map((outcome) => outcome.flatness)).filter(Number.isFinite)),
    still,
    motionKept: mean(known(outcomes.map(({ motionKept }) => motionKept)).map(Number)),
    othersKept: mean(outcomes.map(({ stayed }) => stayed).filter((share) => !Number.isNaN(share))),
    understood: mean(outcomes.map(({ understood }) => Number(understood))),
    secondsPerEdit: median(outcomes.map(({ seconds }) => seconds)),
    methods,
  };
}
